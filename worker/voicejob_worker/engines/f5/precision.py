"""On what device and in what precision to compute, and how to tell that it was too little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from voicejob_worker.engines.protocol import Samples

_HALF_CAPABILITY: Final = (7, 0)
"""From Volta on, half precision is computed fast and added up in single precision."""
_SILENCE: Final = 1e-4
"""Peak under which there is no sound, -80 dBFS."""


def choose_device(asked: str) -> torch.device:
    """The device for ``asked``: auto, cpu, cuda or cuda:1.

    Raises:
        ModelUnusableError: it is not there.
    """
    there = torch.cuda.is_available()
    if asked == "auto":
        return torch.device("cuda" if there else "cpu")
    device = torch.device(asked)
    if device.type == "cuda" and not there:
        raise ModelUnusableError(
            "f5-tts was told to use a GPU and torch sees none: voicejob-worker doctor says why"
        )
    return device


def choose_dtype(device: torch.device) -> torch.dtype:
    """Half precision where the device has compute capability 7.0 or more, else single."""
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < _HALF_CAPABILITY:
        return torch.float32
    return torch.float16


def is_faulty(samples: Samples) -> bool:
    """Whether ``samples`` show that numbers left the range of half precision: NaN, or silence."""
    return not bool(np.isfinite(samples).all()) or float(np.abs(samples).max(initial=0)) < _SILENCE
