"""RMVPE: a network that hears the pitch of a voice, also through noise and music.

The network is upstream's (Wei et al., 2023, arXiv:2306.15412; ``lib/rmvpe.py`` of
infer-rvc-python), written anew because importing that one brings librosa and numba, 4 s. Names of
weights and what it computes are the same; the tests compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from voicejob_worker.conversion.networks import make_network
from voicejob_worker.device.residence import move
from voicejob_worker.engines.shared.tensorfiles import read_tensors

if TYPE_CHECKING:
    from pathlib import Path

_SAMPLE_RATE: Final = 16_000
_WINDOW: Final = 1024
_HOP: Final = 160
_MELS: Final = 128
_MIN_HERTZ: Final = 30.0
_MAX_HERTZ: Final = 8000.0
_FLOOR: Final = 1e-5
_CHANNELS: Final = 16
_LEVELS: Final = 5
_BLOCKS: Final = 4
_GRU: Final = 256
_BINS: Final = 360
_CENTS_PER_BIN: Final = 20
_FIRST_CENTS: Final = 1997.3794084376191
"""Pitch of the lowest bin in cents over 10 Hz: 31.7 Hz."""
_NEIGHBOURS: Final = 4
"""Bins on each side of the loudest that its pitch is averaged over."""
_MULTIPLE: Final = 2**_LEVELS
"""The number of frames is padded to a multiple of this: the network halves it at each level."""
_VOICED: Final = 0.03
"""Salience over which there is a voice, as upstream calls it."""


class Rmvpe:
    """The network with its weights."""

    def __init__(self, path: Path, device: torch.device) -> None:
        """Read ``rmvpe.pt``.

        Raises:
            ModelUnusableError: it cannot be read, or is another network's.
        """
        from torchaudio.functional import melscale_fbanks  # type: ignore[import-untyped]

        self._device = device
        self._network = make_network(
            _Network,
            read_tensors(path, advice="take the rmvpe.pt that was published"),
            device,
            path,
        )
        self._window = torch.hann_window(_WINDOW, device=device)
        bank = melscale_fbanks(
            _WINDOW // 2 + 1, _MIN_HERTZ, _MAX_HERTZ, _MELS, _SAMPLE_RATE, "slaney", "htk"
        )
        self._bank = bank.T.to(device)

    def move_to(self, device: torch.device) -> None:
        """Compute on another device from here on."""
        move(self._network, device)
        self._window, self._bank = self._window.to(device), self._bank.to(device)
        self._device = device

    def log_mel(self, sound: Tensor) -> Tensor:
        """Natural logarithm of the mel spectrum, ``(n,)`` to ``(1, 128, n // 160 + 1)``."""
        spectrum = torch.stft(sound[None], _WINDOW, _HOP, window=self._window, return_complex=True)
        mel: Tensor = self._bank @ spectrum.abs()
        return mel.clamp(min=_FLOOR).log()

    def salience(self, sound: Tensor) -> Tensor:
        """How much each of 360 pitches is heard.

        Args:
            sound: At 16 kHz, shape ``(n,)``, at least 0.32 s.

        Returns:
            Shape ``(n // 160 + 1, 360)``, 0 to 1.
        """
        mel = self.log_mel(sound)
        frames = mel.shape[-1]
        padded = nn.functional.pad(mel, (0, -frames % _MULTIPLE), mode="reflect")
        salience: Tensor = self._network(padded)[0, :frames]
        return salience

    def __call__(self, sound: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fundamental frequency in Hz every 10 ms, 0 without a voice.

        Shape ``(n,)`` at 16 kHz to ``(n // 160 + 1,)``.
        """
        with torch.inference_mode():
            heard = self.salience(torch.from_numpy(sound).float().to(self._device))
        return decode(heard.cpu().numpy())


def decode(salience: NDArray[np.float32]) -> NDArray[np.float64]:
    """Frequencies from saliences: the mean of the nine bins around the loudest, by their weight.

    Shape ``(frames, 360)`` to ``(frames,)``, in Hz.
    """
    loudest = salience.argmax(axis=1)
    offsets = np.arange(-_NEIGHBOURS, _NEIGHBOURS + 1)
    bins = loudest[:, None] + offsets
    inside = (bins >= 0) & (bins < _BINS)
    bins = bins.clip(0, _BINS - 1)
    weights = np.where(inside, np.take_along_axis(salience, bins, axis=1), 0.0).astype(np.float64)
    cents = (weights * (_FIRST_CENTS + _CENTS_PER_BIN * bins)).sum(axis=1)
    total = weights.sum(axis=1)
    voiced = salience.max(axis=1, initial=0.0) > _VOICED
    mean = np.divide(cents, total, out=np.zeros_like(cents), where=total > 0)
    return np.where(voiced, 10.0 * 2.0 ** (mean / 1200), 0.0)


class _Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(channels_in, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )
        self.shortcut: nn.Module | None = None
        if channels_in != channels:
            self.shortcut = nn.Conv2d(channels_in, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        past: Tensor = x if self.shortcut is None else self.shortcut(x)
        convolved: Tensor = self.conv(x)
        return convolved + past


def _blocks(channels_in: int, channels: int) -> nn.ModuleList:
    return nn.ModuleList(
        _Block(channels_in if index == 0 else channels, channels) for index in range(_BLOCKS)
    )


def _through(blocks: nn.ModuleList, x: Tensor) -> Tensor:
    for block in blocks:
        x = block(x)
    return x


class _Level(nn.Module):
    """Blocks of one resolution, as the encoder has them."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv = _blocks(channels_in, channels)

    def forward(self, x: Tensor) -> Tensor:
        return _through(self.conv, x)


class _UpLevel(nn.Module):
    """Blocks of one resolution, as the decoder has them: over what comes up and what was kept."""

    def __init__(self, channels_in: int) -> None:
        super().__init__()
        channels = channels_in // 2
        self.conv1 = nn.Sequential(
            nn.ConvTranspose2d(
                channels_in, channels, 3, stride=2, padding=1, output_padding=1, bias=False
            ),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )
        self.conv2 = _blocks(2 * channels, channels)

    def forward(self, x: Tensor, kept: Tensor) -> Tensor:
        return _through(self.conv2, torch.cat((self.conv1(x), kept), dim=1))


class _Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(1)
        sizes = [1, *(_CHANNELS * 2**level for level in range(_LEVELS))]
        self.layers = nn.ModuleList(map(_Level, sizes, sizes[1:]))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        kept = []
        x = self.bn(x)
        for layer in self.layers:
            kept.append(layer(x))
            x = nn.functional.avg_pool2d(kept[-1], 2)
        return x, kept


class _Intermediate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widest = _CHANNELS * 2**_LEVELS
        self.layers = nn.ModuleList(
            _Level(widest // 2 if index == 0 else widest, widest) for index in range(_BLOCKS)
        )

    def forward(self, x: Tensor) -> Tensor:
        return _through(self.layers, x)


class _Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            _UpLevel(_CHANNELS * 2**level) for level in range(_LEVELS, 0, -1)
        )

    def forward(self, x: Tensor, kept: list[Tensor]) -> Tensor:
        for layer, beside in zip(self.layers, reversed(kept), strict=True):
            x = layer(x, beside)
        return x


class _UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = _Encoder()
        self.intermediate = _Intermediate()
        self.decoder = _Decoder()

    def forward(self, x: Tensor) -> Tensor:
        x, kept = self.encoder(x)
        decoded: Tensor = self.decoder(self.intermediate(x), kept)
        return decoded


class _BiGru(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3 * _MELS, _GRU, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.gru(x)[0]
        return states


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.unet = _UNet()
        self.cnn = nn.Conv2d(_CHANNELS, 3, 3, padding=1)
        self.fc = nn.Sequential(
            _BiGru(), nn.Linear(2 * _GRU, _BINS), nn.Dropout(0.25), nn.Sigmoid()
        )

    def forward(self, mel: Tensor) -> Any:
        """Shape ``(1, 128, frames)`` to ``(1, frames, 360)``."""
        x = self.unet(mel.transpose(-1, -2)[:, None])
        return self.fc(self.cnn(x).transpose(1, 2).flatten(-2))
