"""Makes servers on the loopback, and an engine that speaks when it is told to."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
import numpy as np
import uvicorn
from openai import OpenAI

from voicejob_api.status import ModelInfo
from voicejob_worker.audio.samples import Samples
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.shared.notes import Notes
from voicejob_worker.reporting.status_server import listen
from voicejob_worker.serving.app import make_app
from voicejob_worker.serving.metrics import Metrics
from voicejob_worker.serving.model_pool import ModelPool
from voicejob_worker.serving.server import uvicorn_config
from voicejob_worker.serving.service import Service
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.serving.voice_loader import LoadedVoice, LoadVoice
from voicejob_worker.serving.voices import Voice, VoiceBook, read_voices
from voicejob_worker.serving.voices_api import Cloning

RATE = 16_000


@dataclass
class ToneEngine:
    """Speaks any chunk as a vowel-like tone, once it may."""

    name: str = "piper"
    sample_rate: int = RATE
    max_characters: int = 40
    preferred_characters: int = 0
    languages: tuple[str, ...] | None = ("en-US",)
    notes: Notes = field(default_factory=Notes)
    gate: threading.Semaphore | None = None
    """Each chunk needs a permit; None where none is needed."""
    seconds: float = 1.6
    """What it makes of any chunk."""
    growth: float = 0.0
    """By how much longer each chunk is than the one before it."""
    fail: Callable[[Utterance], None] = lambda _: None
    spoken: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    unloaded: bool = False
    unloading: Callable[[], None] = lambda: None
    """What it does first when it is unloaded."""
    on_step: Callable[[], None] = lambda: None
    device: str = "cpu"
    resident_bytes: int = 0
    is_low_memory: bool = False
    gains_from_batches: bool = False
    """Whether it speaks all that it is given together."""
    calls: list[list[str]] = field(default_factory=list)
    """What was spoken in each call."""

    def watch(self, on_step: Callable[[], None]) -> None:
        self.on_step = on_step

    def listen(self, tell: Callable[[str], None]) -> None:
        self.notes.tell = tell

    def import_libraries(self) -> None:
        pass

    def load(self) -> None:
        pass

    def unload(self) -> None:
        self.unloading()
        self.unloaded = True

    def about(self) -> ModelInfo:
        return ModelInfo(device=self.device)

    def fingerprint(self) -> str:
        return "tone"

    def spell(self, text: str) -> str:
        return text

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        if self.gains_from_batches:
            return [list(utterances)]
        return [[one] for one in reversed(utterances)]  # in no special order

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        self.calls.append([one.text for one in utterances])
        return [self._speak(one) for one in utterances]

    def _speak(self, utterance: Utterance) -> Samples:
        self.begun.append(utterance.text)
        if self.gate is not None and "one, two" not in utterance.text:
            assert self.gate.acquire(timeout=60)
        self.fail(utterance)
        self.spoken.append(utterance.text)
        return tone(self.seconds + self.growth * utterance.index, utterance.index)


def tone(seconds: float, number: int = 0, rate: int = RATE) -> Samples:
    """Syllables of a few harmonics: it passes for speech with the checks of a chunk."""
    time_ = np.arange(int(seconds * rate)) / rate
    pitch = 110 + 10 * (number % 5) + 4 * np.sin(2 * np.pi * 5 * time_)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voiced = sum(np.sin(k * phase) / k for k in range(1, 12))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time_) + 0.6, 0, 1)
    sound: Samples = (0.25 * voiced * syllables).astype(np.float32)
    return sound


@dataclass
class Running:
    """A server in this process."""

    port: int
    service: Service
    server: uvicorn.Server
    thread: threading.Thread

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai(self) -> OpenAI:
        return OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0, timeout=30)

    def say(self, text: str, **more: object) -> httpx.Response:
        body = {"model": "tts-1", "voice": "alloy", "input": text, **more}
        return httpx.post(f"{self.url}/v1/audio/speech", json=body, timeout=60)

    def metric(self, name: str, **labels: str) -> float:
        value = self.service.metrics.registry.get_sample_value(name, labels)
        return 0.0 if value is None else value

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return int(self.metric("voicejob_server_queue_length"))

    @property
    def speaking(self) -> int:
        """Requests that are being spoken."""
        return int(self.metric("voicejob_server_speaking"))

    @property
    def model(self) -> LoadedVoice:
        """The only model in memory."""
        models = self.service.models
        with models._lock:  # to borrow one takes it out for a moment
            (entry,) = models._entries.values()
        return entry.model

    @property
    def waiting_for_the_engine(self) -> int:
        """Requests that need the only model's engine at this moment, the one it speaks included."""
        calls = self.model.calls
        with calls._changed:
            return len(calls._unmet())

    def await_trial(self) -> None:
        """Wait until the default voice has been tried: what is spoken then was asked for."""
        until(lambda: not self.service.readiness.is_trying and self.speaking == 0)

    def stop(self) -> None:
        self.service.cut()
        self.server.should_exit = True
        self.thread.join(5)


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def run_server(
    book: VoiceBook,
    fetch: Callable[[Voice], LoadVoice],
    tell: Callable[..., None] = lambda *_, **__: None,
    cloning: Cloning | None = None,
    **settings: object,
) -> Running:
    configured = ServeSettings(**settings)  # type: ignore[arg-type]
    models = ModelPool(fetch, configured.pool_bounds, tell)
    service = Service(book, models, configured, Metrics(), tell)
    server = uvicorn.Server(uvicorn_config(make_app(service, configured, cloning)))
    socket = listen(0, "127.0.0.1")
    thread = threading.Thread(target=server.run, args=([socket],), daemon=True)
    thread.start()
    until(lambda: server.started)
    return Running(socket.getsockname()[1], service, server, thread)


@dataclass
class Stage:
    """Makes servers whose engine does as it is told."""

    engine: ToneEngine
    servers: list[Running]
    fetch: Callable[[Voice], None] = lambda _: None
    """Before a voice is loaded, in a thread of its own."""
    told: list[dict[str, object]] = field(default_factory=list)
    """Lines of the log."""

    def serve(
        self,
        book: VoiceBook | None = None,
        cloning: Cloning | None = None,
        *,
        tried: bool = True,
        **settings: object,
    ) -> Running:
        """Start a server; if ``tried``, returns once its default voice has been tried."""

        def fetch(voice: Voice) -> LoadVoice:
            self.fetch(voice)
            return lambda: LoadedVoice(self.engine, None, None)

        running = run_server(book or read_voices(None), fetch, self.tell, cloning, **settings)
        self.servers.append(running)
        if tried:
            running.await_trial()
        return running

    def tell(self, event: str, **facts: object) -> None:
        self.told.append({"event": event, **facts})

    def lines(self, event: str) -> list[dict[str, object]]:
        """Lines of the log that tell of ``event``."""
        return [line for line in self.told if line["event"] == event]

    def let_speak(self, chunks: int = 1) -> None:
        assert self.engine.gate is not None
        self.engine.gate.release(chunks)
