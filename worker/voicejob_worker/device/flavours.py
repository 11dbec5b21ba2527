"""Flavours of the image that compute on a GPU: which cards and which drivers each is for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from voicejob_worker.device.capability import Capability, runs_on

VARIABLE: Final = "VOICEJOB_IMAGE_FLAVOUR"
"""Set by the image to its own flavour."""


@dataclass(frozen=True)
class Flavour:
    """A flavour of the image whose torch computes on a GPU."""

    name: str
    """Build argument FLAVOUR, and the end of the image's tag."""
    torch: str
    """Version of torch in its lock."""
    cuda: str
    """Version of CUDA that this torch is built for, and whose libraries its wheels bring."""
    minimum_driver: str
    """Oldest driver for Linux that runs programs of this CUDA's major version (CUDA Compatibility,
    minor version compatibility; cuDNN's support matrix says the same)."""
    architectures: tuple[str, ...]
    """What torch has code for, as ``torch.cuda.get_arch_list()`` says it where there is a GPU."""

    def supports(self, capability: Capability) -> bool:
        """Whether its torch has code for a card."""
        return runs_on(capability, self.architectures)

    def works_with(self, driver: str) -> bool:
        """Whether ``driver``, as NVML tells it (``550.54.15``), is new enough."""
        return _numbers(driver) >= _numbers(self.minimum_driver)


FLAVOURS: Final = (
    Flavour(
        name="gpu",
        torch="2.11.0",
        cuda="13.0",
        minimum_driver="580.65.06",
        architectures=("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"),
    ),
    Flavour(
        name="gpu-cu126",
        torch="2.7.1",
        cuda="12.6",
        minimum_driver="525.60.13",
        architectures=("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"),
    ),
)
"""All of them, the newest CUDA first."""


def flavour_for(capability: Capability, driver: str | None = None) -> Flavour | None:
    """Return the flavour with the newest CUDA that has code for a card; None if no flavour has.

    Args:
        capability: The card's.
        driver: The one that it must work with, as NVML tells it; None for any.
    """
    fitting = (flavour for flavour in FLAVOURS if flavour.supports(capability))
    return next((one for one in fitting if driver is None or one.works_with(driver)), None)


def oldest_flavour_for(capability: Capability) -> Flavour | None:
    """Return the flavour for a card that asks for the oldest driver, or None."""
    return next((one for one in reversed(FLAVOURS) if one.supports(capability)), None)


ADVISED: Final = ("spec.gpu",)
"""Fields of a VoiceJob in the advice."""


def advise_flavour(capability: Capability) -> str:
    """What to do about a card that this torch has no code for, in words."""
    flavour = flavour_for(capability)
    cpu = "use the CPU (leave spec.gpu out)"
    if flavour is None:
        return f"{cpu}, or a newer GPU: no flavour of the image has code for this one"
    return (
        f"use the image's flavour {flavour.name} (worker.gpu.flavour of the chart; torch "
        f"{flavour.torch} for CUDA {flavour.cuda}, driver {flavour.minimum_driver} or later), or "
        f"{cpu}"
    )


def current_flavour() -> Flavour | None:
    """Return this image's flavour; None outside an image, and in one that has no torch."""
    name = os.environ.get(VARIABLE)
    return next((flavour for flavour in FLAVOURS if flavour.name == name), None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
