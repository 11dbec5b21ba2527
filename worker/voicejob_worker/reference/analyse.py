"""What can be measured on a recording that tells whether a clone of it will sound well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.engines.protocol import Samples
from voicejob_worker.reference.speech import Stretch

_FRAME_SECONDS: Final = 0.02
_AROUND_SECONDS: Final = 0.1
"""Around speech that is no pause yet: the voice dies away, the detector is late."""
_LEAST_PAUSE_SECONDS: Final = 0.1
_DIGITAL_SILENCE: Final = 1e-10
"""Mean square (-100 dBFS) under which nothing was recorded: silence that an editor put in."""
_QUIETEST: Final = 0.05
_HIGHEST_SNR: Final = 80.0
_TELEPHONE_HZ: Final = 4_200.0
_TELEPHONE_DB: Final = -50.0
"""Speech has -20 to -35 dB of its power over 4.2 kHz, in its fricatives."""


def signal_to_noise(samples: Samples, sample_rate: int, speech: Sequence[Stretch]) -> float:
    """Estimate the ratio of the speech's power to the noise's in dB, at most 80.

    The noise is what is heard in the pauses; where there are none, in the quietest twentieth of
    the speech, which makes the estimate of a clean recording too low, and of a noisy one right.

    Args:
        samples: mono, without a constant offset, shape ``(n,)``.
        sample_rate: samples per second.
        speech: stretches of speech in it.
    """
    frame = int(_FRAME_SECONDS * sample_rate)
    frames = samples[: samples.size // frame * frame].reshape(-1, frame)
    powers = np.mean(np.square(frames, dtype=np.float64), axis=1)
    middles = (np.arange(powers.size) + 0.5) * _FRAME_SECONDS
    spoken = np.zeros(powers.size, bool)
    near = np.zeros(powers.size, bool)
    for one in speech:
        spoken |= (middles >= one.start) & (middles < one.end)
        near |= (middles >= one.start - _AROUND_SECONDS) & (middles < one.end + _AROUND_SECONDS)
    if not spoken.any():
        return 0.0
    noise = _noise_power(powers[~near], powers[spoken])
    voice = float(powers[spoken].mean()) - noise
    ratio = max(voice, _DIGITAL_SILENCE) / max(noise, _DIGITAL_SILENCE)
    return min(10 * float(np.log10(ratio)), _HIGHEST_SNR)


def _noise_power(pauses: NDArray[np.float64], speech: NDArray[np.float64]) -> float:
    recorded = pauses[pauses > _DIGITAL_SILENCE]
    if recorded.size * _FRAME_SECONDS >= _LEAST_PAUSE_SECONDS:
        return float(recorded.mean())
    if pauses.size * _FRAME_SECONDS >= _LEAST_PAUSE_SECONDS:
        return 0.0
    quietest = np.sort(speech)[: max(int(speech.size * _QUIETEST), 1)]
    return float(quietest.mean())


def is_telephone(samples: Samples, sample_rate: int) -> bool:
    """Whether a recording holds no more than a telephone's band, whatever its sample rate."""
    spectrum = np.square(np.abs(np.fft.rfft(samples.astype(np.float64))))
    above = np.fft.rfftfreq(samples.size, 1 / sample_rate) > _TELEPHONE_HZ
    total = float(spectrum.sum())
    return float(spectrum[above].sum()) < total * 10 ** (_TELEPHONE_DB / 10)
