"""Measures the memory of the one GPU that this process computes on: NVML's figures, and torch's.

The words are the same everywhere: *allocated* is torch's tensors in this process, *reserved* what
torch holds from the device for them, *process* all that NVML counts to this process (CUDA's context
and libraries too), *device* what every process on the device uses. All are integers in MiB.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.device.nvml import (
    NVMLFaultError,
    describe,
    find_device,
    list_devices,
    memory,
    open_nvml,
    process_mib,
    torch_cuda,
    torch_uuid,
)
from voicejob_worker.device.share import is_same_memory
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from voicejob_api.status import GPUInfo
    from voicejob_worker.device.nvml import Device

_OPEN_SECONDS: Final = 5.0
"""How long to wait while another thread opens NVML: one that hangs hangs there."""
_KINDS: Final = ("allocated", "reserved")
"""The first words of what torch counts."""


@dataclass(frozen=True)
class MemoryReading:
    """Memory at one moment, in MiB; what could not be measured is None."""

    device_mib: int | None = None
    process_mib: int | None = None
    allocated_mib: int | None = None
    reserved_mib: int | None = None
    allocated_peak_mib: int | None = None
    """Highest since torch's peaks were last reset."""
    reserved_peak_mib: int | None = None


class MemoryMeter:
    """Reads the memory; from ``open`` to ``close``, in any thread. It never raises.

    A library that fails is asked again at the next reading, and told of once.
    """

    def __init__(self) -> None:
        self.index = 0
        """Torch's number of the GPU."""
        self.gpu: GPUInfo | None = None
        """The GPU, as NVML names it; None where NVML lists none, or before ``open``."""
        self.faults: list[str] = []
        """What was met, each once, in words."""
        self._resources: ExitStack | None = None
        self._opening = threading.Lock()
        self._nvml: Any = None
        self._device: Device | None = None
        self._known_by: str | None = None
        """The UUID with which ``gpu`` was found; None before CUDA is up."""
        self._before: dict[str, int] = {}
        """Memory in use before CUDA was up here, by the UUIDs of the devices."""

    def open(self) -> None:
        """Initialise NVML and find the GPU; nothing happens where that was done.

        A library that hangs keeps the thread that opens it, and no other one.
        """
        if not self._opening.acquire(timeout=_OPEN_SECONDS):
            self._tell(f"NVML, which is being opened, has not answered for {_OPEN_SECONDS:g} s")
            return
        try:
            if self._resources is None:
                self._resources = ExitStack()
                self._nvml = self._opened(self._resources)
        finally:
            self._opening.release()

    def _opened(self, resources: ExitStack) -> Any | None:
        """NVML, once it has answered: who reads before that is not kept by one that hangs."""
        nvml = None
        try:
            nvml = resources.enter_context(open_nvml())
            if torch_cuda() is None:
                used = {device.uuid: _used_mib(device) for device in list_devices(nvml)}
                self._before = {uuid: mib for uuid, mib in used.items() if mib is not None}
            self._find(nvml)
        except NVMLFaultError as fault:
            self._tell(str(fault))
        return nvml

    def close(self) -> None:
        """Let go of NVML."""
        with self._opening:
            if self._resources is not None:
                self._resources.close()
            self._resources = self._nvml = self._device = self._known_by = None

    @property
    def device_before_mib(self) -> int | None:
        """Memory in use on the GPU before this process used it; None if that was not measured."""
        return self._before.get(self.gpu.uuid) if self.gpu is not None else None

    def read(self) -> MemoryReading:
        """Measure everything now."""
        return MemoryReading(**self._of_nvml(), **self._of_torch())

    def reset_peaks(self) -> None:
        """Have torch's peaks begin anew from what it holds now."""
        cuda = torch_cuda()
        if cuda is not None:
            with suppress(RuntimeError):  # of a CUDA context that is spoilt
                cuda.reset_peak_memory_stats(self.index)

    def _of_nvml(self) -> dict[str, int | None]:
        if self._nvml is None:
            return {}
        try:
            self._find(self._nvml)
            if self._device is None:
                return {}
            return {
                "device_mib": _used_mib(self._device),
                "process_mib": process_mib(self._device),
            }
        except NVMLFaultError as fault:
            self._tell(str(fault))
            return {}

    def _of_torch(self) -> dict[str, int]:
        cuda = torch_cuda()
        if cuda is None:
            return {}
        try:
            figures = cuda.memory_stats_as_nested_dict(self.index)
            allocated, reserved = (figures[f"{kind}_bytes"]["all"] for kind in _KINDS)
        except (RuntimeError, LookupError):  # a spoilt context, or nothing has been put there yet
            return {}
        return {
            "allocated_mib": allocated["current"] // MIB,
            "reserved_mib": reserved["current"] // MIB,
            "allocated_peak_mib": allocated["peak"] // MIB,
            "reserved_peak_mib": reserved["peak"] // MIB,
        }

    def _find(self, nvml: Any) -> None:
        """Find the device, and once more when torch can tell which it is; until it is described."""
        uuid = torch_uuid(self.index)
        is_found = self._device is not None and self.gpu is not None
        if is_found and uuid in (None, self._known_by):
            return
        try:
            # Whatever was told before may be of another device: better none than that.
            self._device, self.gpu = find_device(nvml, uuid), None
            if self._device is not None:
                self.gpu = self._with_share(describe(self._device))
                self._known_by = uuid
        except NVMLFaultError as fault:
            self._tell(str(fault))

    def _with_share(self, gpu: GPUInfo) -> GPUInfo:
        """Beside NVML's total that of CUDA, where it is another: of a share of the device."""
        cuda = torch_cuda()
        try:
            total = cuda and cuda.get_device_properties(self.index).total_memory // MIB
        except RuntimeError:  # a spoilt context
            return gpu
        of_nvml = gpu.memory_mib
        if total is None or (of_nvml and is_same_memory(of_nvml, total)):
            return gpu
        if of_nvml is not None:
            self._tell(f"CUDA sees {total} MiB where NVML sees {of_nvml} MiB: a shared GPU?")
        return gpu.model_copy(update={"cuda_memory_mib": total})

    def _tell(self, fault: str) -> None:
        if fault not in self.faults:
            self.faults.append(fault)


def _used_mib(device: Device) -> int | None:
    now = memory(device)
    return None if now is None else now.used_mib
