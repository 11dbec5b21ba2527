"""Chunks become joined audio on disk: each taken from the checkpoint, or spoken and kept there."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.audio.edges import fade_edges, trim_edges
from voicejob_worker.audio.join import Joiner, Placed
from voicejob_worker.checkpoint import ChunkArchive, ChunkIdentity, Pcm
from voicejob_worker.engines.protocol import Engine, Manner, Samples, Utterance
from voicejob_worker.errors import OutOfMemoryError, TransientFaultError, WorkerError
from voicejob_worker.failure import is_out_of_memory
from voicejob_worker.reporter import Reporter
from voicejob_worker.text.chunks import Chunk

_FULL_SCALE = 32767.0


@dataclass(frozen=True)
class Spoken:
    """The joined audio."""

    path: Path
    """Raw 16-bit mono samples."""
    sample_rate: int
    placed: tuple[Placed, ...]
    audible: bool
    """Whether any chunk made a sound."""


class Synthesis:
    """Speaks a list of chunks."""

    def __init__(
        self, spec: VoiceJobSpec, engine: Engine, archive: ChunkArchive, reporter: Reporter
    ) -> None:
        self._spec = spec
        self._engine = engine
        self._archive = archive
        self._reporter = reporter
        self._manner = Manner(seed=spec.synthesis.seed, speed=spec.synthesis.speed)
        self._model = engine.fingerprint()
        self._seconds = 0.0
        self._spoken_seconds = 0.0

    def run(self, chunks: Sequence[Chunk], raw: Path, between: Callable[[], None]) -> Spoken:
        """Write the joined audio of ``chunks`` to ``raw``; ``between`` is called before each.

        Raises:
            TransientFaultError: the engine failed on a chunk, which is named by its number.
            OutOfMemoryError: it could not get the memory for it.
        """
        rate = self._engine.sample_rate
        placed = []
        audible = False
        with Joiner(raw, rate) as joiner:
            for chunk in chunks:
                between()
                samples = self._chunk(chunk, len(chunks))
                audible = audible or samples.size > 0
                placed.append(joiner.append(chunk, samples))
        return Spoken(raw, rate, tuple(placed), audible)

    def _chunk(self, chunk: Chunk, total: int) -> Pcm:
        rate = self._engine.sample_rate
        identity = self._identity(chunk, total)
        samples = self._archive.read(identity.key)
        spoken_in = None
        if samples is None:
            began = time.perf_counter()
            samples = self._speak(chunk, identity, total)
            spoken_in = time.perf_counter() - began
            self._archive.append(identity.key, samples, rate)
            self._measure(spoken_in, samples.size / rate)
        self._reporter.chunk_done(len(chunk.text), samples.size / rate, spoken_in)
        return samples

    def _identity(self, chunk: Chunk, total: int) -> ChunkIdentity:
        trims_all = self._spec.audio.trim_silence
        return ChunkIdentity(
            engine=self._engine.name,
            model=self._model,
            index=chunk.index,
            text=chunk.text,
            seed=self._manner.seed,
            speed=self._manner.speed,
            trim_start=trims_all or chunk.index > 0,
            trim_end=trims_all or chunk.index < total - 1,
        )

    def _speak(self, chunk: Chunk, identity: ChunkIdentity, total: int) -> Pcm:
        utterance = Utterance(chunk.index, chunk.text)
        try:
            (samples,) = self._engine.synthesise([utterance], self._manner)
        except WorkerError:
            raise
        except Exception as error:
            where = f"chunk {chunk.index + 1} of {total}"
            if is_out_of_memory(error):
                raise OutOfMemoryError(
                    f"{where} does not fit into memory: raise spec.resources.limits.memory"
                ) from error
            raise TransientFaultError(
                f"the engine {self._engine.name} failed on {where}: {type(error).__name__}"
            ) from error
        return _edged(samples, self._engine.sample_rate, identity)

    def _measure(self, seconds: float, audio_seconds: float) -> None:
        self._seconds += seconds
        self._spoken_seconds += audio_seconds
        self._reporter.time(synthesis_seconds=self._seconds)
        if self._spoken_seconds:
            self._reporter.time(real_time_factor=self._seconds / self._spoken_seconds)


def _edged(samples: Samples, rate: int, identity: ChunkIdentity) -> Pcm:
    """Cut the silence off, fade the edges, and go to 16 bit."""
    trimmed = trim_edges(samples, rate, start=identity.trim_start, end=identity.trim_end)
    if not trimmed.size:
        return np.zeros(0, np.int16)
    faded = fade_edges(trimmed, rate)
    samples16: Pcm = np.rint(np.clip(faded, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)
    return samples16
