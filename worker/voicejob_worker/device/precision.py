"""On what device and in what precision to compute, and how to tell that it was too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from voicejob_worker.device.capability import HALF_PRECISION, runs_on
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.reasons import DeviceReason
from voicejob_worker.device.refusals import Refusal, no_code_for, no_such_gpu
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.errors import NoUsableDeviceError

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples

_SILENCE: Final = 1e-4
"""Peak under which there is no sound, -80 dBFS."""


@dataclass(frozen=True)
class DeviceChoice:
    """The device that was chosen, and why if it is not what was expected."""

    device: torch.device
    message: str = ""


def choose_device(request: DeviceRequest) -> DeviceChoice:
    """Choose the device that ``request`` asks for, or the CPU where that will do.

    Raises:
        NoUsableDeviceError: a GPU was asked for and cannot be used; its reason says why.
    """
    if request.device == "cpu":
        return DeviceChoice(torch.device("cpu"), request.message)
    ledger.open()
    unusable = _refusal(request)
    if unusable is None:
        ledger.use(request.index)
        use_tf32()
        return DeviceChoice(torch.device("cuda", request.index), request.message)
    if request.wants_gpu and not request.fallback_to_cpu:
        refused = NoUsableDeviceError(unusable.message, unusable.reason)
        raise refused.naming(*unusable.fields)
    if (
        request.device == "auto"
        and not request.needs_gpu
        and unusable.reason == DeviceReason.NO_GPU
    ):
        return DeviceChoice(torch.device("cpu"))  # a machine without a GPU: nothing to tell
    return DeviceChoice(torch.device("cpu"), f"on the CPU: {unusable.message}")


def _refusal(request: DeviceRequest) -> Refusal | None:
    """Why the GPU cannot be used; None if it can."""
    if not torch.cuda.is_available():
        return Refusal(
            DeviceReason.NO_GPU,
            "the engine was told to use a GPU and torch sees none",
            "voicejob-worker doctor says why",
        )
    count = torch.cuda.device_count()
    if request.index >= count:
        return no_such_gpu(request.device, count)
    found, built_for = torch.cuda.get_device_capability(request.index), torch.cuda.get_arch_list()
    return None if runs_on(found, built_for) else no_code_for("this GPU", found, built_for)


def use_tf32() -> None:
    """Have products and convolutions of float32 computed in TF32 where the GPU can (8.0 or later).

    torch by itself does so for convolutions and not for products of matrices. Speech comes out of
    half precision, too, whose 10 bits of mantissa TF32 has, with float32's range. It is set, not
    left: an import of another package may have set it otherwise. CPUs are not touched.
    """
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True


def choose_dtype(device: torch.device) -> torch.dtype:
    """Half precision where the device has compute capability 7.0 or more, else single."""
    if device.type != "cuda" or torch.cuda.get_device_capability(device) < HALF_PRECISION:
        return torch.float32
    return torch.float16


def is_faulty(samples: Samples) -> bool:
    """Whether ``samples`` show that numbers left the range of half precision: NaN, or silence."""
    return not bool(np.isfinite(samples).all()) or float(np.abs(samples).max(initial=0)) < _SILENCE
