"""The GPU as NVML sees it now, for ``/health``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.nvml import (
    DeviceMemory,
    NVMLFaultError,
    cuda_version,
    list_devices,
    memory,
    own_device,
)
from voicejob_worker.units import GIB

if TYPE_CHECKING:
    from voicejob_worker.device.nvml import Device


@dataclass(frozen=True)
class GPUHealth:
    """Whether there is a GPU, and the memory of the one that this process uses, in GiB.

    Without a GPU all but the first two are None; those of the memory also where it is the CPU's,
    which NVML does not tell (GB10, Jetson).
    """

    available: bool = False
    device_count: int = 0
    device_name: str | None = None
    cuda_version: str | None = None
    """The newest that the driver knows."""
    vram_total_gb: float | None = None
    vram_used_gb: float | None = None
    """What all processes on the device hold."""
    vram_allocated_gb: float | None = None
    """An older name of the same."""
    vram_free_gb: float | None = None


def gpu_health() -> GPUHealth:
    """Ask NVML; no GPU where it does not answer."""
    with suppress(NVMLFaultError), own_device(ledger.index) as device:
        if device is not None:
            return _health(device)
    return GPUHealth()


def _health(device: Device) -> GPUHealth:
    health = GPUHealth(
        available=True,
        device_count=len(list_devices(device.nvml)),
        device_name=device.name,
        cuda_version=cuda_version(device.nvml),
    )
    now = memory(device)
    return health if now is None else _with_memory(health, now)


def _with_memory(health: GPUHealth, now: DeviceMemory) -> GPUHealth:
    total, used, free = (round(size / GIB, 3) for size in (now.total, now.used, now.free))
    return replace(
        health,
        vram_total_gb=total,
        vram_used_gb=used,
        vram_allocated_gb=used,
        vram_free_gb=free,
    )
