"""The GPU as NVML sees it now, for ``/health``."""

from __future__ import annotations

import os
from typing import Any, Final

from voicejob_worker.device.memory import visible_device

_GIB: Final = 1 << 30


def gpu_health() -> dict[str, Any]:
    """Whether there is a GPU, and the memory of the first that this process may use, in GiB.

    ``vram_allocated_gb`` is what all processes on the device hold; ``cuda_version`` is the newest
    that the driver knows. Without a GPU all but the first two are None.
    """
    health: dict[str, Any] = {
        "available": False,
        "device_count": 0,
        "device_name": None,
        "cuda_version": None,
        "vram_total_gb": None,
        "vram_allocated_gb": None,
        "vram_free_gb": None,
    }
    try:
        import pynvml  # type: ignore[import-untyped]

        pynvml.nvmlInit()
    except Exception:  # no library, or no driver: no GPU
        return health
    try:
        return health | _measured(pynvml)
    except pynvml.NVMLError:
        return health
    finally:
        pynvml.nvmlShutdown()


def _measured(nvml: Any) -> dict[str, Any]:
    handle = visible_device(nvml, os.environ)
    if handle is None:
        return {}
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    name = nvml.nvmlDeviceGetName(handle)
    version = nvml.nvmlSystemGetCudaDriverVersion()
    return {
        "available": True,
        "device_count": nvml.nvmlDeviceGetCount(),
        "device_name": name.decode() if isinstance(name, bytes) else name,
        "cuda_version": f"{version // 1000}.{version % 1000 // 10}",
        "vram_total_gb": round(memory.total / _GIB, 3),
        "vram_allocated_gb": round(memory.used / _GIB, 3),
        "vram_free_gb": round(memory.free / _GIB, 3),
    }
