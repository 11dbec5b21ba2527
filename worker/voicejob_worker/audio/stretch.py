"""Speech made longer or shorter at its own pitch: WSOLA.

Overlap-add of windows that are shifted until their waves are alike, after Verhelst and Roelands
1993 (Proceedings of ICASSP, "An overlap-add technique based on waveform similarity"). It is written
out here: what libraries do it (rubberband, SoundTouch, librosa) is either not among the worker's
dependencies or a phase vocoder, which smears a voice.
"""

from typing import Final

import numpy as np

from voicejob_worker.audio.samples import Samples

_WINDOW_SECONDS: Final = 0.03
"""Two periods of the lowest voice, 65 Hz: a window that holds fewer has no pitch to keep."""
_OVERLAP: Final = 4
"""Windows over each moment: with two, a stop's burst falls between them at twice the speed."""
_REACH_SECONDS: Final = 0.01
"""How far a window is shifted either way to meet the wave before it: more than half a period."""
_NO_ENERGY: Final = 1e-9


def stretched(samples: Samples, sample_rate: int, factor: float) -> Samples:
    """Speech of ``factor`` times the length, at the same pitch.

    Args:
        samples: Shape (n,).
        sample_rate: Samples per second.
        factor: 0.5 is twice as fast.

    Returns:
        Shape (round(n * factor),); the samples themselves where the factor is 1. The same samples
        give the same bytes.
    """
    if factor == 1.0:
        return samples
    size = round(samples.size * factor)
    hop, reach = (
        round(_WINDOW_SECONDS / _OVERLAP * sample_rate),
        round(_REACH_SECONDS * sample_rate),
    )
    length = _OVERLAP * hop
    window = (np.hanning(length + 1)[:-1] * 2 / _OVERLAP).astype(np.float32)  # which adds up to 1
    padded = np.pad(samples, (length + reach, 2 * length + 2 * reach))
    out = np.zeros(size + 3 * length, np.float32)
    position = reach
    for step in range((size + length) // hop + 1):
        # The window's middle is what is to stand at its place.
        wanted = reach + length // 2 + round((step * hop - length // 2) / factor)
        wanted = min(max(wanted, reach), samples.size + length + reach)
        if step:
            position = wanted + _shift(padded, position + hop, wanted, length, reach)
        out[step * hop : step * hop + length] += window * padded[position : position + length]
    return out[length : length + size]


def _shift(padded: Samples, follows: int, wanted: int, length: int, reach: int) -> int:
    """Samples by which to move the window at ``wanted``, from -reach to reach.

    It is then most like what follows the window before it.
    """
    natural = padded[follows : follows + length]
    around = padded[wanted - reach : wanted + reach + length]
    products = np.correlate(around, natural, "valid")
    squares = np.cumsum(np.square(around, dtype=np.float64))
    energy = squares[length - 1 :] - np.concatenate(([0.0], squares[:-length]))
    return int(np.argmax(products / np.sqrt(np.maximum(energy, _NO_ENERGY)))) - reach
