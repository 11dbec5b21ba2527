"""Loudness and true peak of audio of any length.

Integrated loudness follows ITU-R BS.1770-4 with pyloudnorm's filters and block borders, so that it
equals ``pyloudnorm.Meter.integrated_loudness``; only, the filters keep their state from block to
block, and of the signal no more is kept than the energy of each tenth of a second.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyloudnorm import Meter  # type: ignore[import-untyped]
from scipy.signal import sosfilt  # type: ignore[import-untyped]

from voicejob_worker.audio.pcm import FLOAT32, block_frames, read_blocks
from voicejob_worker.audio.true_peak import TruePeakMeter

GATING_SECONDS: Final = 0.4
_STEPS_PER_BLOCK: Final = 4
_ABSOLUTE_GATE: Final = -70.0
_RELATIVE_GATE: Final = -10.0
_OFFSET: Final = -0.691
"""Makes a 997 Hz sine at 0 dBFS measure -3.01 LUFS (BS.1770-4, annex 1)."""


@dataclass(frozen=True)
class LoudnessMeasurement:
    """Integrated loudness in LUFS and true peak in dBTP.

    The loudness is None for less than 0.4 s, where it is not defined, and for what is under the
    absolute gate throughout; the true peak is None for digital silence.
    """

    loudness_lufs: float | None
    true_peak_dbtp: float | None


class LoudnessMeter:
    """Takes a signal block by block and knows its integrated loudness."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._weighting = _k_weighting(sample_rate)
        self._state = np.zeros((len(self._weighting), 2))
        self._energies: list[float] = []
        self._pending = np.zeros(0)
        self._frames = 0

    def add(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n,)."""
        if not block.size:
            return
        weighted, self._state = sosfilt(self._weighting, block.astype(np.float64), zi=self._state)
        pending = np.concatenate((self._pending, weighted))
        done = self._frames - self._pending.size
        self._frames += block.size
        borders = []
        step = len(self._energies) + 1
        while self._border(step) <= self._frames:
            borders.append(self._border(step) - done)
            step += 1
        starts = [0, *borders]
        if borders:
            sums = np.add.reduceat(np.square(pending), starts[:-1])
            sums[-1] = np.square(pending[starts[-2] : starts[-1]]).sum()
            self._energies.extend(sums)
        self._pending = pending[starts[-1] :]

    def loudness(self) -> float | None:
        """Integrated loudness in LUFS; None under 0.4 s or if nothing passes the gate."""
        seconds = self._frames / self._sample_rate
        if seconds < GATING_SECONDS:
            return None
        step = GATING_SECONDS / _STEPS_PER_BLOCK
        blocks = round((seconds - GATING_SECONDS) / step) + 1
        energies = np.array([*self._energies, float(np.square(self._pending).sum()), 0.0])
        sums = np.convolve(energies, np.ones(_STEPS_PER_BLOCK))[_STEPS_PER_BLOCK - 1 :]
        return _gated(sums[:blocks] / (GATING_SECONDS * self._sample_rate))

    def ungated_loudness(self) -> float | None:
        """Loudness of the whole signal as one block: an estimate for less than 0.4 s."""
        energy = sum(self._energies) + float(np.square(self._pending).sum())
        loudness = _lufs(energy / self._frames) if self._frames and energy else -math.inf
        return loudness if loudness > _ABSOLUTE_GATE else None

    def _border(self, step: int) -> int:
        """First sample after ``step`` steps of a tenth of a second, rounded as pyloudnorm does."""
        return int(GATING_SECONDS * (step / _STEPS_PER_BLOCK) * self._sample_rate)


def measure(path: Path, sample_rate: int) -> LoudnessMeasurement:
    """Measure a raw float32 mono file."""
    return measure_blocks(read_blocks(path, FLOAT32, block_frames(sample_rate)), sample_rate)


def measure_blocks(blocks: Iterable[NDArray[np.float32]], sample_rate: int) -> LoudnessMeasurement:
    """Measure a signal that comes block by block, each of shape (n,)."""
    loudness, peak = LoudnessMeter(sample_rate), TruePeakMeter()
    for block in blocks:
        loudness.add(block)
        peak.add(block)
    return LoudnessMeasurement(loudness.loudness(), decibels(peak.peak()))


def decibels(ratio: float) -> float | None:
    """20 log10 of an amplitude; None for zero."""
    return 20 * math.log10(ratio) if ratio > 0 else None


def amplitude(decibel: float) -> float:
    """The amplitude of a level in dB."""
    return float(10 ** (decibel / 20))


def _k_weighting(sample_rate: int) -> NDArray[np.float64]:
    """The meter's two filters as second-order sections, shape (2, 6)."""
    stages = Meter(sample_rate)._filters.values()  # it has no public name for them
    return np.array([[*stage.b, *stage.a] for stage in stages])


def _lufs(mean_square: float) -> float:
    return _OFFSET + 10 * math.log10(mean_square)


def _gated(mean_squares: NDArray[np.float64]) -> float | None:
    """Mean over the blocks that pass both gates (BS.1770-4, equations 5 to 7)."""
    loud = mean_squares[mean_squares >= 10 ** ((_ABSOLUTE_GATE - _OFFSET) / 10)]
    if not loud.size:
        return None
    gate = loud.mean() * 10 ** (_RELATIVE_GATE / 10)
    passing = loud[loud > gate]
    return _lufs(float(passing.mean())) if passing.size else None
