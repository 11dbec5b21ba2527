"""The models in memory: as many as are allowed, the least recently used one gives way.

What a model is loaded from is brought to this machine before, outside of every lock and of the
threads that speak: a server that hangs holds up the voices it has models of, and no others.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from voicejob_worker.engines.protocol import Counted, listen
from voicejob_worker.errors import ModelUnusableError, OutOfMemoryError, UnavailableError
from voicejob_worker.serving.fetches import Fetches
from voicejob_worker.serving.heap import trim_heap
from voicejob_worker.serving.pooled_model import ModelStats, PooledModel, measure
from voicejob_worker.serving.tally import Tally
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from voicejob_worker.serving.voice_loader import LoadedVoice, LoadVoice
    from voicejob_worker.serving.voices import Voice


_UNLOAD_SECONDS: Final = 5.0
"""How long a load is waited for before models can be unloaded."""


class LoadingError(Exception):
    """Another model is being loaded, and has been for too long to be waited for."""


@dataclass(frozen=True)
class PoolBounds:
    """How much may be in memory, and for how long."""

    models: int = 2
    """Models at most; as many may be borrowed at once."""
    mib: int | None = None
    """MiB that they may hold together, each counted where it computes; None for any number."""
    load_seconds: float = 600.0
    """How long a load waits for its turn; 0 for ever."""


class ModelPool:
    """Lends models to whoever speaks."""

    def __init__(
        self,
        fetch: Callable[[Voice], LoadVoice],
        bounds: PoolBounds,
        tell: Callable[..., None] = lambda *_, **__: None,
    ) -> None:
        """Make an empty pool.

        Args:
            fetch: Brings what a voice is loaded from to this machine, and returns what loads it.
            bounds: What may be in memory.
            tell: Called with what happens, as a display's ``note``.
        """
        self.alive: Callable[[], None] = lambda: None
        """Called by a thread that speaks where it goes on though it is silent."""
        self.watch_unload: Callable[[PooledModel], AbstractContextManager[object]] = nullcontext
        """Entered by whoever unloads a model, which may hang where its GPU does."""
        self.fetches = Fetches(fetch)
        """What was fetched and is not loaded yet."""
        self._bounds = bounds
        self._tell = tell
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        """Held while memory is given back or asked for: one at a time, so that what a model finds
        free is still free when it is loaded."""
        self._entries: dict[str, PooledModel] = {}
        """Entries by the voice's key, in the order of their last use."""
        self._known_bytes: dict[str, int] = {}
        """What each voice's model took when it was last loaded."""
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
            OutOfMemoryError: it does not fit beside those that speak at the moment.
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
                entry.leave()
            if entry.is_retired:
                self._unload_retired()

    def retire(self, voice: Voice) -> None:
        """Unload the model of a voice that is gone for good, as soon as nobody uses it."""
        with self._lock:
            self._known_bytes.pop(voice.key, None)
            entry = self._entries.get(voice.key)
            if entry is not None:
                entry.is_retired = True
        self._unload_retired()

    def unload_idle(self, voice: Voice | None = None, seconds: float = 0.0) -> list[str]:
        """Unload the models that nobody uses; names of the voices that they were loaded for.

        Args:
            voice: One voice alone, whose model may have been loaded for another of the same spec.
            seconds: How long nobody has used them, at the least.

        Raises:
            LoadingError: a model is being loaded, and was not ready within 5 s.
        """
        if not self._loading.acquire(timeout=_UNLOAD_SECONDS):
            raise LoadingError
        try:
            idle = [
                entry
                for entry in self._idle()
                if (voice is None or voice.key == entry.voice.key) and entry.idle_seconds >= seconds
            ]
            return [entry.voice.name for entry in self._unload(idle)]
        finally:
            self._loading.release()

    def is_loaded(self, key: str) -> bool:
        """Whether a voice is in memory, so that several requests may speak with it."""
        with self._lock:
            return key in self._entries

    def stats(self, *, anew: bool = False) -> list[ModelStats]:
        """What is known of each, the least recently used first; memory ``anew`` or as last known.

        To measure takes milliseconds of each model.
        """
        with self._lock:
            entries = [*self._entries.values()]
        stats = []
        for entry in entries:
            with suppress(ModelUnusableError):  # it is being unloaded
                entry.memory = measure(entry.model) if anew else entry.memory
                stats.append(entry.stats())
        return stats

    def _acquire(self, voice: Voice) -> PooledModel | None:
        with self._lock:
            entry = self._entries.pop(voice.key, None)
            if entry is not None:
                self._entries[voice.key] = entry
                entry.users += 1
            return entry

    def _load(self, voice: Voice) -> PooledModel:
        load = self.fetches.take(voice)
        try:
            with self._turn_to_load(voice):
                entry = self._acquire(voice)  # which another may have loaded meanwhile
                return entry or self._load_alone(voice, load)
        except (OutOfMemoryError, UnavailableError):
            self.fetches.put(voice, load)  # for another try
            raise

    @contextmanager
    def _turn_to_load(self, voice: Voice) -> Iterator[None]:
        seconds = self._bounds.load_seconds
        if not self._loading.acquire(timeout=seconds or -1):
            raise UnavailableError(
                f"the voice {voice.name} could not be loaded: another has been loaded for "
                f"{seconds:g} s, which is as long as is waited for it",
                "ModelUnavailable",
            )
        try:
            yield
        finally:
            self._loading.release()
            self._unload_retired()

    def _load_alone(self, voice: Voice, load: LoadVoice) -> PooledModel:
        self._make_room(voice)
        try:
            entry = self._load_measured(voice, load)
        except OutOfMemoryError:
            if not self._unload(self._idle()):
                raise
            entry = self._load_measured(voice, load)
        trim_heap()
        self._keep_within(entry)
        self.tally.add(_collectors(entry))
        with self._lock:
            self._entries[voice.key] = entry
        self.loads += 1
        self._tell("a model was loaded", **vars(entry.stats()))
        return entry

    def _load_measured(self, voice: Voice, load: LoadVoice) -> PooledModel:
        began = time.perf_counter()
        model = load()
        seconds = time.perf_counter() - began
        self._tell_notes(voice, model)
        return PooledModel(voice, model, seconds, measure(model))

    def _tell_notes(self, voice: Voice, model: LoadedVoice) -> None:
        """Tell what the engine noted so far, and what it notes later as it comes."""
        model.tell_life(self.alive)

        def tell(note: str) -> None:
            model.calls.live()
            self._tell(model.engine.name, voice=voice.name, note=note)

        for note in model.engine.notes:
            tell(note)
        listen(model.engine, tell)

    def _make_room(self, voice: Voice) -> None:
        """Have idle models give way to one more, as far as it is known what that takes."""
        surplus = len(self._entries) - self._bounds.models + 1
        self._give_way(voice, self._idle()[: max(surplus, 0)])
        known = self._known_bytes.get(voice.key)
        if known is not None:
            self._fit(voice, known)

    def _keep_within(self, entry: PooledModel) -> None:
        """Have idle models give way to one that was just loaded, or give it up itself."""
        self._known_bytes[entry.voice.key] = entry.memory.counted
        try:
            self._fit(entry.voice, entry.memory.counted)
        except (ModelUnusableError, OutOfMemoryError):
            with self.watch_unload(entry):
                entry.model.engine.unload()
            raise

    def _fit(self, voice: Voice, size: int) -> None:
        """Have idle models give way until ``size`` bytes fit beside the others.

        Raises:
            ModelUnusableError: it would not fit alone.
            OutOfMemoryError: it does not fit beside those that are in use.
        """
        if self._bounds.mib is None:
            return
        bound = self._bounds.mib * MIB
        if size > bound:
            raise ModelUnusableError(
                f"the model of the voice {voice.name} takes {-(-size // MIB)} MiB, and all together"
                f" may take {self._bounds.mib}: raise VOICEJOB_SERVE_MAX_MODEL_MEMORY"
            )
        idle = self._idle()
        while (held := self._held_bytes()) + size > bound:
            if not idle:
                raise OutOfMemoryError(
                    f"the model of the voice {voice.name} takes {-(-size // MIB)} MiB, and those "
                    f"that speak hold {held // MIB} of {self._bounds.mib}: try again later, or "
                    "raise VOICEJOB_SERVE_MAX_MODEL_MEMORY"
                )
            self._give_way(voice, [idle.pop(0)])

    def _held_bytes(self) -> int:
        with self._lock:
            return sum(entry.memory.counted for entry in self._entries.values())

    def _idle(self) -> list[PooledModel]:
        """The models that nobody uses, the least recently used first."""
        with self._lock:
            return [entry for entry in self._entries.values() if not entry.users]

    def _unload_retired(self) -> None:
        """Unload what is to go and nobody uses; who loads a model meanwhile does it afterwards."""
        while gone := [entry for entry in self._idle() if entry.is_retired]:
            if not self._loading.acquire(blocking=False):
                return
            try:
                self._unload(gone)
            finally:
                self._loading.release()

    def _give_way(self, voice: Voice, idle: Sequence[PooledModel]) -> None:
        for entry in self._unload(idle):
            self.evictions += 1
            self._tell("a model gave way", voice=entry.voice.name, to=voice.name)

    def _unload(self, idle: Sequence[PooledModel]) -> list[PooledModel]:
        """Unload those of ``idle`` that nobody has begun to use meanwhile."""
        gone = []
        for entry in idle:
            with self._lock:
                if entry.users:
                    continue
                del self._entries[entry.voice.key]
            self.tally.retire(_collectors(entry))
            with self.watch_unload(entry):
                entry.model.engine.unload()
            gone.append(entry)
        if gone:
            gc.collect()
            trim_heap()
        return gone


def _collectors(entry: PooledModel) -> Sequence[Collector]:
    engine = entry.model.engine
    return engine.collectors if isinstance(engine, Counted) else ()
