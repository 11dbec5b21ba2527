"""The models in memory: as many as are allowed, the least recently used one gives way.

What a model is loaded from is brought to this machine before, outside of every lock and of the
threads that speak: a server that hangs holds up the voices it has models of, and no others.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.engines.protocol import Counted, listen
from voicejob_worker.errors import OutOfMemoryError, UnavailableError
from voicejob_worker.serving.tally import Tally

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from voicejob_worker.serving.voice_loader import LoadedVoice, LoadVoice
    from voicejob_worker.serving.voices import Voice


_MIB: Final = 1 << 20
_FAULT_SECONDS: Final = 5.0
"""How long a fetch that failed is not tried again: all that waited for it are told the same."""
_UNLOAD_SECONDS: Final = 5.0
"""How long a load is waited for before models can be unloaded."""
_PAGE_MIB: Final = 4096 / _MIB


class LoadingError(Exception):
    """Another model is being loaded, and has been for too long to be waited for."""


class NotFetchedError(Exception):
    """What the voice is loaded from must be fetched first."""


@dataclass(frozen=True)
class _FetchFailure:
    """Why nothing could be fetched."""

    error: Exception
    failed_at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.failed_at < _FAULT_SECONDS


@dataclass(frozen=True)
class ModelStats:
    """What is known of a loaded model."""

    voice: str
    """The voice that it was loaded for; others of the same spec share it."""
    engine: str
    busy: bool
    load_seconds: float
    loaded_seconds: float
    """Seconds since it was loaded."""
    idle_seconds: float
    resident_mib: int
    """MiB by which the process grew while it was loaded."""
    vram_mib: int | None
    """MiB by which torch's memory on the GPU grew while it was loaded; None without a GPU."""


@dataclass
class _PooledModel:
    voice: Voice
    model: LoadedVoice
    load_seconds: float
    resident_mib: int
    vram_mib: int | None
    busy: bool = True
    loaded_at: float = field(default_factory=time.monotonic)
    used_at: float = field(default_factory=time.monotonic)

    def stats(self) -> ModelStats:
        now = time.monotonic()
        return ModelStats(
            voice=self.voice.name,
            engine=self.voice.spec.engine.value,
            busy=self.busy,
            load_seconds=round(self.load_seconds, 3),
            loaded_seconds=round(now - self.loaded_at, 3),
            idle_seconds=0.0 if self.busy else round(now - self.used_at, 3),
            resident_mib=self.resident_mib,
            vram_mib=self.vram_mib,
        )


