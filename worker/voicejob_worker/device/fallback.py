"""The CPU as the last resort where a GPU's memory does not suffice, for those who allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from voicejob_worker.device.ladder import FallbackCounts
from voicejob_worker.device.placement import Placement, on_cpu
from voicejob_worker.device.release import release_memory
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.errors import OutOfMemoryError
from voicejob_worker.failures.out_of_memory import is_out_of_memory

Result = TypeVar("Result")


def where_it_fits(
    work: Callable[[Placement], Result],
    placement: Placement,
    request: DeviceRequest,
    note: Callable[[str], None],
    counts: FallbackCounts,
) -> Result:
    """Do ``work`` where ``placement`` says, or on the CPU if a GPU's memory ran out there.

    Args:
        work: Done once or twice, with the placement to do it by.
        placement: Where to try first.
        request: Says whether the CPU will do.
        note: Told that it is the CPU now, and why, after the work is done there.
        counts: Where that is counted.

    Raises:
        OutOfMemoryError: memory ran out, and the CPU will not do or was tried.
    """
    try:
        return work(placement)
    except (RuntimeError, MemoryError, OutOfMemoryError) as error:
        ran_out = isinstance(error, OutOfMemoryError) or is_out_of_memory(error)
        if not ran_out or placement.name == "cpu" or not request.fallback_to_cpu:
            raise
        why = _shortened(error)
    # Not in the handler: the exception is gone by now, and with it the tensors in its frames.
    release_memory()
    counts.steps["moved_to_cpu"] += 1
    instead = on_cpu(f"on the CPU: the memory of {placement.name} did not suffice ({why})")
    result = work(instead)
    note(instead.message)
    return result


def _shortened(error: BaseException) -> str:
    """The first sentence of what a library says, which has the figures."""
    return str(error).partition(". ")[0].rstrip(".") or type(error).__name__
