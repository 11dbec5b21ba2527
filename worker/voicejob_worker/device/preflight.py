"""What follows from the checks of a GPU, before any model is loaded.

An attempt ends by the first check that fails (exit 13), or goes on on the CPU where that is
allowed. ``doctor`` prints the checks themselves (``gpu_checks``).
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import Final

from voicejob_worker.device.bounded import within
from voicejob_worker.device.check_result import CheckResult, State
from voicejob_worker.device.gpu_checks import NVML_SECONDS, check_gpu, check_memory
from voicejob_worker.device.hardware import Hardware, NvidiaHardware
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.reasons import DeviceReason
from voicejob_worker.device.remembered import PassedChecks, RememberedChecks
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.errors import NoUsableDeviceError

_remembered: Final = RememberedChecks()
"""Of this process: a second voice does not try its device again."""
_checking: Final = threading.Lock()
"""Held while a GPU is checked: a voice that comes meanwhile waits, as long as the checks may take,
and does not run them beside one that has passed and computes."""


def preflight(request: DeviceRequest, hardware: Hardware | None = None) -> DeviceRequest:
    """Check the GPU that ``request`` may mean, and return what to ask for after that.

    That is ``request`` itself, perhaps with a warning as its message, or the CPU with a message
    where it will do. A GPU that has passed is only asked for its free memory, where a voice needs
    more than those before it; one that hangs is not asked again for a while.

    Raises:
        NoUsableDeviceError: a GPU was asked for and cannot be used; its reason says why.
    """
    hardware = hardware or NvidiaHardware()
    if request.device == "cpu" or not (request.wants_gpu or hardware.has_torch()):
        return request
    with _checking:
        failed = _remembered.hang(request.index) or _check_unless_passed(request, hardware)
    if failed is None:
        return replace(
            request, message=_remembered.passed[request.index].warning or request.message
        )
    if request.wants_gpu and not request.fallback_to_cpu:
        raise NoUsableDeviceError(failed.message, failed.reason).naming(*failed.fields)
    if not request.wants_gpu and failed.reason == DeviceReason.DRIVER_MISSING:
        return replace(request, device="cpu")  # a machine without a GPU: nothing to tell
    return replace(request, device="cpu", message=f"on the CPU: {failed.message}")


def _check_unless_passed(request: DeviceRequest, hardware: Hardware) -> CheckResult | None:
    """The check that fails, or None; what comes of the checks is remembered."""
    passed = _remembered.passed.get(request.index)
    if passed is not None and passed.include(request):
        return None
    if passed is not None:
        # Others compute there by now, so its allocator is left alone.
        results = [check_memory(request, hardware)]
    else:
        _measure_before_cuda()
        results = list(check_gpu(request, hardware))
    failed = next((one for one in results if one.state is State.FAILED), None)
    if failed is None:
        warnings = (one.message for one in results if one.state is State.WARNING)
        warning = "; ".join(warnings) if passed is None else passed.warning
        _remembered.passed[request.index] = PassedChecks(
            warning, request.minimum_free_mib, request.memory_mib or 0
        )
    elif failed.reason == DeviceReason.NOT_RESPONDING:
        _remembered.keep_hang(request.index, failed)
    return failed


def _measure_before_cuda() -> None:
    """Have the ledger measure what others hold of the GPU: the checks bring CUDA up."""
    with suppress(TimeoutError):  # the check of NVML tells it
        within(NVML_SECONDS, ledger.open)
