"""Where an engine's parts lie and in what precision they compute: a value, not a course of edits.

A fallback (single precision, the vocoder elsewhere, low memory, the CPU) is another ``Placement``;
an engine has one at a time, and all it computes follows from that one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import torch

from voicejob_api.gpu import LowVRAM
from voicejob_worker.device.precision import choose_device, choose_dtype
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.units import GIB

_LOW_VRAM_BELOW: Final = 6 * GIB
"""Bytes of a GPU under which ``lowVRAM: Auto`` is On (a card sold as 6 GB has a little under it,
so cards of 6 GB count as small, too)."""


@dataclass(frozen=True)
class Placement:
    """The device and precision of a model in memory."""

    device: torch.device
    """Where the network computes."""
    dtype: torch.dtype
    """What it computes in: float16 or float32."""
    vocoder_device: torch.device
    """Where its audio is made, which is in single precision always."""
    is_low_memory: bool = False
    """Whether parts share the device's memory in turn: each is brought there for its stage and
    taken off after it."""
    message: str = ""
    """Why it is not as asked for or expected, in words for people; empty if it is."""

    @property
    def name(self) -> str:
        """The device as the status has it: ``cpu`` or ``cuda:0``."""
        if self.device.type == "cpu":
            return "cpu"
        return f"{self.device.type}:{self.device.index or 0}"

    @property
    def is_on_gpu(self) -> bool:
        """Whether the network computes on a GPU."""
        return self.device.type != "cpu"

    @property
    def precision(self) -> str:
        """The precision as the status has it: ``float16`` or ``float32``."""
        return str(self.dtype).removeprefix("torch.")

    @property
    def takes_turns(self) -> bool:
        """Whether parts lie on the host, and each is on the device for its own stage only."""
        return self.is_low_memory and self.is_on_gpu

    @property
    def home(self) -> torch.device:
        """Where the network lies between its stages."""
        return torch.device("cpu") if self.takes_turns else self.device

    def in_single_precision(self, why: str) -> Placement:
        """The same in float32."""
        return replace(self, dtype=torch.float32, message=why)

    def in_low_memory(self, why: str) -> Placement:
        """The same with parts that share the device's memory."""
        return replace(self, is_low_memory=True, message=why)


def on_cpu(why: str = "") -> Placement:
    """A model on the CPU, in single precision."""
    cpu = torch.device("cpu")
    return Placement(cpu, torch.float32, cpu, message=why)


def choose_placement(request: DeviceRequest, *, half: bool = True) -> Placement:
    """Where to put a model, by what is asked for and what is here.

    Args:
        request: What was asked for.
        half: Whether the engine can compute in half precision.

    Raises:
        NoUsableDeviceError: a GPU was asked for and cannot be used; its reason says why.
    """
    choice = choose_device(request)
    if choice.device.type == "cpu":
        return on_cpu(choice.message)
    return Placement(
        choice.device,
        choose_dtype(choice.device) if half else torch.float32,
        choice.device,
        is_low_memory=_is_low_memory(request.low_vram, choice.device),
        message=choice.message,
    )


def _is_low_memory(asked: LowVRAM, device: torch.device) -> bool:
    if asked is not LowVRAM.AUTO:
        return asked is LowVRAM.ON
    total: int = torch.cuda.get_device_properties(device).total_memory
    return total < _LOW_VRAM_BELOW
