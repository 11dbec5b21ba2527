"""The world that decisions are tested in."""

import pytest
from operator_world import World


@pytest.fixture
def world() -> World:
    return World()
