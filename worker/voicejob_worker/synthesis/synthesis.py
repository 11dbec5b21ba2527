"""Chunks become joined audio on disk: each taken from the checkpoint, or spoken and kept there."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.audio.join import Joiner
from voicejob_worker.audio.samples import Pcm
from voicejob_worker.audio.timing import WordTimes, from_json, to_json
from voicejob_worker.checkpoint.archive import ChunkArchive, ChunkIdentity
from voicejob_worker.engines.protocol import (
    Engine,
    Spoken,
    Utterance,
    count_fitting,
    is_on_gpu,
    own_speed,
    watch,
)
from voicejob_worker.engines.registry import synthesis_params
from voicejob_worker.errors import QualityRejectedError
from voicejob_worker.quality.checker import Checker
from voicejob_worker.quality.summary import ChunkOutcome, refuse_mute
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.stop import result_of
from voicejob_worker.synthesis.finishing import Finishing
from voicejob_worker.synthesis.ordered import ItemSpan, JoinedSpeech, OrderedJoiner
from voicejob_worker.synthesis.takes import (
    Edges,
    Takes,
    times_when_trimmed,
    trim_and_quantise,
    utterance_of,
)
from voicejob_worker.text.chunks import Chunk

Batch = Sequence[Utterance]

_REJECTED_TAKES: Final = 3
"""Takes of what failed its check: a chunk of one take has no sound at all."""
_TIMES: Final = "wordTimes"
"""Where a chunk's times are kept among what its check found."""


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
            self._engine.batches([utterance_of(chunk) for chunk in chunks])
        )
        is_timed = bool(self._spec.audio.subtitles)
        with Joiner(raw, rate, self._params.speed, estimates=is_timed) as joiner:
            ordered = OrderedJoiner(chunks, joiner, self._stored, self._times)
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
            tuple(ordered.chapters),
            tuple(ordered.turns),
            tuple(self._items(chunks, ordered.items)),
        )

    def _items(self, chunks: Sequence[Chunk], spans: Sequence[ItemSpan]) -> Iterator[ItemSpan]:
        """The items with what their checks came to."""
        outcomes: dict[int | None, list[ChunkOutcome]] = defaultdict(list)
        for chunk in chunks:
            outcomes[chunk.item].append(self._outcomes[chunk.index])
        for span in spans:
            yield replace(span, outcomes=tuple(outcomes[span.item]))

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

    def _take_over(self, batches: Sequence[Batch], ordered: OrderedJoiner) -> list[Batch]:
        """Join what the archive holds; returns the batches that are damaged."""
        damaged: list[Batch] = []
        for batch in batches:
            if self._ending.is_set():
                break
            if not self._is_taken_over(batch, ordered):
                damaged.append(batch)
        return damaged

    def _is_taken_over(self, batch: Batch, ordered: OrderedJoiner) -> bool:
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
        self, batches: Sequence[Batch], ordered: OrderedJoiner, take_over: Future[list[Batch]]
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
                said, seconds = takes.speak_timed(batch)
                spoken = list(zip(batch, said, strict=True))
                share = seconds / len(batch)
                finishing.do(partial(self._finish, spoken, share, takes, ordered, finishing))

    def _finish(
        self,
        batch: Sequence[tuple[Utterance, Spoken]],
        share: float,
        takes: Takes,
        ordered: OrderedJoiner,
        finishing: Finishing,
    ) -> None:
        """Check, keep and join what was spoken, in ``share`` seconds each."""
        for utterance, spoken in batch:
            if finishing.is_over:
                return
            self._measure(share, 0.0)
            good, outcome = self._picked(takes, utterance, spoken)
            pcm = self._keep(utterance.index, good, outcome)
            self._measure(0.0, pcm.size / self._engine.sample_rate)
            self._put(ordered, utterance.index, pcm, outcome, share)

    def _picked(
        self, takes: Takes, utterance: Utterance, spoken: Spoken
    ) -> tuple[Spoken, ChunkOutcome]:
        """The take to ship; of an item that fails its check none, for the others go on.

        Raises:
            QualityRejectedError: where the text is one.
        """
        try:
            return takes.pick_spoken(utterance, spoken)
        except QualityRejectedError as error:
            if self._chunks[utterance.index].item is None:
                raise
            rejected = ChunkOutcome(_REJECTED_TAKES, (), failed=True, doubt=error.message)
            return Spoken(np.zeros(0, np.float32)), rejected

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
        ordered: OrderedJoiner,
        index: int,
        pcm: Pcm,
        outcome: ChunkOutcome,
        spoken_in: float | None,
    ) -> None:
        """Count a chunk and join it, one at a time: two threads bring chunks.

        A text of one chunk that has no sound is told by the caller, as bad input.
        """
        total = len(self._chunks)
        if total > 1 and self._chunks[index].item is None:
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
            is_timed=bool(self._spec.audio.subtitles),
        )

    def _keep(self, index: int, spoken: Spoken, outcome: ChunkOutcome) -> Pcm:
        rate = self._engine.sample_rate
        identity = self._identity(index)
        edges = Edges(
            identity.trim_start,
            identity.trim_end,
            self._params.speed,
            self._chunks[index].manner,
            self._own_speed,
        )
        pcm = trim_and_quantise(spoken.samples, rate, edges)
        if identity.key not in self._archive or self._kept_outcome(index) is None:
            findings = outcome.to_json()
            times = times_when_trimmed(spoken, rate, edges)
            if times is not None:
                findings[_TIMES] = to_json(times)
            self._archive.append(identity.key, pcm, rate, findings)
        return pcm

    def _kept_outcome(self, index: int) -> ChunkOutcome | None:
        """What came of a chunk that is kept; None if that is damaged: it may be anything."""
        try:
            return ChunkOutcome.from_json(self._archive.findings(self._identity(index).key))
        except ValueError:
            return None

    def _times(self, index: int) -> WordTimes | None:
        """When the words of a chunk are heard, where that was kept; None where nobody knew."""
        if not self._spec.audio.subtitles:
            return None
        return from_json(self._archive.findings(self._identity(index).key).get(_TIMES))

    def _stored(self, index: int) -> Pcm | None:
        return self._archive.read(self._identity(index).key)

    def _count(self, index: int, samples: Pcm, spoken_in: float | None) -> None:
        seconds = samples.size / self._engine.sample_rate
        self._reporter.chunk_done(len(self._chunks[index].text), seconds, spoken_in)

    def _identity(self, index: int) -> ChunkIdentity:
        trims_all, chunks = self._spec.audio.trim_silence, self._chunks
        chunk = chunks[index]
        return ChunkIdentity(
            engine=self._engine.name,
            model=self._model,
            index=index,
            text=chunk.text,
            params=self._params,
            check=self._check,
            trim_start=trims_all or (index > 0 and chunks[index - 1].item == chunk.item),
            trim_end=trims_all
            or (index < len(chunks) - 1 and chunks[index + 1].item == chunk.item),
            passage=chunk.manner,
            phonetic=chunk.phonetic,
        )

    def _measure(self, seconds: float, audio_seconds: float) -> None:
        """Add to the time spoken for; by one thread at a time, whichever finishes chunks."""
        self._seconds += seconds
        self._spoken_seconds += audio_seconds
        self._reporter.time(synthesis_seconds=self._seconds)
        if self._spoken_seconds:
            self._reporter.time(real_time_factor=self._seconds / self._spoken_seconds)
