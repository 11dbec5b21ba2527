"""The network of vocos, which turns a mel spectrogram into a Fourier spectrum (arXiv:2306.00814).

Modules are named as in the package vocos, so that its weights load. That package is not imported:
it brings encodec and torchaudio along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from voicejob_worker.engines.f5.architecture import MEL_DIM
from voicejob_worker.engines.f5.mel import HOP, WINDOW

if TYPE_CHECKING:
    from collections.abc import Sequence

_KERNEL: Final = 7
_EPSILON: Final = 1e-6
_MAX_MAGNITUDE: Final = 1e2
"""Bound on a magnitude, as the network was trained with."""


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
        self.head = _Head(sizes.dim)

    def forward(self, mel: Tensor, frames: Sequence[int]) -> list[Tensor]:
        """The audio of each row, as if it were alone.

        Args:
            mel: Log-mel spectrograms, shape ``(batch, 100, longest)``.
            frames: Valid frames of each row, at least 2; what lies behind is not looked at.

        Returns:
            Samples of each row, shape ``((frames - 1) * 256,)``.
        """
        valid = None
        if min(frames) < mel.shape[-1]:
            ends = torch.tensor(frames, device=mel.device)[:, None, None]
            valid = torch.arange(mel.shape[-1], device=mel.device) < ends
        spectrum = self.head.spectrum(self.backbone(mel, valid))
        if valid is None:
            return list(self.head.audio(spectrum))
        return [
            self.head.audio(row[:, :length]) for row, length in zip(spectrum, frames, strict=True)
        ]


class _Backbone(nn.Module):
    def __init__(self, sizes: VocosSizes) -> None:
        super().__init__()
        self.embed = nn.Conv1d(MEL_DIM, sizes.dim, _KERNEL, padding=_KERNEL // 2)
        self.norm = nn.LayerNorm(sizes.dim, eps=_EPSILON)
        self.convnext = nn.ModuleList(_ConvNeXtBlock(sizes) for _ in range(sizes.layers))
        self.final_layer_norm = nn.LayerNorm(sizes.dim, eps=_EPSILON)

    def forward(self, mel: Tensor, valid: Tensor | None) -> Tensor:
        """``(batch, 100, frames)`` to ``(batch, frames, dim)``.

        Only the convolutions look beyond a frame, and they see zeros behind a row's end, as they do
        behind the end of a row that is alone.
        """
        x = self.embed(_cut(mel, valid))
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
        self.norm = nn.LayerNorm(dim, eps=_EPSILON)
        self.pwconv1 = nn.Linear(dim, sizes.intermediate_dim)
        self.pwconv2 = nn.Linear(sizes.intermediate_dim, dim)
        self.gamma = nn.Parameter(torch.empty(dim))

    def forward(self, x: Tensor, valid: Tensor | None) -> Tensor:
        y: Tensor = self.norm(self.dwconv(_cut(x, valid)).mT)
        y = self.pwconv2(functional.gelu(self.pwconv1(y)))
        return x + (self.gamma * y).mT


class _Head(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.out = nn.Linear(dim, WINDOW + 2)
        self.istft = _Window()

    def spectrum(self, x: Tensor) -> Tensor:
        """``(batch, frames, dim)`` to complex ``(batch, 513, frames)``."""
        magnitude, phase = self.out(x).mT.chunk(2, dim=1)
        return torch.polar(magnitude.exp().clamp(max=_MAX_MAGNITUDE), phase.contiguous())

    def audio(self, spectrum: Tensor) -> Tensor:
        return torch.istft(spectrum, WINDOW, HOP, window=self.istft.window, center=True)


class _Window(nn.Module):
    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.empty(WINDOW))


def _cut(x: Tensor, valid: Tensor | None) -> Tensor:
    return x if valid is None else x * valid
