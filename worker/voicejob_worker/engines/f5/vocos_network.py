"""The network of vocos: a mel spectrogram to a Fourier spectrum, and that to audio.

Vocos, arXiv:2306.00814. In upstream's words: ``VocosBackbone`` of ``ConvNeXtBlock`` (without AdaLN)
and ``ISTFTHead`` with ``padding="center"``. Attributes are named as in the package vocos, so that
its weights load. That package is not imported: it brings encodec and torchaudio along.

Shapes: b rows, n frames of the longest row, d channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from voicejob_worker.device.transfer import to_device
from voicejob_worker.engines.f5.constants import HOP, MEL_DIM, N_FFT, NORM_EPSILON

if TYPE_CHECKING:
    from collections.abc import Sequence

_KERNEL: Final = 7
_MAX_MAGNITUDE: Final = 1e2
"""Bound on a magnitude, which upstream clips to."""
_LEAST_WEIGHT: Final = 1e-11
"""Keeps from dividing by zero behind a row's end, where nobody looks; torch's own bound."""


@dataclass(frozen=True)
class VocosSizes:
    """Sizes of the network."""

    dim: int
    intermediate_dim: int
    layers: int


class VocosNetwork(nn.Module):
    """ConvNeXt blocks over frames, and a layer that gives each frame's spectrum."""

    def __init__(self, sizes: VocosSizes) -> None:
        super().__init__()
        self.backbone = _Backbone(sizes)
        self.head = _ISTFTHead(sizes.dim)

    def forward(self, mel: Tensor, frames: Sequence[int]) -> Tensor:
        """The audio of each row, as if it were alone.

        Args:
            mel: Log-mel spectrograms, shape ``(b, 100, n)``.
            frames: Valid frames of each row, at least 2; what lies behind is not looked at.

        Returns:
            Samples, shape ``(b, (n - 1) * 256)``; those of a row are its first
            ``(frames - 1) * 256``.
        """
        valid = None
        if min(frames) < mel.shape[-1]:
            ends = to_device(torch.tensor(frames), mel.device)[:, None, None]
            valid = torch.arange(mel.shape[-1], device=mel.device) < ends  # (b, 1, n)
        return self.head.audio(self.head.spectrum(self.backbone(mel, valid)), valid)


class _Backbone(nn.Module):
    def __init__(self, sizes: VocosSizes) -> None:
        super().__init__()
        self.embed = nn.Conv1d(MEL_DIM, sizes.dim, _KERNEL, padding=_KERNEL // 2)
        self.norm = nn.LayerNorm(sizes.dim, eps=NORM_EPSILON)
        self.convnext = nn.ModuleList(_ConvNeXtBlock(sizes) for _ in range(sizes.layers))
        self.final_layer_norm = nn.LayerNorm(sizes.dim, eps=NORM_EPSILON)

    def forward(self, mel: Tensor, valid: Tensor | None) -> Tensor:
        """``(b, 100, n)`` to ``(b, n, d)``.

        Only the convolutions look beyond a frame, and they see zeros after a row's end, as they do
        after the end of a row that is alone: so a padded batch gives each row what it gives alone.
        """
        # Convolutions want (b, d, n), norms and linear layers (b, n, d): hence each .mT.
        x = self.embed(_mask_padding(mel, valid))
        x = self.norm(x.mT).mT
        for block in self.convnext:
            x = block(x, valid)
        normed: Tensor = self.final_layer_norm(x.mT)
        return normed


class _ConvNeXtBlock(nn.Module):
    def __init__(self, sizes: VocosSizes) -> None:
        super().__init__()
        dim = sizes.dim
        self.dwconv = nn.Conv1d(dim, dim, _KERNEL, padding=_KERNEL // 2, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=NORM_EPSILON)
        self.pwconv1 = nn.Linear(dim, sizes.intermediate_dim)
        self.pwconv2 = nn.Linear(sizes.intermediate_dim, dim)
        self.gamma = nn.Parameter(torch.empty(dim))

    def forward(self, x: Tensor, valid: Tensor | None) -> Tensor:
        y: Tensor = self.norm(self.dwconv(_mask_padding(x, valid)).mT)
        y = self.pwconv2(functional.gelu(self.pwconv1(y)))
        return x + (self.gamma * y).mT


class _ISTFTHead(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.out = nn.Linear(dim, N_FFT + 2)
        self.istft = _Window()

    def spectrum(self, x: Tensor) -> Tensor:
        """``(b, n, d)`` to complex ``(b, 513, n)``."""
        magnitude, phase = self.out(x).mT.chunk(2, dim=1)
        # polar wraps the phase by itself. It wants contiguous input, and a chunk is not.
        return torch.polar(magnitude.exp().clamp(max=_MAX_MAGNITUDE), phase.contiguous())

    def audio(self, spectrum: Tensor, valid: Tensor | None) -> Tensor:
        """Overlap and add: complex ``(b, 513, n)`` to samples ``(b, (n - 1) * 256)``.

        What ``torch.istft(center=True)`` computes, for rows of different lengths at once: it takes
        one length, and has the GPU wait while the host looks at the window's sum.
        """
        window = self.istft.window
        frames = torch.fft.irfft(spectrum.mT, N_FFT) * window  # (b, n, 1024)
        # A sample is divided by the sum of the squared windows that reach it: at a row's end there
        # are fewer of them, and frames after it count for nothing.
        weights = (window * window).expand_as(frames[:1])
        if valid is not None:
            frames = frames * valid.mT
            weights = weights * valid.mT
        total = _overlap_add(weights)
        audio = _overlap_add(frames) / total.clamp(min=_LEAST_WEIGHT)
        return audio[:, N_FFT // 2 : -(N_FFT // 2)]


def _overlap_add(frames: Tensor) -> Tensor:
    """Sum frames that begin a hop after each other: ``(b, n, 1024)`` to ``(b, (n + 3) * 256)``."""
    batch, count, _ = frames.shape
    overlap = N_FFT // HOP
    hops = frames.view(batch, count, overlap, HOP)
    total = frames.new_zeros(batch, count + overlap - 1, HOP)
    for hop in range(overlap):
        total[:, hop : hop + count] += hops[:, :, hop]
    return total.flatten(1)


class _Window(nn.Module):
    """Holds the Hann window of the inverse transform, which upstream keeps among its weights."""

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.empty(N_FFT))


def _mask_padding(x: Tensor, valid: Tensor | None) -> Tensor:
    """Zero what comes after a row's end; ``valid`` is None if no row is padded."""
    return x if valid is None else x * valid
