"""An engine whose speech is converted to another voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicejob_api.status import ModelInfo
from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.device.ledger import ledger
from voicejob_worker.engines.protocol import (
    Counted,
    Phonetic,
    Placed,
    Spoken,
    Stretching,
    count_fitting,
    listen,
    park,
    synthesise_timed,
    watch,
)
from voicejob_worker.engines.shared.noise import noise_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from prometheus_client.registry import Collector

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.conversion.converter import RvcConverter
    from voicejob_worker.engines.protocol import Engine, SynthesisParams, Utterance


class ConvertedEngine:
    """Speaks with an engine, then converts each utterance."""

    def __init__(self, engine: Engine, converter: RvcConverter) -> None:
        """Neither is loaded yet. Fallbacks for lack of memory are counted for both together."""
        self._engine = engine
        self._converter = converter
        converter.make_room = lambda: park(engine)
        counted = engine.collectors if isinstance(engine, Counted) else ()
        shared = next((one for one in counted if isinstance(one, FallbackCounts)), None)
        self._own_counts: tuple[Collector, ...] = () if shared else (converter.fallbacks,)
        converter.fallbacks = shared or converter.fallbacks

    @property
    def name(self) -> str:
        """The engine's that speaks."""
        return self._engine.name

    @property
    def sample_rate(self) -> int:
        """The converter's. Known once loaded."""
        return self._converter.sample_rate

    @property
    def max_characters(self) -> int:
        """Longest utterance of the engine: what is converted may be of any length."""
        return self._engine.max_characters

    @property
    def preferred_characters(self) -> int:
        """The engine's own."""
        return self._engine.preferred_characters

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Languages of the engine: the converter knows no words."""
        return self._engine.languages

    @property
    def notes(self) -> Sequence[str]:
        """Notes of the engine, then of the converter."""
        return [*self._engine.notes, *self._converter.notes]

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with each note of both from now on."""
        listen(self._engine, tell)
        self._converter.listen(tell)

    def watch(self, on_step: Callable[[], None]) -> None:
        """Have ``on_step`` called after each step of the engine."""
        watch(self._engine, on_step)

    def count_fitting(self, utterances: Sequence[Utterance]) -> int:
        """How many utterances the engine would speak together now."""
        return count_fitting(self._engine, utterances)

    @property
    def is_stretching(self) -> bool:
        """Whether the engine stretches: the converter keeps the length."""
        return isinstance(self._engine, Stretching) and self._engine.is_stretching

    @property
    def reads_phonemes(self) -> bool:
        """Whether the engine does."""
        return isinstance(self._engine, Phonetic) and self._engine.reads_phonemes

    @property
    def is_low_memory(self) -> bool:
        """Whether the two, or parts of one, share the device's memory in turn.

        Known once loaded.
        """
        speaks_so = isinstance(self._engine, Placed) and self._engine.is_low_memory
        return speaks_so or self._converter.is_low_memory

    @property
    def collectors(self) -> Sequence[Collector]:
        """Collectors of the engine, and of the fallbacks where it counts none itself."""
        counted = self._engine.collectors if isinstance(self._engine, Counted) else ()
        return [*counted, *self._own_counts]

    def import_libraries(self) -> None:
        """Import what both need.

        Raises:
            ModelUnusableError: a package is missing.
        """
        self._engine.import_libraries()
        self._converter.import_libraries()

    def load(self) -> None:
        """Bring both into memory.

        Raises:
            WorkerError: one of them is not what it should be, as each says itself.
        """
        self._engine.load()
        self._leave(lambda: park(self._engine))
        self._converter.load()
        self._leave(self._converter.park)

    def unload(self) -> None:
        """Give the memory of both back."""
        self._engine.unload()
        self._converter.unload()

    def about(self) -> ModelInfo:
        """What the engine found out about its model, and what both compute on."""
        return merged(self._engine.about() or ModelInfo(), self._converter.about())

    def fingerprint(self) -> str:
        """Fingerprint of the engine and of the converter."""
        return f"{self._engine.fingerprint()} {self._converter.fingerprint()}"

    def spell(self, text: str) -> str:
        """Spell the text as the engine does.

        Raises:
            InvalidInputError: its model does not know some characters.
        """
        return self._engine.spell(text)

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        """Group utterances as the engine does."""
        return self._engine.batches(utterances)

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """Speak a batch and convert it; what is empty stays empty.

        In low memory the two are on the device by turns, which change once a batch.

        Raises:
            OutOfMemoryError: there is not enough memory for one of them, whatever it tried.
        """
        spoken = self._engine.synthesise(utterances, params)
        return self._converted(utterances, spoken, params)

    def synthesise_timed(
        self, utterances: Sequence[Utterance], params: SynthesisParams
    ) -> list[Spoken]:
        """The same, with the times of the engine's words: a conversion moves none.

        Raises:
            OutOfMemoryError: as ``synthesise``.
        """
        spoken = synthesise_timed(self._engine, utterances, params)
        converted = self._converted(utterances, [one.samples for one in spoken], params)
        return [Spoken(samples, one.times) for samples, one in zip(converted, spoken, strict=True)]

    def _converted(
        self, utterances: Sequence[Utterance], spoken: Sequence[Samples], params: SynthesisParams
    ) -> list[Samples]:
        rate = self._engine.sample_rate
        self._leave(lambda: park(self._engine))
        try:
            with ledger.stage("convert"):
                return [
                    self._converter.convert(samples, rate, conversion_seed(params.seed, utterance))
                    if samples.size
                    else samples
                    for utterance, samples in zip(utterances, spoken, strict=True)
                ]
        finally:
            self._leave(self._converter.park)

    def _leave(self, park: Callable[[], None]) -> None:
        """In low memory, have one of the two make room for the other."""
        if self.is_low_memory:
            with ledger.stage("unload"):
                park()


def merged(engine: ModelInfo, converter: ModelInfo) -> ModelInfo:
    """The engine's figures, with the devices and messages of both, the engine's first.

    ``cpu+cuda:0`` is an engine on the CPU and a conversion on the first GPU.
    """
    devices = (engine.device, converter.device)
    messages = (engine.device_message, converter.device_message)
    return engine.model_copy(
        update={
            "device": "+".join(dict.fromkeys(filter(None, devices))) or None,
            "device_message": "; ".join(dict.fromkeys(filter(None, messages))) or None,
        }
    )


def conversion_seed(seed: int, utterance: Utterance) -> int:
    """The seed of a conversion's noise, a function of its arguments alone: 0 to 2**63 - 1."""
    return noise_key(seed, utterance) >> 65
