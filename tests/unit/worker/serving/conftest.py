"""A server with the real voice, and one whose voice speaks when it is told to."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from making.server import Running, Stage, ToneEngine, run_server

from voicejob_worker.serving.voice_loader import VoiceLoader
from voicejob_worker.serving.voices import read_voices
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop


@pytest.fixture(scope="session")
def joe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with the real, built-in voice."""
    loader = VoiceLoader(Settings(threads=1), tmp_path_factory.mktemp("cache"), Stop())
    running = run_server(read_voices(None), loader.fetch)
    yield running
    running.stop()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(ToneEngine(gate=threading.Semaphore(0)), [])
    yield made
    made.let_speak(1000)
    for running in made.servers:
        running.stop()


@pytest.fixture
def voices_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "voices.yaml"
        path.write_text(text)
        return path

    return write
