"""Edges of a chunk: silence off, and no click where it starts and ends."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.levels import Levels, frame_length, frame_levels
from voicejob_worker.audio.samples import Pcm

_FRAME_SECONDS: Final = 0.005
_BELOW_SPEECH: Final = 10 ** (-38 / 20)
"""Below the loud parts of the chunk by this much is silence. Weak fricatives lie about 30 dB below
a stressed vowel, what a voice model leaves between words 50 dB and more; what dies away in between
would be heard as dead air."""
_OVER_NOISE: Final = 2.0
"""What is under twice the noise floor is noise, where the floor itself is no speech."""
_NOISE_AT_MOST: Final = 10 ** (-28 / 20)
"""A floor nearer than this to the loud parts is speech: the chunk has no pause in it."""
_ABSOLUTE: Final = 10 ** (-66 / 20)
"""Under this a chunk is silent, however loud it is beside itself; two steps of 16 bit are -84 dB,
the quietest voice we have met -45 dB."""

KEEP_SECONDS: Final = 0.03
"""Silence that is kept around speech at its usual speed, so that no soft onset is cut."""


def sounding_part(
    samples: NDArray[np.float32],
    sample_rate: int,
    keep_seconds: float = KEEP_SECONDS,
    start: bool = True,
    end: bool = True,
) -> slice:
    """Which samples are left without the silence before the first and after the last sound.

    Args:
        samples: Shape (n,), any constant offset.
        sample_rate: Samples per second.
        keep_seconds: Silence that stays at each end, so that no soft onset is cut.
        start: Whether to cut at the start.
        end: Whether to cut at the end.

    Returns:
        First, and first after them; an empty slice if all of it is silent.
    """
    frame = frame_length(sample_rate, _FRAME_SECONDS)
    levels = frame_levels(samples, frame)
    sounding = np.flatnonzero(levels > _threshold(levels)) if levels.size else levels
    if not sounding.size:
        return slice(0, 0)
    keep = max(int(keep_seconds * sample_rate) - frame, 0)  # a sounding frame may start silent
    first = max(int(sounding[0]) * frame - keep, 0) if start else 0
    last = (int(sounding[-1]) + 1) * frame + keep if end else samples.size
    return slice(first, min(last, samples.size))


def fade_edges(
    samples: NDArray[np.float32] | Pcm,
    sample_rate: int,
    seconds: float = 0.005,
    start: bool = True,
    end: bool = True,
) -> NDArray[np.float32]:
    """Fade in and out with a raised cosine of ``seconds``, half the chunk at most.

    Shape (n,) in, a new array of shape (n,) out, whose first sample is 0.0 where its start is faded
    and whose last is where its end is.
    """
    faded = samples.astype(np.float32, copy=True)
    length = min(max(int(seconds * sample_rate), 1), samples.size // 2)
    if length == 0:
        return np.zeros_like(faded)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(length) / length)).astype(np.float32)
    if start:
        faded[:length] *= ramp
    if end:
        faded[-length:] *= ramp[::-1]
    return faded


def _threshold(levels: Levels) -> float:
    loud = float(np.percentile(levels, 95))
    if loud < _ABSOLUTE:
        loud = float(levels.max())  # a click in a long silence
    floor = float(np.percentile(levels, 10))
    noise = floor * _OVER_NOISE if floor < loud * _NOISE_AT_MOST else 0.0
    return max(loud * _BELOW_SPEECH, noise, _ABSOLUTE)
