"""Voices with models of their own, as one engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voicejob_worker.engines.protocol import (
    Counted,
    Phonetic,
    Placed,
    Stretching,
    Voiced,
    count_fitting,
    listen,
    park,
    synthesise_timed,
    watch,
)
from voicejob_worker.engines.shared.rate import resampled
from voicejob_worker.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prometheus_client.registry import Collector

    from voicejob_api.status import ModelInfo
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.protocol import Engine, Spoken, SynthesisParams, Utterance


class CastEngine:
    """Several engines of one kind: each utterance is said by that of the voice that it names.

    A batch is of one engine. All speech is at the highest of their rates.
    """

    def __init__(self, engine: Engine, others: Mapping[str, Engine]) -> None:
        """None is loaded yet.

        Args:
            engine: Says what no voice of ``others`` is named for.
            others: By the name in ``Utterance.voice``; each has that one voice.
        """
        self._engine = engine
        self._others = dict(others)

    @property
    def _all(self) -> list[Engine]:
        return [self._engine, *self._others.values()]

    @property
    def name(self) -> str:
        """The engines' own."""
        return self._engine.name

    @property
    def sample_rate(self) -> int:
        """The highest. Known once loaded."""
        return max(engine.sample_rate for engine in self._all)

    @property
    def max_characters(self) -> int:
        """Longest utterance of the voice of the whole text."""
        return self._engine.max_characters

    @property
    def preferred_characters(self) -> int:
        """That of the voice of the whole text."""
        return self._engine.preferred_characters

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Languages of the voice of the whole text."""
        return self._engine.languages

    @property
    def notes(self) -> Sequence[str]:
        """Notes of all."""
        return [note for engine in self._all for note in engine.notes]

    def listen(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with each note of any of them."""
        for engine in self._all:
            listen(engine, tell)

    def watch(self, on_step: Callable[[], None]) -> None:
        """Have ``on_step`` called after each step of any of them."""
        for engine in self._all:
            watch(engine, on_step)

    def count_fitting(self, utterances: Sequence[Utterance]) -> int:
        """How many of a batch's first utterances their engine would speak now."""
        engine, own = self._turned_to(utterances)
        return count_fitting(engine, own)

    @property
    def is_stretching(self) -> bool:
        """Whether they stretch: they are of one kind."""
        return isinstance(self._engine, Stretching) and self._engine.is_stretching

    @property
    def reads_phonemes(self) -> bool:
        """Whether the voice of the whole text does."""
        return isinstance(self._engine, Phonetic) and self._engine.reads_phonemes

    @property
    def is_low_memory(self) -> bool:
        """Whether the parts of one share the device's memory in turn. Known once loaded."""
        return any(isinstance(one, Placed) and one.is_low_memory for one in self._all)

    @property
    def collectors(self) -> Sequence[Collector]:
        """Those of the voice of the whole text: a name of a metric is there but once."""
        return self._engine.collectors if isinstance(self._engine, Counted) else ()

    def lengths_of(self, voice: str, language: str = "") -> tuple[int, int]:
        """Longest and preferred characters of an utterance in the voice of that name."""
        engine, own = self._of(voice)
        if isinstance(engine, Voiced):
            return engine.lengths_of(own, language)
        return engine.max_characters, engine.preferred_characters

    def spell_as(self, voice: str, text: str, language: str = "") -> str:
        """As ``spell``, for the voice of that name."""
        engine, own = self._of(voice)
        if isinstance(engine, Voiced):
            return engine.spell_as(own, text, language)
        return engine.spell(text)

    def import_libraries(self) -> None:
        """Import what they need: it is the same for all.

        Raises:
            ModelUnusableError: a package is missing.
        """
        self._engine.import_libraries()

    def load(self) -> None:
        """Bring all into memory.

        Raises:
            WorkerError: one of them is not what it should be, as it says itself, with the name of
                its voice.
        """
        self._engine.load()
        for name, engine in self._others.items():
            try:
                engine.load()
            except WorkerError as error:
                error.message = f"spec.voices[{name}]: {error.message}"
                error.naming("spec.voices")
                raise

    def unload(self) -> None:
        """Give the memory of all back."""
        for engine in self._all:
            engine.unload()

    def park(self) -> None:
        """Take the weights of all off the GPU."""
        for engine in self._all:
            park(engine)

    def about(self) -> ModelInfo | None:
        """What was found out about the model of the whole text."""
        return self._engine.about()

    def fingerprint(self) -> str:
        """Fingerprints of all, with the names of their voices."""
        others = (f"{name}={one.fingerprint()}" for name, one in sorted(self._others.items()))
        return " ".join((self._engine.fingerprint(), *others))

    def spell(self, text: str) -> str:
        """Spell a text for the voice of the whole text.

        Raises:
            InvalidInputError: its model does not know some characters.
        """
        return self._engine.spell(text)

    def batches(self, utterances: Sequence[Utterance]) -> list[list[Utterance]]:
        """Group the utterances of each engine as that does."""
        said = [one for one in utterances if one.voice not in self._others]
        grouped = self._engine.batches(said)
        for name, engine in self._others.items():
            said = [_unnamed(one) for one in utterances if one.voice == name]
            grouped += [[replace(one, voice=name) for one in each] for each in engine.batches(said)]
        return grouped

    def synthesise(self, utterances: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        """Speak a batch, which is of one engine.

        Raises:
            WorkerError: as the engine does.
        """
        return [one.samples for one in self.synthesise_timed(utterances, params)]

    def synthesise_timed(
        self, utterances: Sequence[Utterance], params: SynthesisParams
    ) -> list[Spoken]:
        """The same, with the times of the words where the engine knows them."""
        engine, own = self._turned_to(utterances)
        rates = engine.sample_rate, self.sample_rate
        return [
            replace(one, samples=resampled(one.samples, *rates))
            for one in synthesise_timed(engine, own, params)
        ]

    def _of(self, voice: str) -> tuple[Engine, str]:
        """What says a voice, and the voice's name there."""
        return (self._others[voice], "") if voice in self._others else (self._engine, voice)

    def _turned_to(self, utterances: Sequence[Utterance]) -> tuple[Engine, Sequence[Utterance]]:
        """What says a batch, and the batch with the name of its voice there."""
        if utterances[0].voice not in self._others:
            return self._engine, utterances
        return self._others[utterances[0].voice], [_unnamed(one) for one in utterances]


def _unnamed(utterance: Utterance) -> Utterance:
    """The utterance as the only voice of its engine says it."""
    return replace(utterance, voice="")
