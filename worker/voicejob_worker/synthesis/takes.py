"""Speaks chunks with an engine, takes another take of one that fails, and cuts it to its edges."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from voicejob_worker.audio.edges import KEEP_SECONDS, fade_edges, trim_edges
from voicejob_worker.audio.samples import Pcm, Samples
from voicejob_worker.audio.stretch import stretched
from voicejob_worker.device.ledger import ledger
from voicejob_worker.engines.protocol import Engine, SynthesisParams, Utterance, own_speed
from voicejob_worker.errors import (
    OutOfMemoryError,
    QualityRejectedError,
    TransientFaultError,
    WorkerError,
)
from voicejob_worker.failures.out_of_memory import is_out_of_memory, lacking_memory
from voicejob_worker.failures.translate import place_of
from voicejob_worker.quality.checker import Checker, SeveralSentences
from voicejob_worker.quality.summary import ChunkOutcome
from voicejob_worker.text.chunks import Chunk, Sentence

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
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held while the engine speaks: a further take may come from another thread (``finishing``)."""

    def speak(self, batch: Sequence[Utterance]) -> list[Samples]:
        """The samples of each utterance.

        Raises:
            TransientFaultError: the engine failed on the batch, whose chunks are named by number.
            OutOfMemoryError: it could not get the memory for it.
        """
        return self.speak_timed(batch)[0]

    def speak_timed(self, batch: Sequence[Utterance]) -> tuple[list[Samples], float]:
        """The samples of each utterance, and the seconds that it took, once it was their turn.

        Raises:
            TransientFaultError: the engine failed on the batch, whose chunks are named by number.
            OutOfMemoryError: it could not get the memory for it.
        """
        with self.turn:
            began = time.perf_counter()
            return self._speak(batch), time.perf_counter() - began

    def _speak(self, batch: Sequence[Utterance]) -> list[Samples]:
        try:
            speed = own_speed(self.engine, self.params.speed)
            return self._synthesise(batch, replace(self.params, speed=speed))
        except WorkerError:
            raise
        except Exception as error:  # an engine's libraries raise anything
            where = _named(batch, len(self.chunks))
            if is_out_of_memory(error):
                verb = "do" if len(batch) > 1 else "does"
                raise OutOfMemoryError(
                    f"{where} {verb} not fit into {lacking_memory(error)}"
                ) from error
            raise TransientFaultError(
                f"the engine {self.engine.name} failed on {where}: {type(error).__name__} "
                f"{place_of(error)}"
            ) from error

    def _synthesise(self, batch: Sequence[Utterance], params: SynthesisParams) -> list[Samples]:
        if self.call is not None:
            return self.call(batch, params)
        with ledger.stage("synthesise"):
            return self.engine.synthesise(batch, params)

    def pick_take(self, utterance: Utterance, samples: Samples) -> tuple[Samples, ChunkOutcome]:
        """Check a chunk, and speak it again if it fails: alone, whichever others fail.

        A chunk of several sentences that fails a second time is spoken sentence by sentence.

        Raises:
            QualityRejectedError: every take has faults, and none may be shipped.
        """
        sentences = self.chunks[utterance.index].sentences
        if len(sentences) == 1:
            return self._pick_take(utterance, samples)
        speak = partial(self._by_sentence, utterance, sentences)
        several = SeveralSentences([one.text for one in sentences], speak)
        return self._pick_take(utterance, samples, several)

    def _pick_take(
        self,
        utterance: Utterance,
        samples: Samples,
        several: SeveralSentences | None = None,
    ) -> tuple[Samples, ChunkOutcome]:
        return self.checker.pick_take(
            utterance,
            len(self.chunks),
            samples,
            self.engine.sample_rate,
            lambda take: self._speak_alone(replace(utterance, take=take)),
            several=several,
        )

    def _speak_alone(self, utterance: Utterance) -> Samples:
        self.check_interrupts()
        (samples,), seconds = self.speak_timed([utterance])
        self.spent(seconds)
        return samples

    def _by_sentence(
        self, chunk: Utterance, sentences: Sequence[Sentence]
    ) -> tuple[Samples, list[ChunkOutcome]]:
        """All sentences of a chunk, each picked by itself, and what came of each."""
        spoken: list[Samples] = []
        outcomes: list[ChunkOutcome] = []
        for number, sentence in enumerate(sentences, start=1):
            utterance = Utterance(chunk.index, sentence.text)
            try:
                samples, outcome = self._pick_take(utterance, self._speak_alone(utterance))
            except QualityRejectedError as error:
                where = f"sentence {number} of {len(sentences)}, spoken by itself"
                raise QualityRejectedError(f"{where}: {error.message}") from error
            spoken.append(samples)
            outcomes.append(outcome)
        speed = own_speed(self.engine, self.params.speed)
        return _joined(spoken, sentences, self.engine.sample_rate, speed), outcomes


@dataclass(frozen=True)
class Edges:
    """What is cut off a chunk, and how much quicker it is to be than it was spoken."""

    start: bool = True
    end: bool = True
    speed: float = 1.0
    """Speed that is asked for."""
    spoken_at: float = 1.0
    """Speed at which the engine spoke (``own_speed``)."""


def trim_and_quantise(samples: Samples, rate: int, edges: Edges) -> Pcm:
    """Cut the silence off, bring it to its speed, fade the edges, and go to 16 bit.

    Returns:
        Shape (n,), empty for silence.
    """
    keep = KEEP_SECONDS / edges.spoken_at
    trimmed = trim_edges(samples, rate, keep, start=edges.start, end=edges.end)
    if not trimmed.size:
        return np.zeros(0, np.int16)
    paced = stretched(trimmed, rate, edges.spoken_at / edges.speed)
    faded = fade_edges(paced, rate)
    samples16: Pcm = np.rint(np.clip(faded, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)
    return samples16


def _joined(
    spoken: Sequence[Samples], sentences: Sequence[Sentence], rate: int, speed: float
) -> Samples:
    """Sentences one after the other, with the pauses that are due between them; shape (n,)."""
    pieces: list[Samples] = []
    for samples, sentence in zip(spoken, sentences, strict=True):
        trimmed = trim_edges(samples, rate, KEEP_SECONDS / speed)
        silence = np.zeros(int(sentence.pause_after / speed * rate), np.float32)
        if trimmed.size:
            pieces += [fade_edges(trimmed, rate), silence]
    return np.concatenate(pieces[:-1]) if pieces else np.zeros(0, np.float32)


def _named(batch: Sequence[Utterance], total: int) -> str:
    numbers = ", ".join(str(utterance.index + 1) for utterance in batch)
    return f"chunk{'s' if len(batch) > 1 else ''} {numbers} of {total}"
