"""A server of models, and a provider that fetches from it."""

import os
from pathlib import Path

import pytest
from making.model_server import File

from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.stop import Stop


class Heard:
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, int | None]] = []
        self.bytes = 0
        self.waits: list[str] = []
        self.come: list[tuple[int, int | None]] = []

    def begin(self, name, done, total) -> None:
        self.begun.append((name, done, total))

    def advance(self, size) -> None:
        self.bytes += size

    def wait(self, why, done=0, total=None) -> None:
        self.waits.append(why)
        self.come.append((done, total))

    def end(self) -> None:
        pass


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def provider(cache, heard, server) -> ModelProvider:
    environment = {"HF_ENDPOINT": server.address}
    return ModelProvider(cache, Stop(), heard, patience_seconds=2, environment=environment)


@pytest.fixture(scope="session")
def content() -> bytes:
    """Of a model: 3 MiB that do not repeat."""
    return os.urandom(3 << 20)


@pytest.fixture
def voice(server, content) -> str:
    """The address of a Piper voice."""
    server.files["/v/x.onnx"] = File(content)
    server.files["/v/x.onnx.json"] = File(b"{}")
    return f"{server.address}/v/x.onnx"
