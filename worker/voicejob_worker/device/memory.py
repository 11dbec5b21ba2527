"""What the GPU's memory does while the work goes on, as NVML and torch measure it."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from voicejob_api.status import VRAM, GPUInfo
from voicejob_worker.device.nvml import (
    MIB,
    NVMLFaultError,
    describe,
    find_device,
    first_device,
    memory,
    open_nvml,
    process_mib,
    torch_cuda,
    torch_uuid,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DeviceWatch", "first_device"]

_INTERVAL: Final = 1.0


class DeviceWatch:
    """Samples one GPU each second, in a thread of its own.

    Where there is no NVML or no device it measures nothing and says nothing: a figure is measured
    or absent.
    """

    def __init__(self, on_sample: Callable[[GPUInfo, VRAM], None]) -> None:
        self._on_sample = on_sample
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="device", daemon=True)

    def start(self) -> None:
        """Start sampling."""
        self._thread.start()

    def close(self) -> None:
        """Take a last sample and end."""
        self._over.set()
        self._thread.join(timeout=2 * _INTERVAL)

    def _run(self) -> None:
        with suppress(NVMLFaultError), open_nvml() as nvml:
            self._watch(nvml)

    def _watch(self, nvml: Any) -> None:
        device = find_device(nvml, torch_uuid())
        if device is None:
            return
        gpu = describe(device)
        peak = 0
        while True:
            over = self._over.is_set()
            peak = max(peak, memory(device).used_mib)
            vram = VRAM(allocated_mib=process_mib(device), device_peak_mib=peak)
            self._on_sample(gpu, vram.model_copy(update=torch_peaks()))
            if over:
                return
            self._over.wait(_INTERVAL)


def torch_peaks() -> dict[str, int]:
    """The highest memory of torch's tensors and of its pool in MiB, where torch uses a GPU."""
    cuda = torch_cuda()
    if cuda is None:
        return {}
    return {
        "allocated_peak_mib": int(cuda.max_memory_allocated()) // MIB,
        "reserved_peak_mib": int(cuda.max_memory_reserved()) // MIB,
    }
