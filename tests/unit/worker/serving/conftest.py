"""A server with the real voice, and one whose voice speaks when it is told to."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from making.server import Running, Stage, ToneEngine, run_server
from making.uploads import TRANSCRIPT, VOICES, Serve

from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.serving.server import open_shelf
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.serving.voice_loader import VoiceLoader
from voicejob_worker.serving.voices import read_voices
from voicejob_worker.serving.voices_api import Cloning
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


@pytest.fixture(scope="session")
def recording(piper: PiperEngine, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    (samples,) = piper.synthesise([Utterance(0, TRANSCRIPT)], SynthesisParams())
    path = tmp_path_factory.mktemp("recording") / "mia.wav"
    soundfile.write(path, samples * 0.5, piper.sample_rate)
    return path.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sent"


@pytest.fixture
def serve(stage: Stage, tmp_path: Path, folder: Path, voices_file: Callable[[str], Path]) -> Serve:
    """Starts a server that takes voices; its engine says anything as a tone."""

    def start(text: str = VOICES, **settings: object) -> Running:
        configured = ServeSettings(voices_dir=folder, **settings)
        book = read_voices(voices_file(text))
        shelf = open_shelf(configured, book, stage.tell)
        assert shelf is not None
        loader = VoiceLoader(Settings(threads=1), tmp_path / "cache", Stop())
        cloning = Cloning(shelf, loader, configured.max_upload_mib << 20)
        stage.let_speak(1000)
        return stage.serve(replace(book, uploads=shelf), cloning, **settings)

    return start
