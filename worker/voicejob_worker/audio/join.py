"""The joined audio: chunk after chunk on disk, with the silence asked for between them."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np

from voicejob_worker.audio.pcm import PCM16
from voicejob_worker.audio.samples import Pcm
from voicejob_worker.text.chunks import Chunk

_ZEROS: Final = 65536


@dataclass(frozen=True)
class ChunkPosition:
    """A chunk's position in the joined audio, in seconds."""

    index: int
    start: float
    end: float
    text: str


class Pauses:
    """Knows how much silence goes behind each chunk, being asked for one after the other."""

    def __init__(self, sample_rate: int, speed: float = 1.0) -> None:
        """Pauses are the shorter the higher ``speed`` is: half as long at 2.0."""
        self._sample_rate = sample_rate
        self._speed = speed
        self._silence = 0

    def after(self, chunk: Chunk, has_sound: bool) -> int:
        """Frames of silence to add behind the chunk.

        A chunk without sound adds no pause to the one before it, it only lengthens that to its
        own: two pauses in a row would be dead air.
        """
        if has_sound:
            self._silence = 0
        wanted = round(chunk.pause_after / self._speed * self._sample_rate)
        missing = max(wanted - self._silence, 0)
        self._silence += missing
        return missing


class Joiner:
    """Writes the joined audio: mono, 16-bit little-endian, no header.

    A context manager; the file is complete once it is left.
    """

    def __init__(self, path: Path, sample_rate: int, speed: float = 1.0) -> None:
        self._path = path
        self._sample_rate = sample_rate
        self._file: BinaryIO | None = None
        self._frames = 0
        self._pauses = Pauses(sample_rate, speed)

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def duration(self) -> float:
        """Seconds written so far."""
        return self._frames / self._sample_rate

    def append(self, chunk: Chunk, samples: Pcm) -> ChunkPosition:
        """Add the chunk's samples, shape (n,), and then the pause that goes behind it.

        Raises:
            ValueError: the samples are not 16-bit or not mono, or the joiner is not open.
        """
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise ValueError(
                f"chunk {chunk.index} is {samples.dtype} of shape {samples.shape}: "
                "give 16-bit samples of shape (n,)"
            )
        start = self.duration
        self._write(samples.astype(PCM16, copy=False))
        position = ChunkPosition(chunk.index, start, self.duration, chunk.text)
        self._write_silence(self._pauses.after(chunk, has_sound=samples.size > 0))
        return position

    def _write_silence(self, frames: int) -> None:
        for start in range(0, frames, _ZEROS):
            self._write(np.zeros(min(_ZEROS, frames - start), PCM16))

    def _write(self, samples: Pcm) -> None:
        if self._file is None:
            raise ValueError("the joiner is not open: use it in a with statement")
        self._file.write(samples.tobytes())
        self._frames += samples.size
