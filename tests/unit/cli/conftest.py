"""A cluster on loopback, and a folder that commands write into."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a command runs in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def world(tmp_path: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for variable in ("NO_COLOR", "FORCE_COLOR", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(variable, raising=False)
    with World(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """What a test starts can be interrupted, also where the tests run in the background.

    A shell starts what runs there with SIGINT ignored, and what is ignored is inherited.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
