"""The GPU as NVML sees it now, for ``/health``."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.nvml import (
    Device,
    NVMLFaultError,
    cuda_version,
    find_device,
    list_devices,
    memory,
    open_nvml,
    torch_uuid,
)
from voicejob_worker.units import GIB


def gpu_health() -> dict[str, Any]:
    """Whether there is a GPU, and the memory of the one that this process uses, in GiB.

    ``vram_used_gb`` is what all processes on the device hold, and ``vram_allocated_gb`` an older
    name of the same; ``cuda_version`` is the newest that the driver knows. Without a GPU all but
    the first two are None; those of the memory also where it is the CPU's, which NVML does not tell
    (GB10, Jetson).
    """
    health: dict[str, Any] = {
        "available": False,
        "device_count": 0,
        "device_name": None,
        "cuda_version": None,
        "vram_total_gb": None,
        "vram_used_gb": None,
        "vram_allocated_gb": None,
        "vram_free_gb": None,
    }
    with suppress(NVMLFaultError), open_nvml() as nvml:  # no library or no driver: no GPU
        device = find_device(nvml, torch_uuid(ledger.index))
        if device is not None:
            health |= _told(device)
            health |= _measured(device)
    return health


def _told(device: Device) -> dict[str, Any]:
    return {
        "available": True,
        "device_count": len(list_devices(device.nvml)),
        "device_name": device.name,
        "cuda_version": cuda_version(device.nvml),
    }


def _measured(device: Device) -> dict[str, float]:
    now = memory(device)
    return {
        "vram_total_gb": round(now.total / GIB, 3),
        "vram_used_gb": round(now.used / GIB, 3),
        "vram_allocated_gb": round(now.used / GIB, 3),
        "vram_free_gb": round(now.free / GIB, 3),
    }
