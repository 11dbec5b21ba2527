"""Eight checks of a GPU, before any model is loaded: seconds, and each with a bound.

Each failure has a reason of its own, what was found and what to do about it. What follows from one
is ``preflight``'s. Nothing here imports torch but a check that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from voicejob_worker.device.bounded import within
from voicejob_worker.device.capability import runs_on
from voicejob_worker.device.check_result import CheckResult, State
from voicejob_worker.device.cuda_driver import (
    NO_DEVICE,
    OUT_OF_MEMORY,
    DriverError,
    DriverMissingError,
)
from voicejob_worker.device.flavours import FLAVOURS, Flavour
from voicejob_worker.device.hardware import Hardware, NvmlAnswer
from voicejob_worker.device.nvml import NVMLFaultError
from voicejob_worker.device.reasons import DeviceReason
from voicejob_worker.device.refusals import no_code_for, no_such_gpu
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.device.share import is_enough, usable_mib
from voicejob_worker.device.versions import format_version, parse_version
from voicejob_worker.failures.out_of_memory import is_out_of_memory

_MAX_ERROR: Final = 0.01
"""Of a product of single precision: TF32 errs by 0.0005 of the largest value."""
_MAX_HELD_MIB: Final = 0
"""What torch may still hold of what was given back."""
_MAX_SLOWNESS: Final = 3
"""How many times as long as one thread of the CPU a GPU may take: a small one, or a slice of one,
is no faster than a large CPU and still healthy; what something slows down is many times slower."""
NVML_SECONDS: Final = 10
"""How long NVML has for an answer."""
_WAIT: Final = "apply the VoiceJob again when that is over, or set spec.gpu.fallbackToCPU"
_OF_WAIT: Final = ("spec.gpu.fallbackToCPU",)
"""Fields of a VoiceJob in that."""


class CheckFailedError(Exception):
    """A check found what must not be."""

    def __init__(
        self, reason: DeviceReason, found: str, to_do: str, fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(found)
        self.reason = reason
        self.found = found
        self.to_do = to_do
        self.fields = fields
        """Fields of a VoiceJob that ``to_do`` names."""


@dataclass(frozen=True)
class _Warning:
    """What a check found that is not as it should be, and hinders nothing."""

    found: str
    to_do: str


@dataclass(frozen=True)
class _Check:
    what: str
    reason: DeviceReason
    """Reason if it fails in a way that nobody has thought of."""
    seconds: float
    look: Callable[[Hardware, DeviceRequest], str | _Warning]
    """Returns what was found."""
    imports_torch: bool = False
    """Whether torch is imported before it: from a cold disk that takes longer than any check."""


def check_gpu(request: DeviceRequest, hardware: Hardware) -> Iterator[CheckResult]:
    """Run the checks in turn; those after one that fails are skipped, for they build on it."""
    failed = ""
    for check in _CHECKS:
        if failed:
            yield CheckResult(check.what, State.SKIPPED, f"not tried: {failed} failed")
            continue
        if check.imports_torch:
            with suppress(ImportError):  # the check says it better
                hardware.torch_build()
        result = _outcome(check, hardware, request)
        failed = check.what if result.state is State.FAILED else ""
        yield result


def check_memory(request: DeviceRequest, hardware: Hardware) -> CheckResult:
    """Only whether the GPU has the memory: it has passed the others."""
    return _outcome(_MEMORY, hardware, request)


def skip_gpu(why: str) -> list[CheckResult]:
    """All checks, none of them tried."""
    return [CheckResult(check.what, State.SKIPPED, why) for check in _CHECKS]


def _outcome(check: _Check, hardware: Hardware, request: DeviceRequest) -> CheckResult:
    def failed(reason: DeviceReason, found: str, to_do: str) -> CheckResult:
        return CheckResult(check.what, State.FAILED, found, to_do, reason)

    try:
        found = within(check.seconds, lambda: check.look(hardware, request))
    except CheckFailedError as fault:
        return replace(failed(fault.reason, fault.found, fault.to_do), fields=fault.fields)
    except TimeoutError:
        return failed(
            DeviceReason.NOT_RESPONDING,
            f"the GPU or its driver did not answer the check {check.what} in {check.seconds:.0f} s",
            "look at dmesg of the node for Xid errors, and restart it: another pod hangs as well",
        )
    except Exception as error:  # of CUDA, cuBLAS or NVML: each has its own, all mean the same here
        return failed(
            check.reason,
            f"{type(error).__name__}: {str(error).partition(chr(10))[0]}",
            "run nvidia-smi on the node and look at its dmesg for Xid errors",
        )
    if isinstance(found, _Warning):
        return CheckResult(check.what, State.WARNING, found.found, found.to_do)
    return CheckResult(check.what, State.OK, found)


def _check_driver(hardware: Hardware, _: DeviceRequest) -> str:
    try:
        return f"NVIDIA's driver, which knows CUDA up to {format_version(hardware.driver_cuda())}"
    except DriverMissingError as error:
        raise CheckFailedError(
            DeviceReason.DRIVER_MISSING,
            f"NVIDIA's driver is not here ({error})",
            "run it where a GPU is: in a pod with spec.gpu, on a node with NVIDIA's driver and "
            "container toolkit; with docker, by --gpus all",
            ("spec.gpu",),
        ) from error


def _check_nvml(hardware: Hardware, _: DeviceRequest) -> str:
    try:
        answer = hardware.nvml()
    except NVMLFaultError as error:
        raise CheckFailedError(
            DeviceReason.NVML_UNAVAILABLE,
            f"NVML does not answer ({error})",
            "run nvidia-smi on the node: if it fails, too, reload or reinstall the driver; if not, "
            "the container lacks the driver's utilities "
            "(NVIDIA_DRIVER_CAPABILITIES=compute,utility)",
        ) from error
    return f"driver {answer.driver}, {_count(answer.gpus)}"


def _check_cuda(hardware: Hardware, request: DeviceRequest) -> str:
    try:
        build = hardware.torch_build()
    except ImportError as error:
        raise CheckFailedError(
            DeviceReason.TORCH_MISSING,
            "torch is not installed here: f5-tts, xtts and a conversion compute with it",
            "use the image's flavour gpu; elsewhere, install voicejob with the extra cu130",
        ) from error
    if build.cuda is None:
        raise CheckFailedError(
            DeviceReason.TORCH_WITHOUT_CUDA,
            f"torch {build.version} is built without CUDA",
            "use the image's flavour gpu; elsewhere, install voicejob with the extra cu130",
        )
    _check_driver_version(hardware, build.version, build.cuda)
    try:
        hardware.initialise()
    except DriverError as error:
        raise _not_initialised(str(error), error.name) from error
    count = hardware.gpus()
    if not count:
        raise _not_initialised("torch sees no GPU", NO_DEVICE)
    if request.index >= count:
        raise CheckFailedError(*no_such_gpu(request.device, count))
    return f"torch {build.version} for CUDA {build.cuda}, {_count(count)}"


def _check_driver_version(hardware: Hardware, version: str, cuda: str) -> None:
    """A driver runs programs of its own major version of CUDA, and of all that were before."""
    known = hardware.driver_cuda()
    if known[0] >= parse_version(cuda)[0]:
        return
    answer = hardware.nvml()
    driver = answer.driver
    needed = next((one.minimum_driver for one in FLAVOURS if _is_same_major(one.cuda, cuda)), None)
    fits = next((one for one in FLAVOURS if _fits(one, answer)), None)
    needs = f", which needs driver {needed} or later" if needed else ""
    other = f", or use the image's flavour {fits.name} (torch for CUDA {fits.cuda})" if fits else ""
    raise CheckFailedError(
        DeviceReason.DRIVER_TOO_OLD,
        f"driver {driver} knows CUDA up to {format_version(known)}, and torch {version} is built "
        f"for CUDA {cuda}{needs}",
        f"update the node's driver{other}",
    )


def _not_initialised(found: str, name: str) -> CheckFailedError:
    hidden = (
        "give the pod a GPU (spec.gpu), and leave CUDA_VISIBLE_DEVICES unset or name one that is "
        "here"
    )
    broken = "run nvidia-smi on the node, look at its dmesg for Xid errors, reload the driver"
    return CheckFailedError(
        DeviceReason.CUDA_INIT_FAILED,
        f"CUDA does not come up ({found})",
        hidden if name == NO_DEVICE else broken,
        ("spec.gpu",) if name == NO_DEVICE else (),
    )


def _check_architecture(hardware: Hardware, request: DeviceRequest) -> str:
    card = hardware.card(request.index)
    if runs_on(card.capability, card.architectures):
        return f"{card.name}, compute capability {format_version(card.capability)}"
    raise CheckFailedError(*no_code_for(card.name, card.capability, card.architectures))


def _check_memory(hardware: Hardware, request: DeviceRequest) -> str:
    needed = f"at least {request.minimum_free_mib:,} MiB are needed"
    try:
        free, total = hardware.memory(request.index)
    except DriverError as error:
        if error.name != OUT_OF_MEMORY:
            raise
        raise _too_full(
            f"this GPU has not even the memory for CUDA itself, and {needed}"
        ) from error
    _check_size(hardware, request, total)
    if free < request.minimum_free_mib:
        raise _too_full(f"{free:,} of {total:,} MiB are free on this GPU, and {needed}")
    return f"{free:,} of {total:,} MiB free"


def _check_size(hardware: Hardware, request: DeviceRequest, of_cuda: int) -> None:
    """The whole of it, or of this process' share, against what was asked for."""
    needed = request.memory_mib
    if needed is None:
        return
    total = usable_mib(hardware.nvml_total(request.index), of_cuda)
    if is_enough(total, needed):
        return
    name = hardware.card(request.index).name
    raise CheckFailedError(
        DeviceReason.TOO_SMALL,
        f"the GPU {name} has {total} MiB and gpu.memory asks for {needed}",
        "another node is tried"
        if request.is_placed
        else "use a GPU that has them, or ask for less in spec.gpu.memory",
        () if request.is_placed else ("spec.gpu.memory",),
    )


