"""A chunk's audio in frames: how loud each is, and whether it rings or hisses.

One Fourier transform per frame gives all of it; the audio is first brought down to about 11 kHz,
which keeps the voice and loses nothing that the checks look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voicejob_worker.audio.samples import Samples

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

HOP_SECONDS: Final = 0.02
NO_LEVEL_DB: Final = -140.0
"""The level of nothing at all."""
_RATE: Final = 11_025
_WINDOW: Final = 512
_PITCH_HZ: Final = (65.0, 400.0)
_NO_POWER: Final = 1e-14
_LOUD_WITHIN_DB: Final = 40.0
_LOUD_PERCENTILE: Final = 90
_STEADY_FRAMES: Final = 3
"""Frames apart in which spectra are compared: their windows barely overlap."""


@dataclass(frozen=True)
class Frames:
    """Features of each frame, arrays of shape ``(frames,)``, one every 20 ms."""

    level: Floats
    """Root mean square in dBFS."""
    voicing: Floats
    """How periodic it is at a voice's pitch: 1 for a steady vowel, 0.3 or less for a hiss."""
    likeness: Floats
    """Likeness of its spectrum to that of 60 ms before, up to 1: cosine of the magnitudes."""
    loud: float
    """Level of the loud frames in dBFS; -140 if there is no frame."""

    def above(self, below_loud_db: float) -> Mask:
        """Which frames are no more than ``below_loud_db`` under the loud ones."""
        mask: Mask = self.level > self.loud - below_loud_db
        return mask


def analyse(samples: Samples, sample_rate: int) -> Frames:
    """Measure finite mono audio of shape ``(n,)``, at any level and with any constant offset."""
    narrow, rate = _narrowed(samples, sample_rate)
    window = np.hanning(_WINDOW).astype(np.float32)
    spectra = np.fft.rfft(_cut(narrow, round(HOP_SECONDS * rate)) * window, axis=1)
    power: Floats = np.square(spectra.real) + np.square(spectra.imag)
    energy = power.sum(axis=1) * (2 / _WINDOW / float(np.sum(window**2)))
    level = (10 * np.log10(energy + _NO_POWER)).astype(np.float32)
    return Frames(
        level=level,
        voicing=_voicing(power, window, rate),
        likeness=_likeness(np.sqrt(power)),
        loud=_loud(level),
    )


def runs(mask: Mask) -> list[tuple[int, int]]:
    """First frame and first frame after it of each run of True."""
    steps = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def longest_seconds(mask: Mask) -> float:
    """Length of the longest run of True."""
    return max((end - start for start, end in runs(mask)), default=0) * HOP_SECONDS


def _narrowed(samples: Samples, sample_rate: int) -> tuple[Floats, float]:
    """Means of neighbouring samples, and their rate: what folds down from above is only hiss."""
    factor = max(round(sample_rate / _RATE), 1)
    size = samples.size // factor
    narrow: Floats = np.zeros(size, np.float32)
    for offset in range(factor):  # many times quicker than a mean along a short axis
        narrow += samples[offset : size * factor : factor]
    narrow /= factor
    return narrow - narrow.mean() if size else narrow, sample_rate / factor


def _cut(narrow: Floats, hop: int) -> Floats:
    padded = np.pad(narrow, (_WINDOW // 2, _WINDOW // 2))
    return np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::hop]


def _voicing(power: Floats, window: Floats, rate: float) -> Floats:
    """Highest autocorrelation at a pitch period, corrected by the window's own.

    After Boersma 1993 (Proceedings of the Institute of Phonetic Sciences 17, Amsterdam), section 2.
    """
    lags = slice(int(rate / _PITCH_HZ[1]), int(rate / _PITCH_HZ[0]))
    own = np.fft.irfft(np.abs(np.fft.rfft(window)) ** 2)
    without_rumble = power.copy()
    without_rumble[:, :2] = 0.0
    correlation = np.fft.irfft(without_rumble, axis=1)
    periodic = (correlation[:, lags] / (own[lags] / own[0])).max(axis=1)
    voicing: Floats = periodic / np.maximum(correlation[:, 0], _NO_POWER)
    return voicing.astype(np.float32)


def _likeness(magnitudes: Floats) -> Floats:
    norms = np.sqrt(np.sum(magnitudes**2, axis=1)) + _NO_POWER
    alike = np.zeros(len(magnitudes), np.float32)
    products = np.sum(magnitudes[_STEADY_FRAMES:] * magnitudes[:-_STEADY_FRAMES], axis=1)
    alike[_STEADY_FRAMES:] = products / (norms[_STEADY_FRAMES:] * norms[:-_STEADY_FRAMES])
    return alike


def _loud(level: Floats) -> float:
    """The level that is passed by a tenth of the frames, of those that are no pause."""
    if not level.size:
        return NO_LEVEL_DB
    sounding = level[level > level.max() - _LOUD_WITHIN_DB]
    return float(np.percentile(sounding, _LOUD_PERCENTILE))
