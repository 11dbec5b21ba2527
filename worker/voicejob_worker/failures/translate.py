"""Turns any exception into the one kind of error that is reported."""

import errno
import traceback
from pathlib import Path
from types import FrameType

from voicejob_worker.errors import (
    DiskFullError,
    OutOfMemoryError,
    TransientFaultError,
    WorkerError,
)

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_MEMORY_SIGNS = (
    "bad_alloc",
    "failed to allocate",
    "out of memory",
    "not enough memory",
    "status_alloc_failed",
)
"""The last two are those of torch's allocator on the CPU, and of cuBLAS and cuDNN."""
_GPU_SIGNS = ("cuda", "cublas", "cudnn")


def as_worker_error(error: BaseException, work_dir: Path) -> WorkerError:
    """Say how the work ends on ``error``.

    An exception that nobody foresaw is named by its type and place alone: its own message may
    quote the text.
    """
    if isinstance(error, WorkerError):
        return error
    if is_disk_full(error):
        return DiskFullError(
            f"no room is left in {work_dir}, where the audio lies until it is stored: free some, "
            "or have worker.workDirSize raised in the operator's chart"
        )
    if is_out_of_memory(error):
        return OutOfMemoryError(f"the worker ran out of {lacking_memory(error)}")
    return TransientFaultError(f"{type(error).__name__} {place_of(error)}".rstrip())


def is_disk_full(error: BaseException) -> bool:
    """Whether a disk or a quota is full."""
    return isinstance(error, OSError) and error.errno in _DISK_FULL


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, in Python or inside a library that says so in its message."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        sign in str(error).lower() for sign in _MEMORY_SIGNS
    )


def lacking_memory(error: BaseException) -> str:
    """Which memory ran out, and what to do: the end of a sentence."""
    told = str(error).lower()
    if any(sign in told for sign in _GPU_SIGNS):
        return (
            "the GPU's memory: choose a GPU with more of it (spec.podTemplate.spec.nodeSelector, "
            "or another spec.gpu.resourceName), or keep other work off that GPU"
        )
    return "memory: raise spec.resources.limits.memory"


def place_of(error: BaseException) -> str:
    """``at folder/file:line`` of the innermost frame, or nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"at {_place(frames[-1])}" if frames else ""


def trace_of(error: BaseException) -> list[str]:
    """The frames of ``error`` as ``folder/file:line function``, outermost first, with no values."""
    return [f"{_place(f)} {f.name}" for f in traceback.extract_tb(error.__traceback__)]


def stack_of(frame: FrameType | None) -> list[str]:
    """The frames of a thread that runs, as those of ``trace_of``, but innermost first."""
    if frame is None:  # the thread has ended
        return []
    return [f"{_place(f)} {f.name}" for f in reversed(traceback.extract_stack(frame))]


def _place(frame: traceback.FrameSummary) -> str:
    # With its folder: every package has an __init__.py.
    return f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}"
