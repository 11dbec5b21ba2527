"""What holds for all tests of this room."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def what_others_left_is_not_collected() -> Iterator[None]:
    """Times are compared here, and a collection takes longer the more other tests have left."""
    gc.freeze()
    yield
    gc.unfreeze()