class ModelPool:
    """Lends models to whoever speaks: each to one at a time, which the task queue sees to."""

    def __init__(
        self,
        fetch: Callable[[Voice], LoadVoice],
        bound: int,
        tell: Callable[..., None] = lambda *_, **__: None,
        load_seconds: float = 600.0,
    ) -> None:
        """Make an empty pool.

        Args:
            fetch: Brings what a voice is loaded from to this machine, and returns what loads it.
            bound: Models in memory at most; as many may be borrowed at once.
            tell: Called with what happens, as a display's ``note``.
            load_seconds: How long a load waits for its turn; 0 for ever.
        """
        self.on_note: Callable[[], None] = lambda: None
        """Called in an engine's thread when the engine notes something."""
        self._fetch = fetch
        self._bound = bound
        self._tell = tell
        self._load_seconds = load_seconds
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        """Held while memory is given back or asked for: one at a time, so that it can be told
        what each took."""
        self._entries: dict[str, _PooledModel] = {}
        """Entries by the voice's key, in the order of their last use."""
        self._fetched: dict[str, LoadVoice | _FetchFailure] = {}
        """What was fetched and is not loaded yet."""
        self.tally = Tally()
        """What the engines count of themselves."""
        self.loads = 0
        self.evictions = 0
        """Models that gave way to others."""

    @contextmanager
    def borrow(self, voice: Voice) -> Iterator[LoadedVoice]:
        """The voice's model, loaded if it is not.

        Raises:
            NotFetchedError: it must be fetched before, which may take long.
            UnavailableError: others have been loaded for too long to be waited for.
            WorkerError: it could not be fetched, or cannot be loaded.
        """
        entry = self._acquire(voice) or self._load(voice)
        try:
            yield entry.model
        except OutOfMemoryError:
            with suppress(LoadingError):
                self.unload_idle()  # another try will find more
            raise
        finally:
            with self._lock:
                entry.busy = False
                entry.used_at = time.monotonic()

    def fetch(self, voice: Voice) -> None:
        """Bring what the voice is loaded from to this machine; ``borrow`` tells what goes wrong.

        Several voices may be fetched at once, each by one thread.
        """
        try:
            fetched = self._fetch(voice)
        except Exception as error:
            self.fail(voice, error)
        else:
            with self._lock:
                self._fetched[voice.key] = fetched

    def fail(self, voice: Voice, error: Exception) -> None:
        """Have ``borrow`` raise ``error`` for the next seconds: the voice cannot be fetched."""
        with self._lock:
            self._fetched[voice.key] = _FetchFailure(error)

    def unload_idle(self, name: str | None = None) -> list[str]:
        """Unload the models that nobody uses, or that of one voice; the voices' names.

        Raises:
            LoadingError: a model is being loaded, and was not ready within 5 s.
        """
        if not self._loading.acquire(timeout=_UNLOAD_SECONDS):
            raise LoadingError
        try:
            return [entry.voice.name for entry in self._evict_idle(len(self._entries), name)]
        finally:
            self._loading.release()

    def stats(self) -> list[ModelStats]:
        """What is known of each, the least recently used first."""
        with self._lock:
            return [entry.stats() for entry in self._entries.values()]

    def _acquire(self, voice: Voice) -> _PooledModel | None:
        with self._lock:
            entry = self._entries.pop(voice.key, None)
            if entry is not None:
                self._entries[voice.key] = entry
                entry.busy = True
            return entry

    def _pop_fetched(self, voice: Voice) -> LoadVoice:
        with self._lock:
            found = self._fetched.get(voice.key)
            if isinstance(found, _FetchFailure) and found.is_fresh:
                raise found.error.with_traceback(None)
            self._fetched.pop(voice.key, None)
        if found is None or isinstance(found, _FetchFailure):
            raise NotFetchedError
        return found

    def _load(self, voice: Voice) -> _PooledModel:
        load = self._pop_fetched(voice)
        with self._turn_to_load(voice):
            for entry in self._evict_idle(len(self._entries) - self._bound + 1):
                self.evictions += 1
                self._tell("a model gave way", voice=entry.voice.name, to=voice.name)
            try:
                entry = self._load_measured(voice, load)
            except OutOfMemoryError:
                if not self._evict_idle(len(self._entries)):
                    raise
                entry = self._load_measured(voice, load)
            self.tally.add(_collectors(entry))
            with self._lock:
                self._entries[voice.key] = entry
            self.loads += 1
        self._tell("a model was loaded", **vars(entry.stats()))
        return entry

    @contextmanager
    def _turn_to_load(self, voice: Voice) -> Iterator[None]:
        if not self._loading.acquire(timeout=self._load_seconds or -1):
            raise UnavailableError(
                f"the voice {voice.name} could not be loaded: another has been loaded for "
                f"{self._load_seconds:g} s, which is as long as is waited for it",
                "ModelUnavailable",
            )
        try:
            yield
        finally:
            self._loading.release()

    def _load_measured(self, voice: Voice, load: LoadVoice) -> _PooledModel:
        began, resident, vram = time.perf_counter(), _resident_mib(), _vram_bytes()
        model = load()
        self._tell_notes(voice, model)
        after = _vram_bytes()
        return _PooledModel(
            voice,
            model,
            load_seconds=time.perf_counter() - began,
            resident_mib=_resident_mib() - resident,
            vram_mib=None if after is None else (after - (vram or 0)) // _MIB,
        )

    def _tell_notes(self, voice: Voice, model: LoadedVoice) -> None:
        """Tell what the engine noted so far, and what it notes later as it comes."""

        def tell(note: str) -> None:
            self.on_note()
            self._tell(model.engine.name, voice=voice.name, note=note)

        for note in model.engine.notes:
            tell(note)
        listen(model.engine, tell)

    def _evict_idle(self, count: int, name: str | None = None) -> list[_PooledModel]:
        """Unload up to ``count`` models that nobody uses, the least recently used first."""
        with self._lock:
            idle = [
                key
                for key, entry in self._entries.items()
                if not entry.busy and name in (None, entry.voice.name)
            ]
            gone = [self._entries.pop(key) for key in idle[: max(count, 0)]]
        for entry in gone:
            self.tally.retire(_collectors(entry))
            entry.model.engine.unload()
        if gone:
            gc.collect()
        return gone


def _collectors(entry: _PooledModel) -> Sequence[Collector]:
    engine = entry.model.engine
    return engine.collectors if isinstance(engine, Counted) else ()


def _resident_mib() -> int:
    """Memory of this process that is not mapped from files only, in MiB."""
    try:
        return round(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_MIB)
    except (OSError, ValueError, IndexError):
        return 0


def _vram_bytes() -> int | None:
    """Memory of torch's tensors on the GPU; None if torch uses none."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.memory_allocated())
