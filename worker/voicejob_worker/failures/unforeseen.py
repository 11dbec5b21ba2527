"""What is logged of an error that nobody foresaw, whatever it was turned into on its way."""

from __future__ import annotations

from voicejob_worker.errors import OutOfMemoryError, TransientFaultError, WorkerError
from voicejob_worker.failures.translate import trace_of

_TELL_LITTLE = (OutOfMemoryError, TransientFaultError)
"""Kinds of error that anything may become: only the cause tells where it happened."""


def unforeseen_in(error: BaseException) -> BaseException | None:
    """Find the exception that nobody foresaw, in ``error`` or behind it; None if there is none.

    ``synthesis.takes`` names an engine's error by the chunks that it struck, as a ``WorkerError``:
    what was raised is its cause.
    """
    if not isinstance(error, WorkerError):
        return error
    if isinstance(error, _TELL_LITTLE) and error.__cause__ is not None:
        return unforeseen_in(error.__cause__)
    return None


def kind_and_frames(error: BaseException) -> dict[str, str]:
    """Give the kind of ``error`` and its frames, innermost first; never a value or its message."""
    return {"kind": type(error).__name__, "frames": " < ".join(trace_of(error)[::-1])}
