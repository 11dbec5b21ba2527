"""Speech at another pitch and level, as long as it was."""

from typing import Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from scipy.ndimage import maximum_filter1d, uniform_filter1d  # type: ignore[import-untyped]

from voicejob_worker.audio.loudness import amplitude
from voicejob_worker.audio.samples import Samples
from voicejob_worker.audio.stretch import stretched

MAX_SEMITONES: Final = 12.0
"""Either way: further off a voice is none any more."""
_FULL_SCALE: Final = np.float32(0.98)
_AROUND: Final = 257
"""Samples around a peak with its gain: 12 ms at 22,050 Hz, a period of a low voice."""


def shifted(samples: Samples, sample_rate: int, semitones: float) -> Samples:
    """Speech ``semitones`` higher (lower if negative), of the same length.

    It is stretched (WSOLA) and then resampled, which moves the formants along. In the other order
    nine tenths of the moments are off by up to 0.8 semitones instead of 0.4 (90 Hz, -12).

    Args:
        samples: Shape (n,).
        sample_rate: Samples per second.
        semitones: From -12 to 12; what is beyond is taken for these.

    Returns:
        Shape (n,); the samples themselves where the shift is 0. The same samples give the same
        bytes.
    """
    bounded = min(max(semitones, -MAX_SEMITONES), MAX_SEMITONES)
    if bounded == 0 or not samples.size:
        return samples
    ratio = 2 ** (bounded / 12)
    heard = soxr.resample(stretched(samples, sample_rate, ratio), ratio, 1.0, quality="HQ")
    fitting: Samples = np.pad(heard[: samples.size], (0, max(samples.size - heard.size, 0)))
    return fitting


def amplified(samples: Samples, decibels: float) -> Samples:
    """The samples louder, or softer if negative; peaks that would pass full scale are limited.

    Around such a peak the gain is lower by as much as is needed, and goes there and back within a
    few milliseconds, so that nothing is clipped.
    """
    if decibels == 0 or not samples.size:
        return samples
    louder: Samples = samples * np.float32(amplitude(decibels))
    sizes = np.abs(louder)
    if decibels < 0 or sizes.max() <= _FULL_SCALE:
        return louder
    # The largest around each sample, and the mean of gains that each of them allows.
    allowed = np.minimum(_FULL_SCALE / np.maximum(maximum_filter1d(sizes, _AROUND), _FULL_SCALE), 1)
    limited: Samples = louder * uniform_filter1d(allowed, _AROUND)
    return limited
