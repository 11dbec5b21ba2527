"""On what device and in what precision to compute, and how to tell that it was too little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from voicejob_worker.device.capability import HALF_PRECISION, format_capability, runs_on
from voicejob_worker.errors import NoUsableDeviceError

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples

_SILENCE: Final = 1e-4
"""Peak under which there is no sound, -80 dBFS."""


def choose_device(asked: str) -> torch.device:
    """The device for ``asked``: auto, cpu, cuda or cuda:1.

    Raises:
        NoUsableDeviceError: it is not there, or this build of torch has no code for it.
    """
    there = torch.cuda.is_available()
    if asked == "auto":
        asked = "cuda" if there else "cpu"
    device = torch.device(asked)
    if device.type == "cuda" and not there:
        raise NoUsableDeviceError(
            "the engine was told to use a GPU and torch sees none: voicejob-worker doctor says why"
        )
    if device.type == "cuda" and not runs_on(
        torch.cuda.get_device_capability(device), torch.cuda.get_arch_list()
    ):
        found = format_capability(torch.cuda.get_device_capability(device))
        raise NoUsableDeviceError(
            f"this GPU has compute capability {found}, and torch {torch.__version__} was "
            f"built for {', '.join(torch.cuda.get_arch_list())}: build the image with a torch that "
            "was built for it, as those for CUDA 12.6 are for 5.0 to 9.0, or leave spec.gpu out"
        )
    return device


def choose_dtype(device: torch.device) -> torch.dtype:
    """Half precision where the device has compute capability 7.0 or more, else single."""
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < HALF_PRECISION:
        return torch.float32
    return torch.float16


def is_faulty(samples: Samples) -> bool:
    """Whether ``samples`` show that numbers left the range of half precision: NaN, or silence."""
    return not bool(np.isfinite(samples).all()) or float(np.abs(samples).max(initial=0)) < _SILENCE
