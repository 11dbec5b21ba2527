"""How loud audio is, frame by frame."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.float64]
"""Root mean square of each frame, of full scale 1; shape (frames,)."""
_ENOUGH: Final = 1 << 16
"""Samples by whose median a constant offset is known: even in noise without a pause it is not off
by more than -44 dB of that, and the pauses of speech bring it nearer."""


def frame_length(sample_rate: int, seconds: float) -> int:
    """Samples of a frame of about ``seconds``, one at the least."""
    return max(int(seconds * sample_rate), 1)


def frame_levels(samples: NDArray[np.float32], frame: int) -> Levels:
    """The level of each ``frame`` samples of audio of shape (n,), the last filled up with silence.

    A constant offset, as cheap recorders add, is no level, and what is not finite none either.
    """
    if not samples.size:
        return np.zeros(0)
    finite = np.nan_to_num(samples)
    # Of every so many samples: the median of all of them would take longer than all the rest.
    offset = np.median(finite[:: max(finite.size // _ENOUGH, 1)])
    padded = np.pad(finite.astype(np.float64) - offset, (0, -samples.size % frame))
    levels: Levels = np.sqrt(np.mean(padded.reshape(-1, frame) ** 2, axis=1))
    return levels
