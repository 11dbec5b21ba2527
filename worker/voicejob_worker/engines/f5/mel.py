"""Log-mel spectrograms, as F5-TTS and the vocoder vocos were trained on."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from voicejob_worker.engines.f5.constants import HOP, MEL_DIM, N_FFT
from voicejob_worker.reference.rate import SAMPLE_RATE

_FLOOR: Final = 1e-5
"""Magnitudes below this count as this, for the logarithm."""


class MelSpectrogram:
    """Log of the magnitudes in 100 triangular bands, evenly spaced on the mel scale."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._window = torch.hann_window(N_FFT, device=device)
        self._bands = _bands().to(device)

    def log_mel(self, samples: Tensor) -> Tensor:
        """The spectrogram of ``samples``.

        Args:
            samples: Mono audio at 24 kHz, shape ``(n,)`` or ``(batch, n)``, float32, at least 513.

        Returns:
            Shape ``(frames, 100)`` or ``(batch, frames, 100)``, where frames is ``n // 256 + 1``:
            frames are centred, the edges mirrored.
        """
        spectrum = torch.stft(
            samples, N_FFT, HOP, window=self._window, center=True, return_complex=True
        )
        return (spectrum.abs().mT @ self._bands).clamp(min=_FLOOR).log()


def _bands() -> Tensor:
    """Weights of the Fourier bins in each band, shape ``(513, 100)``; each peaks at 1.

    The mel scale is that of the Hidden Markov Model Toolkit: 2595 log10(1 + f / 700). It is worked
    out in single precision, as it was for training: in double precision the quiet bands differ by
    more than 1e-5.
    """
    top = 2595 * math.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (torch.linspace(0, top, MEL_DIM + 2) / 2595) - 1)
    distances = edges - torch.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)[:, None]
    widths = edges.diff()
    rising = -distances[:, :-2] / widths[:-1]
    falling = distances[:, 2:] / widths[1:]
    return torch.minimum(rising, falling).clamp(min=0)
