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
from typing import TYPE_CHECKING, Any, Final, TypeVar

from voicejob_worker.engines.protocol import Counted
from voicejob_worker.engines.registry import check_language
from voicejob_worker.errors import (
    InvalidInputError,
    ModelUnusableError,
    OutOfMemoryError,
)
from voicejob_worker.failures.translate import as_worker_error
from voicejob_worker.inputs.inputs import Materials
from voicejob_worker.serving.tally import Tally
from voicejob_worker.synthesis.assembly import assemble_engine, assemble_recogniser

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from voicejob_worker.engines.protocol import Engine
    from voicejob_worker.quality.recogniser import Recogniser
    from voicejob_worker.reference.cache import ReferenceCache
    from voicejob_worker.reference.reference import Reference
    from voicejob_worker.serving.voices import Voice
    from voicejob_worker.settings import Settings
    from voicejob_worker.stop import Stop

Made = TypeVar("Made")

_MIB: Final = 1 << 20
_STORE_SECONDS: Final = 10.0
"""How long a store that does not answer is asked again: a client is waiting."""
_READ_SECONDS: Final = 10.0
"""How long a model's server may send nothing, for the same reason."""
_LEASE_SECONDS: Final = 60.0
"""How long another process that fetches the model is waited for."""
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
class Model:
    """A voice that is ready to speak."""

    engine: Engine
    recogniser: Recogniser | None
    reference: Reference | None


Load = Callable[[], Model]
"""Loads what was fetched."""


@dataclass(frozen=True)
class _Fault:
    """Why nothing could be fetched."""

    error: Exception
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.at < _FAULT_SECONDS


@dataclass(frozen=True)
class Figures:
    """What is known of a loaded model."""

    voice: str
    """The voice that it was loaded for; others of the same spec share it."""
    engine: str
    busy: bool
    load_seconds: float
    loaded_seconds: float
    """How long ago."""
    idle_seconds: float
    resident_mib: int
    """By how much the process grew while it was loaded."""
    vram_mib: int | None
    """By how much torch's memory on the GPU grew while it was loaded; None without one."""


class Loader:
    """Loads voices."""

    def __init__(
        self,
        settings: Settings,
        cache_dir: Path,
        stop: Stop,
        count_references: Callable[[ReferenceCache], None] = lambda _: None,
    ) -> None:
        """``count_references`` is given the cache that a voice's reference was sought in."""
        # One checkpoint or recording for all voices is what these settings of ``run`` would mean.
        self._settings = settings.model_copy(
            update={
                "model": None,
                "reference": None,
                "store_retry_seconds": min(settings.store_retry_seconds, _STORE_SECONDS),
                "text_retry_seconds": min(settings.text_retry_seconds, _STORE_SECONDS),
                "model_read_seconds": min(settings.model_read_seconds, _READ_SECONDS),
                "model_wait_seconds": min(settings.model_wait_seconds, _LEASE_SECONDS),
            }
        )
        self._cache_dir = cache_dir
        self._stop = stop
        self._count_references = count_references

    def fetch(self, voice: Voice) -> Load:
        """Bring a voice's model and recording to this machine, and give what loads them.

        Raises:
            ModelUnusableError: its model or its reference is not what it must be.
            UnavailableError: the server of one of them does not answer.
            DiskFullError: there is no room for them.
        """
        materials = Materials(voice.spec, self._settings, self._cache_dir, self._stop)

        def fetch() -> Reference | None:
            reference = materials.reference()
            if materials.references is not None:
                self._count_references(materials.references)
            materials.vocoder(materials.model())
            _fetch_conversion(materials)
            return reference

        reference = self._guarded(voice, fetch)
        return lambda: self._guarded(voice, lambda: self._load(voice, materials, reference))

    def _guarded(self, voice: Voice, work: Callable[[], Made]) -> Made:
        """Do what is done for a voice, and tell its faults as those of the server."""
        try:
            return work()
        except InvalidInputError as error:  # whoever sent the request can do nothing about it
            raise ModelUnusableError(
                f"the voice {voice.name} cannot speak: {error.message}"
            ) from error
        except Exception as error:
            raise as_worker_error(error, self._cache_dir) from error

    def _load(self, voice: Voice, materials: Materials, reference: Reference | None) -> Model:
        """Load what is on this machine by now."""
        recogniser = assemble_recogniser(voice.spec, self._settings, materials)
        engine = assemble_engine(voice.spec, self._settings, materials, reference)
        check_language(engine, voice.spec.language)
        engine.import_libraries()
        with materials.blamed():
            engine.load()
        return Model(engine, recogniser, reference)


@dataclass
class _Entry:
    voice: Voice
    model: Model
    load_seconds: float
    resident_mib: int
    vram_mib: int | None
    busy: bool = True
    loaded_at: float = field(default_factory=time.monotonic)
    used_at: float = field(default_factory=time.monotonic)

    def figures(self) -> Figures:
        now = time.monotonic()
        return Figures(
            voice=self.voice.name,
            engine=self.voice.spec.engine.value,
            busy=self.busy,
            load_seconds=round(self.load_seconds, 3),
            loaded_seconds=round(now - self.loaded_at, 3),
            idle_seconds=0.0 if self.busy else round(now - self.used_at, 3),
            resident_mib=self.resident_mib,
            vram_mib=self.vram_mib,
        )


