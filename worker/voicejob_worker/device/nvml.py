"""NVIDIA's management library (NVML): which of its devices this process uses, and what it says.

A device is known by its UUID, which torch tells once CUDA is up. Indices are not compared: CUDA
counts the fastest first, NVML by PCI address, and ``NVIDIA_VISIBLE_DEVICES`` in the host's order.
That variable is not believed at all: under CDI it is ``void`` inside a container that has a GPU.
Nothing here imports torch.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from voicejob_api.status import GPUInfo
from voicejob_worker.device.versions import decode_cuda_version, format_version
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

_CUDA_VARIABLE: Final = "CUDA_VISIBLE_DEVICES"
_HIDES_ALL: Final = ("", "-1", "NoDevFiles")
"""Values of ``CUDA_VISIBLE_DEVICES`` with which CUDA shows no device."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NVMLFaultError(Exception):
    """NVML gave no answer: no library, no driver, or a fault of the device; it says which."""


class NotToldError(NVMLFaultError):
    """NVML does not tell such a thing of this device, or has no such function at all."""


@dataclass(frozen=True)
class DeviceMemory:
    """Memory of a device or of a MIG instance, in bytes, by all processes."""

    total: int
    used: int
    """What processes hold, as nvidia-smi has it: without what the driver keeps for itself, where
    the driver tells the two apart."""
    free: int

    @property
    def used_mib(self) -> int:
        """Memory in use in MiB."""
        return self.used // MIB


@dataclass(frozen=True)
class Device:
    """A GPU, or a MIG instance of one, as NVML lists it."""

    nvml: Any
    """The binding, initialised for as long as ``open_nvml`` lasts."""
    handle: Any
    parent: Any = None
    """Handle of the GPU that a MIG instance is part of; None for a whole GPU."""

    @property
    def name(self) -> str:
        """As NVIDIA sells it."""
        return _string(_ask(self.nvml, "nvmlDeviceGetName", self.handle))

    @property
    def uuid(self) -> str:
        """``GPU-…`` or ``MIG-…``."""
        return _string(_ask(self.nvml, "nvmlDeviceGetUUID", self.handle))


@contextmanager
def open_nvml() -> Iterator[Any]:
    """Initialise NVML for as long as the context lasts; contexts may overlap.

    Raises:
        NVMLFaultError: the library or the driver is missing, or they do not fit each other.
    """
    try:
        import pynvml  # type: ignore[import-untyped]
    except ImportError as error:
        raise NVMLFaultError("the package nvidia-ml-py is not installed") from error
    _ask(pynvml, "nvmlInit")
    try:
        yield pynvml
    finally:
        with suppress(NVMLFaultError):  # a device that was lost has nothing to give back
            _ask(pynvml, "nvmlShutdown")


def list_devices(nvml: Any) -> list[Device]:
    """Every device that CUDA could compute on: whole GPUs, and the instances of those under MIG.

    Raises:
        NVMLFaultError: NVML does not answer.
    """
    devices = []
    for index in range(_ask(nvml, "nvmlDeviceGetCount")):
        handle = _ask(nvml, "nvmlDeviceGetHandleByIndex", index)
        if _is_under_mig(nvml, handle):
            devices += [Device(nvml, each, handle) for each in _instances(nvml, handle)]
        else:
            devices.append(Device(nvml, handle))
    return devices


def find_device(nvml: Any, torch_uuid: str | None = None) -> Device | None:
    """Return the device that this process computes on, or None if it has none.

    Args:
        nvml: As ``open_nvml`` gives it.
        torch_uuid: What ``torch_uuid()`` says; None before CUDA is up. Then it is the first that
            NVML lists, or the one that ``CUDA_VISIBLE_DEVICES`` names by its UUID.

    Raises:
        NVMLFaultError: NVML does not answer.
    """
    devices = list_devices(nvml)
    named = os.environ.get(_CUDA_VARIABLE, "all").split(",")[0].strip()
    if torch_uuid is None:
        return None if named in _HIDES_ALL else _first(devices, named)
    same = [device for device in devices if _digits(device.uuid) == _digits(torch_uuid)]
    if same:
        return same[0]
    # CUDA tells the UUID of the whole GPU where it computes on an instance (before CUDA 13).
    instances = [device for device in devices if _parent_is(device, torch_uuid)]
    if instances:
        return _first(instances, named) or instances[0]
    # One that hides the UUIDs can still be known, where there is no other.
    return devices[0] if len(devices) == 1 else None


@contextmanager
def own_device(index: int | None = None) -> Iterator[Device | None]:
    """Initialise NVML, and give the device that this process computes on, or None.

    Args:
        index: Torch's number of it; None for the current one.

    Raises:
        NVMLFaultError: NVML does not answer.
    """
    with open_nvml() as nvml:
        yield find_device(nvml, torch_uuid(index))


def first_device() -> GPUInfo | None:
    """Return what NVML says of the GPU that this process may use, or None."""
    try:
        with own_device() as device:
            return None if device is None else describe(device)
    except NVMLFaultError:
        return None


def describe(device: Device) -> GPUInfo:
    """Return the device as NVML names it; a MIG instance with its own name, UUID and memory.

    Raises:
        NVMLFaultError: NVML does not answer.
    """
    now = memory(device)
    return GPUInfo(
        name=device.name,
        uuid=device.uuid,
        memory_mib=None if now is None else now.total // MIB,
        compute_capability=format_version(_capability(device)),
        driver=driver_version(device.nvml),
    )


