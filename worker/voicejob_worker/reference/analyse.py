"""What can be measured on a recording that tells whether a clone of it will sound well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.align import SpeechSpan
from voicejob_worker.audio.samples import Samples

_FRAME_SECONDS: Final = 0.02
_AROUND_SECONDS: Final = 0.1
"""Around speech that is no pause yet: the voice dies away, the detector is late."""
_MIN_PAUSE_FRAMES: Final = 5
_PAUSE_PERCENTILE: Final = 75
_MIN_PEAK: Final = 1e-9
_DIGITAL_SILENCE: Final = 1e-10
"""Mean square, 100 dB under the peak, under which nothing was recorded: an editor's silence."""
_SIDE_SECONDS: Final = 0.5
_QUIETEST: Final = 0.05
_HIGHEST_SNR: Final = 80.0
_TOP_PERCENTILE: Final = 99.5
_NEAR_TOP: Final = 0.8
_SOUNDING: Final = 0.1
_CROWDED: Final = 0.15
"""Share of what sounds that lies near the top: 0.05 at most in the same recordings, 0.14 under a
strong compressor, 0.15 to 0.43 where they were clipped by 20 dB and made an mp3 of."""
_CROWDED_AT_MOST: Final = 0.05
_TELEPHONE_HZ: Final = 4_200.0
_TELEPHONE_DB: Final = -50.0
"""Speech has -20 to -35 dB of its power over 4.2 kHz, in its fricatives."""


def signal_to_noise(
    samples: Samples,
    sample_rate: int,
    speech: Sequence[SpeechSpan],
    span: SpeechSpan | None = None,
    step: float = 0.0,
) -> float:
    """Estimate the ratio of the speech's power to the noise's in dB, from 0 to 80.

    The noise is what three quarters of the pauses' frames keep under: a breath or a click is none.
    The pauses are the span's own; where it has too few, that of its two sides which is quieter,
    for noise under the speech is on both; else all others. Where there is no pause at all, it is
    the quietest twentieth of the speech, which makes the estimate of a clean recording too low, and
    of a noisy one right.

    Args:
        samples: Mono, shape ``(n,)``: the whole recording.
        sample_rate: Samples per second.
        speech: All stretches of speech in it.
        span: The part that is judged; None for all of it.
        step: Between neighbouring values of a coarse recording, whose rounding is noise.
    """
    frame = int(_FRAME_SECONDS * sample_rate)
    frames = samples[: samples.size // frame * frame].reshape(-1, frame)
    peak = max(float(np.max(np.abs(samples), initial=0.0)), _MIN_PEAK)
    powers = np.var(frames / peak, axis=1, dtype=np.float64)  # a constant offset is no noise
    middles = (np.arange(powers.size) + 0.5) * _FRAME_SECONDS
    whole = span or SpeechSpan(0.0, samples.size / sample_rate)
    spoken = np.zeros(powers.size, bool)
    near = np.zeros(powers.size, bool)
    for one in speech:
        spoken |= (middles >= one.start) & (middles < one.end)
        near |= (middles >= one.start - _AROUND_SECONDS) & (middles < one.end + _AROUND_SECONDS)
    inside = (middles >= whole.start) & (middles < whole.end)
    if not (spoken & inside).any():
        return 0.0
    voice = powers[spoken & inside]
    before = ~near & (middles < whole.start) & (middles >= whole.start - _SIDE_SECONDS)
    after = ~near & (middles >= whole.end) & (middles < whole.end + _SIDE_SECONDS)
    places = (powers[~near & inside], powers[before], powers[after], powers[~near])
    noise = max(_noise_power(*places, voice), (step / peak) ** 2 / 12)
    ratio = (float(voice.mean()) - noise) / max(noise, _DIGITAL_SILENCE)
    return min(10 * float(np.log10(max(ratio, 1.0))), _HIGHEST_SNR)


def _noise_power(
    inner: NDArray[np.float64],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    anywhere: NDArray[np.float64],
    speech: NDArray[np.float64],
) -> float:
    """Powers of the pauses inside a span, at its sides, and anywhere; an array each."""
    sides = [float(np.median(one)) for one in (before, after) if one.size >= _MIN_PAUSE_FRAMES]
    for level in (_level(inner), min(sides, default=None), _level(anywhere)):
        if level is not None:
            return level
    if anywhere.size >= _MIN_PAUSE_FRAMES:
        return 0.0
    quietest = np.sort(speech)[: max(int(speech.size * _QUIETEST), 1)]
    return float(quietest.mean())


def _level(pauses: NDArray[np.float64]) -> float | None:
    """Power that three quarters of the recorded frames keep under; None if they are too few."""
    recorded = pauses[pauses > _DIGITAL_SILENCE]
    if recorded.size < _MIN_PAUSE_FRAMES:
        return None
    return float(np.percentile(recorded, _PAUSE_PERCENTILE))


def crowded_share(samples: Samples) -> float:
    """Share of the samples near the top, where they crowd there as only clipped ones do.

    It finds what was coded by a lossy codec, or brought to another sample rate, after it was
    clipped: tops are not flat any more. Nor is it sure: 0.05 is the most that it says, which is
    noted and never refused.
    """
    sizes = np.abs(samples)
    top = float(np.percentile(sizes, _TOP_PERCENTILE))
    sounding = np.count_nonzero(sizes > _SOUNDING * top)
    near = np.count_nonzero(sizes > _NEAR_TOP * top)
    if top <= 0 or near < _CROWDED * sounding:
        return 0.0
    return min(near / samples.size, _CROWDED_AT_MOST)


def is_telephone(samples: Samples, sample_rate: int) -> bool:
    """Whether a recording holds no more than a telephone's band, whatever its sample rate."""
    spectrum = np.square(np.abs(np.fft.rfft(samples.astype(np.float64))))
    above = np.fft.rfftfreq(samples.size, 1 / sample_rate) > _TELEPHONE_HZ
    total = float(spectrum.sum())
    return float(spectrum[above].sum()) < total * 10 ** (_TELEPHONE_DB / 10)
