"""Speaks chunks with an engine, takes another take of one that fails, and cuts it to its edges."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from voicejob_worker.audio.edges import KEEP_SECONDS, fade_edges, sounding_part
from voicejob_worker.audio.pitch import amplified, shifted
from voicejob_worker.audio.samples import Pcm, Samples
from voicejob_worker.audio.stretch import stretched
from voicejob_worker.audio.timing import WordTime, WordTimes, moved
from voicejob_worker.device.ledger import ledger
from voicejob_worker.engines.protocol import (
    Engine,
    Spoken,
    SynthesisParams,
    Utterance,
    device_of,
    own_speed,
    synthesise_timed,
)
from voicejob_worker.errors import (
    QualityRejectedError,
    TransientFaultError,
    WorkerError,
)
from voicejob_worker.failures.out_of_memory import is_out_of_memory, memory_lacking
from voicejob_worker.failures.translate import place_of
from voicejob_worker.quality.checker import Checker, SeveralSentences
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.text.chunks import Chunk, Sentence
from voicejob_worker.text.passages import AS_THE_REST, Manner

_FULL_SCALE = 32767.0


@dataclass(frozen=True)
class Takes:
    """The takes of one text's chunks."""

    engine: Engine
    params: SynthesisParams
    checker: Checker
    chunks: Sequence[Chunk]
    """All of the text, numbered from 0."""
    check_interrupts: Callable[[], None]
    """Called before each further take."""
    spent: Callable[[float], None] = lambda _: None
    """Called with the seconds that each further take cost."""
    call: Callable[[Sequence[Utterance], SynthesisParams], list[Samples]] | None = None
    """What speaks a batch in the engine's place, and shares its calls with others; None for none.
    """
    is_timed: bool = False
    """Whether the times of the words are wanted, of engines that know them."""
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held while the engine speaks: a further take may come from another thread (``finishing``)."""

    def speak(self, batch: Sequence[Utterance]) -> list[Samples]:
        """The samples of each utterance.

        Raises:
            TransientFaultError: the engine failed on the batch, whose chunks are named by number.
            OutOfMemoryError: it could not get the memory for it.
        """
        return [spoken.samples for spoken in self.speak_timed(batch)[0]]

    def speak_timed(self, batch: Sequence[Utterance]) -> tuple[list[Spoken], float]:
        """What was spoken of each utterance, and the seconds that it took, once it was their turn.

        Raises:
            TransientFaultError: the engine failed on the batch, whose chunks are named by number.
            OutOfMemoryError: it could not get the memory for it.
        """
        with self.turn:
            began = time.perf_counter()
            return self._speak(batch), time.perf_counter() - began

    def _speak(self, batch: Sequence[Utterance]) -> list[Spoken]:
        try:
            speed = own_speed(self.engine, self.params.speed)
            return self._synthesise(batch, replace(self.params, speed=speed))
        except WorkerError:
            raise
        except Exception as error:  # an engine's libraries raise anything
            where = _named(batch, len(self.chunks))
            if is_out_of_memory(error):
                verb = "do" if len(batch) > 1 else "does"
                raise memory_lacking(error, f"{where} {verb} not fit into") from error
            raise TransientFaultError(
                f"the engine {self.engine.name} failed on {where}: {type(error).__name__} "
                f"{place_of(error)}"
            ) from error

    def _synthesise(self, batch: Sequence[Utterance], params: SynthesisParams) -> list[Spoken]:
        if self.call is not None:
            return [Spoken(samples) for samples in self.call(batch, params)]
        with ledger.speaking(len(batch), lambda: device_of(self.engine)):
            if self.is_timed:
                return synthesise_timed(self.engine, batch, params)
            return [Spoken(samples) for samples in self.engine.synthesise(batch, params)]

    def pick_take(self, utterance: Utterance, samples: Samples) -> tuple[Samples, ChunkOutcome]:
        """As ``pick_spoken``, for whom no times matter."""
        spoken, outcome = self.pick_spoken(utterance, Spoken(samples))
        return spoken.samples, outcome

    def pick_spoken(self, utterance: Utterance, spoken: Spoken) -> tuple[Spoken, ChunkOutcome]:
        """Check a chunk, and speak it again if it fails: alone, whichever others fail.

        A chunk of several sentences that fails a second time is spoken sentence by sentence.

        Raises:
            QualityRejectedError: every take has faults, and none may be shipped.
        """
        sentences = self.chunks[utterance.index].sentences
        if len(sentences) == 1:
            return self._pick_take(utterance, spoken)
        return self._pick_take(utterance, spoken, sentences)

    def _pick_take(
        self, utterance: Utterance, spoken: Spoken, sentences: Sequence[Sentence] = ()
    ) -> tuple[Spoken, ChunkOutcome]:
        takes = [spoken]

        def speak(take: int) -> Samples:
            takes.append(self._speak_alone(replace(utterance, take=take)))
            return takes[-1].samples

        def by_sentence() -> tuple[Samples, list[ChunkOutcome]]:
            joined, outcomes = self._by_sentence(utterance, sentences)
            takes.append(joined)
            return joined.samples, outcomes

        several = SeveralSentences([one.text for one in sentences], by_sentence)
        shipped, outcome = self.checker.pick_take(
            utterance,
            len(self.chunks),
            spoken.samples,
            self.engine.sample_rate,
            speak,
            several=several if sentences else None,
        )
        known = next((take for take in takes if take.samples is shipped), Spoken(shipped))
        return known, outcome

    def _speak_alone(self, utterance: Utterance) -> Spoken:
        self.check_interrupts()
        (spoken,), seconds = self.speak_timed([utterance])
        self.spent(seconds)
        return spoken

    def _by_sentence(
        self, chunk: Utterance, sentences: Sequence[Sentence]
    ) -> tuple[Spoken, list[ChunkOutcome]]:
        """All sentences of a chunk, each picked by itself, and what came of each."""
        spoken: list[Spoken] = []
        outcomes: list[ChunkOutcome] = []
        for number, sentence in enumerate(sentences, start=1):
            utterance = replace(chunk, text=sentence.text, phonetic=sentence.phonetic, take=0)
            try:
                picked, outcome = self._pick_take(utterance, self._speak_alone(utterance))
            except QualityRejectedError as error:
                where = f"sentence {number} of {len(sentences)}, spoken by itself"
                rejected = QualityRejectedError(f"{where}: {error.message}")
                raise rejected.naming(*error.fields) from error
            spoken.append(picked)
            outcomes.append(outcome)
        speed = own_speed(self.engine, self.params.speed)
        places = self.chunks[chunk.index].places
        return _joined(spoken, sentences, places, self.engine.sample_rate, speed), outcomes


def utterance_of(chunk: Chunk) -> Utterance:
    """What an engine is asked to say of a chunk."""
    return Utterance(
        chunk.index,
        chunk.text,
        voice=chunk.manner.voice,
        language=chunk.manner.language,
        phonetic=chunk.phonetic,
    )


@dataclass(frozen=True)
class Edges:
    """What is cut off a chunk, and how much quicker it is to be than it was spoken."""

    start: bool = True
    end: bool = True
    speed: float = 1.0
    """Speed that is asked for."""
    manner: Manner = AS_THE_REST
    """What is asked for beside it."""
    spoken_at: float = 1.0
    """Speed at which the engine spoke (``own_speed``)."""

    @property
    def stretch(self) -> float:
        """How much longer it is to be than it was spoken."""
        return self.spoken_at / (self.speed * self.manner.rate)


def trim_and_quantise(samples: Samples, rate: int, edges: Edges) -> Pcm:
    """Cut the silence off, bring it to its speed, fade the edges, and go to 16 bit.

    Returns:
        Shape (n,), empty for silence.
    """
    trimmed = samples[_sounding(samples, rate, edges)]
    if not trimmed.size:
        return np.zeros(0, np.int16)
    paced = stretched(trimmed, rate, edges.stretch)
    pitched = amplified(shifted(paced, rate, edges.manner.pitch), edges.manner.volume)
    faded = fade_edges(pitched, rate)
    samples16: Pcm = np.rint(np.clip(faded, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)
    return samples16


def times_when_trimmed(spoken: Spoken, rate: int, edges: Edges) -> WordTimes | None:
    """When the words are heard in what ``trim_and_quantise`` makes of it."""
    if spoken.times is None:
        return None
    kept = _sounding(spoken.samples, rate, edges)
    seconds = (kept.stop - kept.start) / rate * edges.stretch
    return moved(spoken.times, cut=kept.start / rate, factor=edges.stretch, seconds=seconds)


def _sounding(samples: Samples, rate: int, edges: Edges) -> slice:
    keep = KEEP_SECONDS / edges.spoken_at
    return sounding_part(samples, rate, keep, start=edges.start, end=edges.end)


def _joined(
    spoken: Sequence[Spoken],
    sentences: Sequence[Sentence],
    places: Sequence[int],
    rate: int,
    speed: float,
) -> Spoken:
    """Sentences one after the other, with the pauses that are due between them.

    ``places`` has the offset of each sentence in the text of them all.
    """
    pieces: list[Samples] = []
    times: list[WordTime] = []
    size = 0
    for one, sentence, place in zip(spoken, sentences, places, strict=True):
        part = sounding_part(one.samples, rate, KEEP_SECONDS / speed)
        trimmed = one.samples[part]
        silence = np.zeros(int(sentence.pause_after / speed * rate), np.float32)
        if trimmed.size:
            cut = (part.start - size) / rate
            times += moved(one.times or (), cut=cut, characters=place)
            pieces += [fade_edges(trimmed, rate), silence]
            size += trimmed.size + silence.size
    joined = np.concatenate(pieces[:-1]) if pieces else np.zeros(0, np.float32)
    is_timed = all(one.times is not None for one in spoken)
    return Spoken(joined, tuple(times) if is_timed else None)


def _named(batch: Sequence[Utterance], total: int) -> str:
    numbers = ", ".join(str(utterance.index + 1) for utterance in batch)
    return f"chunk{'s' if len(batch) > 1 else ''} {numbers} of {total}"