def _too_full(found: str) -> CheckFailedError:
    to_do = f"end what else uses it (nvidia-smi lists it), or {_WAIT}"
    return CheckFailedError(DeviceReason.MEMORY_INSUFFICIENT, found, to_do, _OF_WAIT)


def _check_arithmetic(hardware: Hardware, request: DeviceRequest) -> str:
    error = hardware.multiply(request.index).error
    if error <= _MAX_ERROR:  # not so if it is NaN
        return f"a product of matrices is right (within {error:.0e})"
    raise CheckFailedError(
        DeviceReason.COMPUTE_WRONG,
        f"a product of matrices on this GPU is off by {error:.2g} of its largest value",
        "take this GPU out of use: its memory, its clocks or its driver are at fault (nvidia-smi "
        "-q -d ECC, and Xid errors in dmesg)",
    )


def _check_speed(hardware: Hardware, request: DeviceRequest) -> str | _Warning:
    product = hardware.multiply(request.index)
    gpu, cpu = _milliseconds(product.gpu_seconds), _milliseconds(product.cpu_seconds)
    if product.gpu_seconds < product.cpu_seconds:
        return f"a product of matrices takes {gpu}, on one thread of the CPU {cpu}"
    found = f"a product of matrices takes {gpu} on this GPU, and {cpu} on one thread of the CPU"
    to_do = (
        "look for what slows it down (nvidia-smi -q -d PERFORMANCE: heat, power, other work); if "
        f"that is other work, {_WAIT}"
    )
    if product.gpu_seconds > _MAX_SLOWNESS * product.cpu_seconds:
        raise CheckFailedError(DeviceReason.SLOWER_THAN_CPU, found, to_do, _OF_WAIT)
    return _Warning(found, to_do)


