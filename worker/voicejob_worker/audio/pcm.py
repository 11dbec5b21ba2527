"""Raw PCM on disk: mono samples without a header, read block by block.

The joined audio is 16-bit, as engines deliver it; everything after it is 32-bit float, where
nothing clips before the limiter has had its say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.samples import Pcm

PCM16: Final = np.dtype("<i2")
FLOAT32: Final = np.dtype("<f4")
BLOCK_SECONDS: Final = 2.0
"""Long enough for the loops to be numpy's, short enough for the processor's cache."""
_FULL_SCALE: Final = 32768.0


@dataclass(frozen=True)
class Window:
    """Part of a file with its surroundings.

    ``samples`` (float32) holds ``margin`` samples on either side of the part, zeros beyond the
    file's ends. ``done`` is the share of the file up to the part's end.
    """

    samples: NDArray[np.float32]
    margin: int
    done: float


def block_frames(sample_rate: int) -> int:
    """Samples in one block."""
    return int(BLOCK_SECONDS * sample_rate)


def frame_count(path: Path, dtype: np.dtype[Any]) -> int:
    """Samples in a raw file."""
    return path.stat().st_size // dtype.itemsize


def read_blocks(path: Path, dtype: np.dtype[Any], frames: int) -> Iterator[NDArray[np.float32]]:
    """The file's samples as float32, full scale at 1.0, ``frames`` at a time."""
    with path.open("rb") as file:
        while (block := np.fromfile(file, dtype, frames)).size:
            yield to_float(block)


def read_windows(path: Path, frames: int, margin: int) -> Iterator[Window]:
    """A float32 file in parts of ``frames`` samples, each with ``margin`` more on both sides."""
    total = frame_count(path, FLOAT32)
    for start in range(0, total, frames):
        end = min(start + frames, total)
        yield Window(_padded(path, start - margin, end + margin, total), margin, end / total)


def _padded(path: Path, start: int, end: int, total: int) -> NDArray[np.float32]:
    first, last = max(start, 0), min(end, total)
    samples = np.fromfile(path, FLOAT32, last - first, offset=first * FLOAT32.itemsize)
    return np.pad(samples, (first - start, end - last)).astype(np.float32, copy=False)


def to_float(samples: NDArray[Any]) -> NDArray[np.float32]:
    """16-bit samples as float32 in [-1, 1); float samples as they are."""
    if samples.dtype.kind == "i":
        return (samples / _FULL_SCALE).astype(np.float32)
    return samples.astype(np.float32, copy=False)


def to_pcm16(samples: NDArray[np.float32]) -> Pcm:
    """Float samples as 16-bit, rounded; what is over full scale is clipped, NaN becomes 0."""
    scaled = np.rint(np.nan_to_num(samples, nan=0.0).astype(np.float64) * _FULL_SCALE)
    return np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