def known_capabilities(devices: list[Device]) -> tuple[tuple[int, int], ...]:
    """Return the compute capabilities of those devices that tell it, major and minor version.

    Nothing else is asked of them: where GPU and CPU share their memory (GB10, Jetson), NVML tells
    the capability and not the memory.
    """
    found = []
    for device in devices:
        with suppress(NVMLFaultError):
            found.append(_capability(device))
    return tuple(found)


def memory(device: Device) -> DeviceMemory | None:
    """Return the device's memory now; None where it is the CPU's, which NVML does not tell.

    Raises:
        NVMLFaultError: NVML does not answer.
    """
    nvml = device.nvml
    try:
        answer = _ask(nvml, "nvmlDeviceGetMemoryInfo", device.handle, nvml.nvmlMemory_v2)
    except NotToldError:  # a driver before 510, which counts its own share as used
        try:
            answer = _ask(nvml, "nvmlDeviceGetMemoryInfo", device.handle)
        except NotToldError:  # GB10, Jetson
            return None
    return DeviceMemory(total=int(answer.total), used=int(answer.used), free=int(answer.free))


def process_mib(device: Device) -> int | None:
    """Return this process' memory on the device in MiB; None if NVML does not list the process.

    A container usually has a PID namespace of its own, and NVML knows the host's PIDs only.
    """
    try:
        running = _ask(device.nvml, "nvmlDeviceGetComputeRunningProcesses", device.handle)
    except NVMLFaultError:
        return None
    own = [each.usedGpuMemory for each in running if each.pid == os.getpid()]
    return sum(own) // MIB if own and None not in own else None


def driver_version(nvml: Any) -> str:
    """Return the driver's version, such as ``580.65.06``.

    Raises:
        NVMLFaultError: NVML does not answer.
    """
    return _string(_ask(nvml, "nvmlSystemGetDriverVersion"))


def cuda_version(nvml: Any) -> str:
    """Return the newest version of CUDA that the driver knows, such as ``13.0``.

    Raises:
        NVMLFaultError: NVML does not answer.
    """
    return format_version(decode_cuda_version(int(_ask(nvml, "nvmlSystemGetCudaDriverVersion"))))


def torch_uuid(index: int | None = None) -> str | None:
    """Return the UUID of a device as torch knows it; None if torch has not brought CUDA up.

    Args:
        index: Torch's number of the device; None for the current one.
    """
    cuda = torch_cuda()
    if cuda is None:
        return None
    try:
        number = cuda.current_device() if index is None else index
        return str(getattr(cuda.get_device_properties(number), "uuid", "")) or None
    except RuntimeError:  # a CUDA context that a fault has spoilt answers nothing any more
        return None


def torch_cuda() -> Any | None:
    """Return ``torch.cuda`` once it has brought CUDA up, else None; it never imports torch.

    ``torch`` is in ``sys.modules`` seconds before it has its ``cuda``: while it is imported.
    """
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    is_up = getattr(cuda, "is_initialized", None)
    return cuda if is_up is not None and is_up() else None


def _first(devices: list[Device], named: str) -> Device | None:
    """The first device, or the one that is named by its UUID or the beginning of it."""
    if not named.startswith(("GPU-", "MIG-")):
        return next(iter(devices), None)
    return next((device for device in devices if device.uuid.startswith(named)), None)


def _is_under_mig(nvml: Any, handle: Any) -> bool:
    try:
        current, _ = _ask(nvml, "nvmlDeviceGetMigMode", handle)
    except NVMLFaultError:  # cards that know no MIG
        return False
    return bool(current)


def _instances(nvml: Any, handle: Any) -> Iterator[Any]:
    """Handles of the MIG instances that this process may see."""
    for index in range(_ask(nvml, "nvmlDeviceGetMaxMigDeviceCount", handle)):
        try:
            yield _ask(nvml, "nvmlDeviceGetMigDeviceHandleByIndex", handle, index)
        except NVMLFaultError:  # the numbers have gaps
            continue


def _parent_is(device: Device, torch_uuid: str) -> bool:
    if device.parent is None:
        return False
    parent = _ask(device.nvml, "nvmlDeviceGetUUID", device.parent)
    return _digits(_string(parent)) == _digits(torch_uuid)


def _capability(device: Device) -> tuple[int, int]:
    try:
        return _ask_capability(device.nvml, device.handle)
    except NVMLFaultError:
        if device.parent is None:
            raise
        return _ask_capability(device.nvml, device.parent)


def _ask_capability(nvml: Any, handle: Any) -> tuple[int, int]:
    major, minor = _ask(nvml, "nvmlDeviceGetCudaComputeCapability", handle)
    return int(major), int(minor)


def _ask(nvml: Any, function: str, *arguments: Any) -> Any:
    try:
        return getattr(nvml, function)(*arguments)
    except (
        nvml.NVMLError_NotSupported,
        nvml.NVMLError_FunctionNotFound,
        nvml.NVMLError_ArgumentVersionMismatch,
    ) as error:
        raise NotToldError(f"{function}: {error}") from error
    except nvml.NVMLError as error:
        raise NVMLFaultError(f"{function}: {error}") from error


def _digits(uuid: str) -> str:
    """The digits of a UUID: torch leaves out what NVML writes before them."""
    found = _UUID.search(uuid.lower())
    return found.group() if found else uuid


def _string(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