def _check_allocation(hardware: Hardware, request: DeviceRequest) -> str:
    size = request.minimum_free_mib
    try:
        held = hardware.allocate(request.index, size)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise CheckFailedError(
            DeviceReason.ALLOCATION_FAILED,
            f"{size:,} MiB are free on this GPU and cannot be allocated ({type(error).__name__})",
            f"end what else uses it (nvidia-smi lists it), or {_WAIT}",
            _OF_WAIT,
        ) from error
    if held > _MAX_HELD_MIB:
        raise CheckFailedError(
            DeviceReason.ALLOCATION_FAILED,
            f"of {size:,} MiB that were allocated, {held:,} MiB do not come back",
            "unset PYTORCH_CUDA_ALLOC_CONF, or update the node's driver",
        )
    return f"{size:,} MiB allocated and given back"


_MEMORY: Final = _Check("GPU memory", DeviceReason.CUDA_INIT_FAILED, 20, _check_memory)
_CHECKS: Final = (
    _Check("driver", DeviceReason.DRIVER_MISSING, 10, _check_driver),
    _Check("NVML", DeviceReason.NVML_UNAVAILABLE, NVML_SECONDS, _check_nvml),
    # Eight GPUs without nvidia-persistenced take their time.
    _Check("CUDA", DeviceReason.CUDA_INIT_FAILED, 60, _check_cuda, imports_torch=True),
    _Check("GPU architecture", DeviceReason.CUDA_INIT_FAILED, 20, _check_architecture),
    _MEMORY,
    _Check("GPU arithmetic", DeviceReason.COMPUTE_WRONG, 20, _check_arithmetic),
    _Check("GPU speed", DeviceReason.COMPUTE_WRONG, 20, _check_speed),
    _Check("GPU allocation", DeviceReason.ALLOCATION_FAILED, 20, _check_allocation),
)


def _count(gpus: int) -> str:
    return f"{gpus} GPU" if gpus == 1 else f"{gpus} GPUs"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms"


def _fits(flavour: Flavour, answer: NvmlAnswer) -> bool:
    """Whether a flavour works with this driver and, as far as NVML tells, with each card here.

    Which of several is asked for cannot be told before CUDA is up, which counts them otherwise.
    """
    return flavour.works_with(answer.driver) and all(map(flavour.supports, answer.capabilities))


def _is_same_major(one: str, other: str) -> bool:
    return parse_version(one)[0] == parse_version(other)[0]
