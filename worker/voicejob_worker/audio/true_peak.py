"""True peak as of ITU-R BS.1770-4, annex 2: the highest level between the samples, too.

The signal is interpolated four times. The annex gives a 48-tap filter as one that is good enough;
this one is a Kaiser-windowed sinc of twice its length, which reads nearer to the truth close to
the Nyquist frequency, where the low sample rates of voices have their sibilants.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

OVERSAMPLING: Final = 4
REACH: Final = 12
"""Input samples on either side that an interpolated value depends on."""


_SEGMENT: Final = 512
"""Samples that are interpolated, or passed over, together."""


def _interpolation_filters() -> NDArray[np.float32]:
    """The taps for a quarter, a half and three quarters of the way to the next sample."""
    places = np.arange(1, OVERSAMPLING)[:, None] / OVERSAMPLING
    distance = places + np.arange(-REACH, REACH)
    window = np.i0(5.0 * np.sqrt(1 - (distance / REACH) ** 2)) / np.i0(5.0)
    return (np.sinc(distance) * window).astype(np.float32)


_FILTERS: Final = _interpolation_filters()
_MAX_RISE: Final = float(np.abs(_FILTERS).sum(axis=1).max())
"""No interpolated value is more than this times the highest sample around it."""


def peak_envelope(samples: NDArray[np.float32], least: float = 0.0) -> NDArray[np.float32]:
    """Highest absolute value between each sample's two neighbours, shape (n,) for (n,).

    The first and last ``REACH`` values are as if silence lay around. Peaks up to ``least`` are of
    no interest: where none can be higher, the samples themselves are the answer.
    """
    envelope = np.abs(samples)
    for start, end in _runs(_may_exceed(envelope, least)):
        between = _peaks_between(samples, start, min(end, samples.size))
        part = envelope[start : start + between.size]
        np.maximum(part, between, out=part)
        after = envelope[start + 1 : start + 1 + between.size]
        np.maximum(after, between[: after.size], out=after)
    return envelope


def _may_exceed(levels: NDArray[np.float32], least: float) -> NDArray[np.bool_]:
    """Whether a peak around a segment could be over ``least``, shape (segments,)."""
    padded = np.pad(levels, (0, -levels.size % _SEGMENT))
    highest = np.pad(padded.reshape(-1, _SEGMENT).max(axis=1, initial=0.0), 1)
    around = np.maximum(np.maximum(highest[:-2], highest[1:-1]), highest[2:])
    exceeds: NDArray[np.bool_] = around * _MAX_RISE > least
    return exceeds


def _runs(chosen: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last sample (exclusive) of each run of chosen segments."""
    borders = np.flatnonzero(np.diff(np.pad(chosen, 1).astype(np.int8)))
    for start, end in borders.reshape(-1, 2):
        yield int(start) * _SEGMENT, int(end) * _SEGMENT


def _peaks_between(samples: NDArray[np.float32], start: int, end: int) -> NDArray[np.float32]:
    """Highest interpolated value after each sample from ``start`` to ``end``."""
    first, last = start - REACH + 1, end + REACH
    around = np.pad(samples[max(first, 0) : last], (max(-first, 0), max(last - samples.size, 0)))
    highest: NDArray[np.float32] = np.abs(np.convolve(around, _FILTERS[0], "valid"))
    for taps in _FILTERS[1:]:
        np.maximum(highest, np.abs(np.convolve(around, taps, "valid")), out=highest)
    return highest


class TruePeakMeter:
    """Takes a signal block by block and knows its true peak."""

    def __init__(self) -> None:
        self._recent = np.zeros(2 * REACH, np.float32)
        self._peak = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n,)."""
        samples = np.concatenate((self._recent, block))
        envelope = peak_envelope(samples, self._peak)[REACH : samples.size - REACH]
        self._peak = max(self._peak, float(envelope.max(initial=0.0)))
        self._recent = samples[-2 * REACH :]

    def peak(self) -> float:
        """Highest absolute value, 1.0 being full scale, as if silence followed."""
        self.add(np.zeros(2 * REACH, np.float32))
        return self._peak
