"""The joined audio: chunk after chunk on disk, with the silence asked for between them."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.pcm import PCM16
from voicejob_worker.text.chunks import Chunk

_ZEROS: Final = 65536


@dataclass(frozen=True)
class Placed:
    """Where a chunk's speech lies in the joined audio, in seconds."""

    index: int
    start: float
    end: float
    text: str


class Joiner:
    """Writes the joined audio: mono, 16-bit little-endian, no header.

    A context manager; the file is complete once it is left.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        self._path = path
        self._sample_rate = sample_rate
        self._file: BinaryIO | None = None
        self._frames = 0
        self._silence = 0

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

    def append(self, chunk: Chunk, samples: NDArray[np.int16]) -> Placed:
        """Add the chunk's samples, shape (n,), and then the pause it asks for.

        A chunk without samples adds no pause to the one before it, it only lengthens that to its
        own: two pauses in a row would be dead air.

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
        placed = Placed(chunk.index, start, self.duration, chunk.text)
        if samples.size:
            self._silence = 0
        self._lengthen_silence(round(chunk.pause_after * self._sample_rate))
        return placed

    def _lengthen_silence(self, frames: int) -> None:
        missing = max(frames - self._silence, 0)
        for start in range(0, missing, _ZEROS):
            self._write(np.zeros(min(_ZEROS, missing - start), PCM16))
        self._silence += missing

    def _write(self, samples: NDArray[np.int16]) -> None:
        if self._file is None:
            raise ValueError("the joiner is not open: use it in a with statement")
        self._file.write(samples.tobytes())
        self._frames += samples.size