class Models:
    """Lends models to whoever speaks: each to one at a time, which the line sees to."""

    def __init__(
        self,
        fetch: Callable[[Voice], Load],
        bound: int,
        tell: Callable[..., None] = lambda *_, **__: None,
    ) -> None:
        """Make an empty one.

        Args:
            fetch: brings what a voice is loaded from to this machine, and gives what loads it.
            bound: models in memory at most; as many may be lent at once.
            tell: is told what happens, as a display's ``note``.
        """
        self._fetch = fetch
        self._bound = bound
        self._tell = tell
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        """Held while memory is given back or asked for: one at a time, so that it can be told
        what each took."""
        self._entries: dict[str, _Entry] = {}
        """In the order of their last use."""
        self._fetched: dict[str, Load | _Fault] = {}
        """What was fetched and is not loaded yet."""
        self.tally = Tally()
        """What the engines count of themselves."""
        self.loads = 0
        self.evictions = 0
        """Models that gave way to others."""

    @contextmanager
    def lent(self, voice: Voice) -> Iterator[Model]:
        """The voice's model, loaded if it is not.

        Raises:
            NotFetchedError: it must be fetched before, which may take long.
            WorkerError: it could not be fetched, or cannot be loaded.
        """
        entry = self._taken(voice) or self._loaded(voice)
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
        """Bring what the voice is loaded from to this machine; ``lent`` tells what goes wrong.

        Several voices may be fetched at once, each by one thread.
        """
        try:
            fetched: Load | _Fault = self._fetch(voice)
        except Exception as error:
            fetched = _Fault(error)
        with self._lock:
            self._fetched[voice.key] = fetched

    def unload_idle(self, name: str | None = None) -> list[str]:
        """Unload the models that nobody uses, or that of one voice; the voices' names.

        Raises:
            LoadingError: a model is being loaded, and was not ready within 5 s.
        """
        if not self._loading.acquire(timeout=_UNLOAD_SECONDS):
            raise LoadingError
        try:
            return [entry.voice.name for entry in self._let_go(len(self._entries), name)]
        finally:
            self._loading.release()

    def figures(self) -> list[Figures]:
        """What is known of each, the least recently used first."""
        with self._lock:
            return [entry.figures() for entry in self._entries.values()]

    def _taken(self, voice: Voice) -> _Entry | None:
        with self._lock:
            entry = self._entries.pop(voice.key, None)
            if entry is not None:
                self._entries[voice.key] = entry
                entry.busy = True
            return entry

    def _fetched_load(self, voice: Voice) -> Load:
        with self._lock:
            found = self._fetched.get(voice.key)
            if isinstance(found, _Fault) and found.is_fresh:
                raise found.error.with_traceback(None)
            self._fetched.pop(voice.key, None)
        if found is None or isinstance(found, _Fault):
            raise NotFetchedError
        return found

    def _loaded(self, voice: Voice) -> _Entry:
        load = self._fetched_load(voice)
        with self._loading:
            for entry in self._let_go(len(self._entries) - self._bound + 1):
                self.evictions += 1
                self._tell("a model gave way", voice=entry.voice.name, to=voice.name)
            try:
                entry = self._measured(voice, load)
            except OutOfMemoryError:
                if not self._let_go(len(self._entries)):
                    raise
                entry = self._measured(voice, load)
            self.tally.add(_collectors(entry))
            with self._lock:
                self._entries[voice.key] = entry
            self.loads += 1
        self._tell("a model was loaded", **vars(entry.figures()))
        return entry

    def _measured(self, voice: Voice, load: Load) -> _Entry:
        began, resident, vram = time.perf_counter(), _resident_mib(), _vram_bytes()
        model = load()
        after = _vram_bytes()
        return _Entry(
            voice,
            model,
            load_seconds=time.perf_counter() - began,
            resident_mib=_resident_mib() - resident,
            vram_mib=None if after is None else (after - (vram or 0)) // _MIB,
        )

    def _let_go(self, count: int, name: str | None = None) -> list[_Entry]:
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


def _fetch_conversion(materials: Materials) -> None:
    """Bring a conversion's files here, of RMVPE too where the model takes a pitch.

    What that is stands in the model, which is read once more for it: left to the load, the fetch of
    RMVPE would hold up every other voice.
    """
    files = materials.conversion()
    if files is None:
        return
    from voicejob_worker.conversion.rvc_checkpoint import load_checkpoint

    with materials.blamed():
        has_pitch = load_checkpoint(files.model).has_pitch
    if has_pitch:
        files.rmvpe()


def _collectors(entry: _Entry) -> Sequence[Collector]:
    engine = entry.model.engine
    return engine.collectors if isinstance(engine, Counted) else ()


def _resident_mib() -> int:
    """Memory of this process that is not mapped from files only, in MiB."""
    try:
        return round(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_MIB)
    except (OSError, ValueError, IndexError):
        return 0


def _vram_bytes() -> int | None:
    """Memory of torch's tensors on the GPU; None where torch uses none."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.memory_allocated())
