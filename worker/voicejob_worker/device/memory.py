"""What the GPU's memory does while the work goes on, as NVML and torch measure it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from voicejob_api.status import VRAM, GPUInfo
from voicejob_worker.device.capability import format_capability

if TYPE_CHECKING:
    from collections.abc import Mapping

_INTERVAL: Final = 1.0
_MIB: Final = 1 << 20
_VARIABLES: Final = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
_EVERY: Final = ("", "all")
_NONE: Final = ("void", "none", "-1", "NoDevFiles")


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
        nvml = _nvml()
        if nvml is None:
            return
        try:
            self._watch(nvml)
        except nvml.NVMLError:
            return
        finally:
            nvml.nvmlShutdown()

    def _watch(self, nvml: Any) -> None:
        handle = visible_device(nvml, os.environ)
        if handle is None:
            return
        gpu = describe(nvml, handle)
        peak = 0
        while True:
            over = self._over.is_set()
            peak = max(peak, _used(nvml, handle))
            vram = VRAM(allocated_mib=_used_here(nvml, handle), device_peak_mib=peak)
            self._on_sample(gpu, vram.model_copy(update=torch_peaks()))
            if over:
                return
            self._over.wait(_INTERVAL)


def torch_peaks() -> dict[str, int]:
    """The highest memory of torch's tensors and of its pool in MiB, where torch uses a GPU."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return {}
    return {
        "allocated_peak_mib": int(torch.cuda.max_memory_allocated()) // _MIB,
        "reserved_peak_mib": int(torch.cuda.max_memory_reserved()) // _MIB,
    }


def first_device() -> GPUInfo | None:
    """The GPU that this process may use, or None."""
    nvml = _nvml()
    if nvml is None:
        return None
    try:
        handle = visible_device(nvml, os.environ)
        return None if handle is None else describe(nvml, handle)
    except nvml.NVMLError:
        return None
    finally:
        nvml.nvmlShutdown()


def visible_device(nvml: Any, environment: Mapping[str, str]) -> Any | None:
    """NVML's handle of the first device that the environment leaves visible, or None."""
    name = next((environment[v] for v in _VARIABLES if v in environment), "all").strip()
    if name in _NONE:
        return None
    if name in _EVERY:
        return nvml.nvmlDeviceGetHandleByIndex(0) if nvml.nvmlDeviceGetCount() else None
    first = name.split(",")[0].strip()
    if first.isdigit():
        return nvml.nvmlDeviceGetHandleByIndex(int(first))
    return nvml.nvmlDeviceGetHandleByUUID(first)


def describe(nvml: Any, handle: Any) -> GPUInfo:
    """The device as NVML names it."""
    capability = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    return GPUInfo(
        name=_string(nvml.nvmlDeviceGetName(handle)),
        uuid=_string(nvml.nvmlDeviceGetUUID(handle)),
        memory_mib=int(nvml.nvmlDeviceGetMemoryInfo(handle).total) // _MIB,
        compute_capability=format_capability(capability),
        driver=_string(nvml.nvmlSystemGetDriverVersion()),
    )


def _nvml() -> Any | None:
    """NVML, initialised, or None if its library or driver is not there."""
    try:
        import pynvml  # type: ignore[import-untyped]

        pynvml.nvmlInit()
    except Exception:
        return None
    return pynvml


def _used(nvml: Any, handle: Any) -> int:
    return int(nvml.nvmlDeviceGetMemoryInfo(handle).used) // _MIB


def _used_here(nvml: Any, handle: Any) -> int | None:
    """This process's memory; None if NVML does not list it, as in another PID namespace."""
    try:
        processes = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
    except nvml.NVMLError:
        return None
    for process in processes:
        if process.pid == os.getpid() and process.usedGpuMemory:
            return int(process.usedGpuMemory) // _MIB
    return None


def _string(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
