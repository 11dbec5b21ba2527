"""A reference as the network takes it, and the spectrograms of references kept on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
import torch
from torch import Tensor

from voicejob_worker.disk_cache import DiskCache
from voicejob_worker.engines.f5.constants import HOP, MEL_DIM
from voicejob_worker.engines.f5.duration import format_ref_text
from voicejob_worker.engines.f5.mel import MelSpectrogram

if TYPE_CHECKING:
    from voicejob_worker.reference.reference import Reference

_TARGET_RMS: Final = 0.1
"""Root mean square [target_rms] that a quieter reference is raised to, as upstream does; speech in
its voice is lowered from it again."""
_CODE_VERSION: Final = "1"
"""Raise it if the same reference comes to another spectrogram."""
_MEL_AXES: Final = 2


@dataclass(frozen=True)
class Prompt:
    """A reference as the network takes it."""

    mel: Tensor
    """Log-mel, shape ``(frames, 100)``, on the network's device."""
    hops: int
    """Whole hops in it; it has one frame more."""
    ref_text: str
    """Transcript of the reference, as it is put before every text."""
    gain: float
    """What speech in its voice is multiplied by, to be as loud as it was."""


class MelCache(DiskCache[Tensor]):
    """Keeps the spectrograms of references in a folder that several processes may share."""

    def encode(self, kept: Tensor, file: BinaryIO) -> None:
        """Write a spectrogram into an open file."""
        np.savez(file, mel=kept.numpy())

    def decode(self, file: BinaryIO, digest: str) -> Tensor:
        """Read a spectrogram from an open file.

        Raises:
            Exception: it is damaged, or no spectrogram.
        """
        with np.load(file, allow_pickle=False) as arrays:
            mel = arrays["mel"]
        if mel.dtype != np.float32 or mel.ndim != _MEL_AXES or mel.shape[1] != MEL_DIM:
            raise ValueError("no spectrogram")
        if not np.isfinite(mel).all():
            raise ValueError("not finite")
        return torch.from_numpy(mel)


def make_prompt(reference: Reference, device: torch.device, mels: MelCache | None) -> Prompt:
    """Make a reference ready for the network, its spectrogram only if it is not kept yet."""
    samples = torch.from_numpy(reference.samples).float()
    rms = samples.square().mean().sqrt().item()
    gain = min(rms / _TARGET_RMS, 1.0) or 1.0

    def make() -> Tensor:
        with torch.inference_mode():
            return MelSpectrogram().log_mel(samples / gain)

    digest = f"{reference.digest}-{_CODE_VERSION}-{torch.__version__}"
    mel = mels.find_or_make(digest, make) if mels is not None else make()
    return Prompt(
        mel=mel.to(device),
        hops=len(samples) // HOP,
        ref_text=format_ref_text(reference.transcript),
        gain=gain,
    )
