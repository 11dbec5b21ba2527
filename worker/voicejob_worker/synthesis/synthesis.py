"""Chunks become joined audio on disk: each taken from the checkpoint, or spoken and kept there."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.audio.join import Joiner, SentencePosition
from voicejob_worker.audio.samples import Pcm, Samples
from voicejob_worker.checkpoint.archive import ChunkArchive, ChunkIdentity
from voicejob_worker.engines.protocol import (
    Engine,
    Utterance,
    count_fitting,
    is_on_gpu,
    own_speed,
    watch,
)
from voicejob_worker.engines.registry import synthesis_params
from voicejob_worker.errors import TransientFaultError
from voicejob_worker.quality.checker import Checker
from voicejob_worker.quality.summary import ChunkOutcome, refuse_mute
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.stop import result_of
from voicejob_worker.synthesis.finishing import Finishing
from voicejob_worker.synthesis.takes import Edges, Takes, trim_and_quantise
from voicejob_worker.text.chunks import Chunk

Batch = Sequence[Utterance]


@dataclass(frozen=True)
class JoinedSpeech:
    """The joined audio of all chunks, and how each came out."""

    path: Path
    """Raw 16-bit mono samples."""
    sample_rate: int
    positions: tuple[SentencePosition, ...]
    """Where its sentences are, in order."""
    audible: bool
    """Whether any chunk made a sound."""
    outcomes: tuple[ChunkOutcome, ...]
    """What the check of each chunk came to."""


class Synthesis:
    """Speaks a list of chunks."""

    def __init__(
        self,
        spec: VoiceJobSpec,
        engine: Engine,
        archive: ChunkArchive,
        reporter: Reporter,
        *,
        checker: Checker,
        check_interrupts: Callable[[], None],
    ) -> None:
        """``check_interrupts`` is called before each batch and each further take."""
        self._spec = spec
        self._engine = engine
        self._archive = archive
        self._reporter = reporter
        self._checker = checker
        self._check_interrupts = check_interrupts
        self._outcomes: dict[int, ChunkOutcome] = {}
        self._params = synthesis_params(spec.synthesis)
        self._own_speed = own_speed(engine, self._params.speed)
        self._model = engine.fingerprint()
        self._check = spec.quality.model_dump_json()
        self._chunks: Sequence[Chunk] = ()
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._seconds = 0.0
        self._spoken_seconds = 0.0

    def run(self, chunks: Sequence[Chunk], raw: Path) -> JoinedSpeech:
        """Write the joined audio of ``chunks``, which are numbered from 0, to ``raw``.

        What the archive holds is taken over beside the speaking of what is missing.

        Raises:
            TransientFaultError: the engine failed on a batch, whose chunks are named by number.
            QualityRejectedError: a chunk failed its check, and so did every other take of it; or it
                has no sound, and no such chunk may be shipped.
            OutOfMemoryError: it could not get the memory for it.
        """
        self._chunks = chunks
        watch(self._engine, self._on_step)
        rate = self._engine.sample_rate
        kept, missing = self._split_by_archive(
            self._engine.batches([Utterance(c.index, c.text) for c in chunks])
        )
        with Joiner(raw, rate, self._params.speed) as joiner:
            ordered = _OrderedJoiner(chunks, joiner, self._stored)
            with ThreadPoolExecutor(1, thread_name_prefix="take-over") as executor:
                take_over = executor.submit(self._take_over, kept, ordered)
                try:
                    self._speak(missing, ordered, take_over)
                    # A stop must not wait for a large archive to be read.
                    damaged = result_of(take_over, self._check_interrupts)
                finally:
                    self._ending.set()
            self._speak(damaged, ordered, take_over)
        return JoinedSpeech(
            raw,
            rate,
            tuple(ordered.positions),
            ordered.audible,
            tuple(self._outcomes[index] for index in sorted(self._outcomes)),
        )

    def _split_by_archive(self, batches: Sequence[Batch]) -> tuple[list[Batch], list[Batch]]:
        """Split batches into those that the archive holds whole, and the others.

        A batch of which one chunk is missing is spoken whole: a part of it would be another batch,
        and its samples would differ in their last bits.
        """
        kept: list[Batch] = []
        missing: list[Batch] = []
        for batch in batches:
            (kept if self._holds(batch) else missing).append(batch)
        return kept, missing

    def _take_over(self, batches: Sequence[Batch], ordered: "_OrderedJoiner") -> list[Batch]:
        """Join what the archive holds; returns the batches that are damaged."""
        damaged: list[Batch] = []
        for batch in batches:
            if self._ending.is_set():
                break
            if not self._is_taken_over(batch, ordered):
                damaged.append(batch)
        return damaged

    def _is_taken_over(self, batch: Batch, ordered: "_OrderedJoiner") -> bool:
        """Join a batch as the archive holds it; False if it is damaged there."""
        stored = [self._stored(utterance.index) for utterance in batch]
        outcomes = [self._kept_outcome(utterance.index) for utterance in batch]
        whole = [
            (pcm, outcome)
            for pcm, outcome in zip(stored, outcomes, strict=True)
            if pcm is not None and outcome is not None
        ]
        if len(whole) < len(batch):
            return False
        for utterance, (pcm, outcome) in zip(batch, whole, strict=True):
            self._put(ordered, utterance.index, pcm, outcome, None)
        return True

    def _holds(self, batch: Batch) -> bool:
        return all(self._identity(utterance.index).key in self._archive for utterance in batch)

    def _speak(
        self, batches: Sequence[Batch], ordered: "_OrderedJoiner", take_over: Future[list[Batch]]
    ) -> None:
        with Finishing(beside=is_on_gpu(self._engine)).until_the_end() as finishing:
            takes = self._takes(finishing)
            for batch in self._sized(batches):
                self._check_interrupts()
                if take_over.done():
                    take_over.result()
                # What an earlier attempt has saved may come late, from a store that was away.
                if self._holds(batch) and self._is_taken_over(batch, ordered):
                    continue
                samples, seconds = takes.speak_timed(batch)
                spoken = list(zip(batch, samples, strict=True))
                share = seconds / len(batch)
                finishing.do(partial(self._finish, spoken, share, takes, ordered, finishing))

    def _finish(
        self,
        spoken: Sequence[tuple[Utterance, Samples]],
        share: float,
        takes: Takes,
        ordered: "_OrderedJoiner",
        finishing: Finishing,
    ) -> None:
        """Check, keep and join what was spoken, in ``share`` seconds each."""
        for utterance, samples in spoken:
            if finishing.is_over:
                return
            self._measure(share, 0.0)
            good, outcome = takes.pick_take(utterance, samples)
            pcm = self._keep(utterance.index, good, outcome)
            self._measure(0.0, pcm.size / self._engine.sample_rate)
            self._put(ordered, utterance.index, pcm, outcome, share)

    def _sized(self, batches: Sequence[Batch]) -> Iterator[Batch]:
        """Batches, and of one that is too much for the device at once, its parts.

        The next part is asked for once the one before is spoken: what that took decides.
        """
        for batch in batches:
            rest = batch
            while rest:
                count = count_fitting(self._engine, rest)
                yield rest[:count]
                rest = rest[count:]

    def _on_step(self) -> None:
        """Tell that a long batch is alive, and end it if it is to end."""
        self._reporter.alive()
        self._check_interrupts()

    def _put(
        self,
        ordered: "_OrderedJoiner",
        index: int,
        pcm: Pcm,
        outcome: ChunkOutcome,
        spoken_in: float | None,
    ) -> None:
        """Count a chunk and join it, one at a time: two threads bring chunks.

        A text of one chunk that has no sound is told by the caller, as bad input.
        """
        total = len(self._chunks)
        if total > 1:
            refuse_mute(self._spec.quality.accept, outcome, index, total)
        with self._lock:
            self._outcomes[index] = outcome
            self._count(index, pcm, spoken_in)
            ordered.put(index, pcm)

    def _takes(self, finishing: Finishing) -> Takes:
        def check_interrupts() -> None:
            finishing.check()
            self._check_interrupts()

        return Takes(
            self._engine,
            self._params,
            self._checker,
            self._chunks,
            check_interrupts,
            lambda seconds: self._measure(seconds, 0.0),
        )

    def _keep(self, index: int, samples: Samples, outcome: ChunkOutcome) -> Pcm:
        rate = self._engine.sample_rate
        identity = self._identity(index)
        pcm = trim_and_quantise(
            samples,
            rate,
            Edges(identity.trim_start, identity.trim_end, self._params.speed, self._own_speed),
        )
        if identity.key not in self._archive or self._kept_outcome(index) is None:
            self._archive.append(identity.key, pcm, rate, outcome.to_json())
        return pcm

    def _kept_outcome(self, index: int) -> ChunkOutcome | None:
        """What came of a chunk that is kept; None if that is damaged: it may be anything."""
        try:
            return ChunkOutcome.from_json(self._archive.findings(self._identity(index).key))
        except ValueError:
            return None

    def _stored(self, index: int) -> Pcm | None:
        return self._archive.read(self._identity(index).key)

    def _count(self, index: int, samples: Pcm, spoken_in: float | None) -> None:
        seconds = samples.size / self._engine.sample_rate
        self._reporter.chunk_done(len(self._chunks[index].text), seconds, spoken_in)

    def _identity(self, index: int) -> ChunkIdentity:
        trims_all = self._spec.audio.trim_silence
        return ChunkIdentity(
            engine=self._engine.name,
            model=self._model,
            index=index,
            text=self._chunks[index].text,
            params=self._params,
            check=self._check,
            trim_start=trims_all or index > 0,
            trim_end=trims_all or index < len(self._chunks) - 1,
        )

    def _measure(self, seconds: float, audio_seconds: float) -> None:
        """Add to the time spoken for; by one thread at a time, whichever finishes chunks."""
        self._seconds += seconds
        self._spoken_seconds += audio_seconds
        self._reporter.time(synthesis_seconds=self._seconds)
        if self._spoken_seconds:
            self._reporter.time(real_time_factor=self._seconds / self._spoken_seconds)


class _OrderedJoiner:
    """Joins chunks in the text's order, in whatever order they come.

    Only a chunk whose turn it is stays in memory; the others are read from the archive in turn.
    """

    def __init__(
        self, chunks: Sequence[Chunk], joiner: Joiner, read: Callable[[int], Pcm | None]
    ) -> None:
        self._chunks = chunks
        self._joiner = joiner
        self._read = read
        self._here: set[int] = set()
        self._joined = 0
        self.positions: list[SentencePosition] = []
        self.audible = False

    def put(self, index: int, samples: Pcm) -> None:
        """Take a chunk, and join what is due.

        Raises:
            TransientFaultError: one that was kept can no longer be read.
        """
        self._here.add(index)
        if index == self._joined:
            self._append(samples)
            while (due := self._joined) in self._here:
                kept = self._read(due)
                if kept is None:
                    raise TransientFaultError(
                        f"chunk {due + 1} was damaged on the disk: it is spoken anew"
                    )
                self._append(kept)

    def _append(self, samples: Pcm) -> None:
        self.audible = self.audible or samples.size > 0
        self.positions += self._joiner.append(self._chunks[self._joined], samples)
        self._joined += 1
