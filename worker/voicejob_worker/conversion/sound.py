"""What is done to sound before and after it is converted."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, filtfilt  # type: ignore[import-untyped]

from voicejob_worker.audio.samples import Samples

SAMPLE_RATE: Final = 16_000
"""Samples per second that HuBERT and RMVPE listen to."""
_RUMBLE_HERTZ: Final = 48
_ORDER: Final = 5
_HIGHPASS: Final = butter(_ORDER, _RUMBLE_HERTZ, btype="highpass", fs=SAMPLE_RATE)
_LOUDEST_IN: Final = 0.95
_LOUDEST_OUT: Final = 0.99
_OWN_SHARE: Final = 0.25
"""Share of the model's own loudness over time; the rest is the input's, so that pauses stay silent.
RVC's default (``rms_mix_rate``, upstream's ``envelope_ratio``)."""
_QUIETEST: Final = 1e-6
_BLOCKS_PER_SECOND: Final = 2


def prepare(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Bring samples of any rate to 16 kHz, not too loud and without rumble under 48 Hz.

    Returns:
        Shape ``(about n * 16000 / rate,)``, at least one sample.
    """
    import soxr  # type: ignore[import-untyped]

    sound = soxr.resample(samples, rate, SAMPLE_RATE) if rate != SAMPLE_RATE else samples
    if not sound.size:
        return np.zeros(1)
    loudest = float(np.abs(sound).max()) / _LOUDEST_IN
    filtered: NDArray[np.float64] = filtfilt(
        *_HIGHPASS,
        (sound / max(loudest, 1.0)).astype(np.float64),
        padlen=min(3 * (_ORDER + 1), sound.size - 1),
    )
    return filtered


def shape_loudness(sound: Samples, rate: int, like: NDArray[np.float64]) -> Samples:
    """Give converted sound most of the loudness over time of what it was made from.

    Args:
        sound: Shape ``(n,)``.
        rate: Samples per second of the sound.
        like: What it was made from, at 16 kHz and as long in time.

    Returns:
        Shape ``(n,)``, in -0.99 to 0.99.
    """
    times = np.arange(sound.size) / rate
    wanted = _level(like, SAMPLE_RATE, times)
    present = np.maximum(_level(sound, rate, times), _QUIETEST)
    shaped = sound * (wanted / present) ** (1 - _OWN_SHARE)
    loudest = float(np.abs(shaped).max(initial=0.0)) / _LOUDEST_OUT
    return (shaped / max(loudest, 1.0)).astype(np.float32)


def _level(
    sound: NDArray[np.float64] | Samples, rate: int, times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Root mean square over a second around each half second, in between on straight lines.

    Upstream lays these points over the sound so that the first is not at its start.
    """
    hop = rate // _BLOCKS_PER_SECOND
    squares = np.pad(sound.astype(np.float64) ** 2, (hop, 2 * hop))
    sums = np.concatenate(([0.0], np.cumsum(squares)))
    starts = np.arange(0, sound.size + hop, hop)
    levels = np.sqrt(np.maximum(sums[starts + 2 * hop] - sums[starts], 0.0) / (2 * hop))
    level: NDArray[np.float64] = np.interp(times, starts / rate, levels)
    return level
