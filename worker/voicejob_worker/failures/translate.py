"""Turns any exception into the one kind of error that is reported."""

import errno
import traceback
from pathlib import Path
from types import FrameType

from voicejob_worker.errors import DiskFullError, TransientFaultError, WorkerError
from voicejob_worker.failures.out_of_memory import is_out_of_memory, memory_lacking

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_MORE_ROOM = "have worker.workDirSize raised in the operator's chart"


def as_worker_error(
    error: BaseException, work_dir: Path, more_room: str = _MORE_ROOM
) -> WorkerError:
    """Say how the work ends on ``error``; ``more_room`` is what to do about a full ``work_dir``.

    An exception that nobody foresaw is named by its type and place alone: its own message may
    quote the text.
    """
    if isinstance(error, WorkerError):
        return error
    if is_disk_full(error):
        return DiskFullError(
            f"no room is left in {work_dir}, where the audio lies until it is stored: free some, "
            f"or {more_room}"
        )
    if is_out_of_memory(error):
        return memory_lacking(error, "the worker ran out of")
    return TransientFaultError(f"{type(error).__name__} {place_of(error)}".rstrip())


def is_disk_full(error: BaseException) -> bool:
    """Whether a disk or a quota is full."""
    return isinstance(error, OSError) and error.errno in _DISK_FULL


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
