"""A look-ahead true-peak limiter for audio of any length.

It turns the level down before a peak comes, just enough, and back up slowly after it. In decibels
of attenuation: the need of each sample, its maximum over the look-ahead on both sides, a release
of constant slope, and two running means over that width together. The smoothed value is a mean of
values that are each at least the need, so no peak gets through, and it has no corner to be heard.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d  # type: ignore[import-untyped]

from voicejob_worker.audio.pcm import Window, block_frames, read_windows
from voicejob_worker.audio.true_peak import REACH, peak_envelope

LOOK_AHEAD_SECONDS: Final = 0.003
RELEASE_DB_PER_SECOND: Final = 40.0
"""4 dB, a usual reduction, are given back in a tenth of a second: about a syllable."""
MAX_RELEASE_DB_PER_SECOND: Final = 2560.0
"""Louder, but it follows the single periods of the voice: for targets out of reach otherwise."""


def limited_blocks(
    path: Path,
    sample_rate: int,
    gain: float,
    ceiling: float,
    release: float = RELEASE_DB_PER_SECOND,
) -> Iterator[tuple[NDArray[np.float32], float]]:
    """Amplify a raw float32 file and keep its true peak under a ceiling.

    Args:
        path: Raw float32 mono samples.
        sample_rate: Samples per second.
        gain: Factor, applied before the limiter.
        ceiling: Highest true peak, 1.0 being full scale.
        release: How fast the level comes back after a peak, in dB per second.

    Yields:
        The samples block by block, shape (n,), and the share of the file done.
    """
    limiter = Limiter(sample_rate, ceiling, release)
    for window in read_windows(path, block_frames(sample_rate), limiter.margin):
        yield limiter.limit(window, gain), window.done


class Limiter:
    """Limits a signal that comes window by window."""

    def __init__(
        self, sample_rate: int, ceiling: float, release: float, *, between: bool = True
    ) -> None:
        """``between``: whether peaks between the samples count, as of a true peak they do."""
        self._half = max(int(LOOK_AHEAD_SECONDS * sample_rate), 1)
        self._ceiling = ceiling
        self._between = between
        self._sample_rate = sample_rate
        self.release(release)
        self._smoothing = self._half // 2 * 2 + 1
        self._releasing = 0.0
        self.margin = 2 * self._half + REACH + 1
        """Samples that a window needs on both sides of its own part."""

    def release(self, db_per_second: float) -> None:
        """Let the level come back so fast from now on."""
        self._slope = db_per_second / self._sample_rate

    def limit(self, window: Window, gain: float) -> NDArray[np.float32]:
        """The window's own part, limited. Windows must come in order."""
        samples = window.samples * np.float32(gain)
        own = slice(window.margin, samples.size - window.margin)
        need = self._need(samples)
        if not self._releasing and not need.any():
            return samples[own]
        released = self._released(need)
        self._releasing = float(released[own.stop - own.start - 1])
        smoothed = uniform_filter1d(uniform_filter1d(released, self._smoothing), self._smoothing)
        factor: NDArray[np.float64] = 10 ** (np.maximum(smoothed, 0.0) / -20)
        return (samples[own] * factor[own]).astype(np.float32)

    def _need(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """Attenuation in dB that each sample needs, the maximum over the look-ahead."""
        peaks = peak_envelope(samples, self._ceiling) if self._between else np.abs(samples)
        over = np.maximum(peaks / self._ceiling, 1.0).astype(np.float64)
        need: NDArray[np.float64] = maximum_filter1d(20 * np.log10(over), 2 * self._half + 1)
        return need

    def _released(self, need: NDArray[np.float64]) -> NDArray[np.float64]:
        """Let the attenuation fall by no more than the slope: a running maximum on a ramp."""
        ramp = self._slope * np.arange(1, need.size + 1)
        highest = np.maximum.accumulate(np.maximum(need + ramp, self._releasing))
        released: NDArray[np.float64] = np.maximum(highest - ramp, 0.0)
        return released
