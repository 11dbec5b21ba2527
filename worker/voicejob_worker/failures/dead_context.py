"""Errors after which a process can compute nothing more on its GPU, whatever it tries."""

from __future__ import annotations

from typing import Final

from voicejob_worker.failures.out_of_memory import is_out_of_memory

_STICKY: Final = (
    "device-side assert triggered",
    "illegal memory access",
    "unspecified launch failure",
    "illegal instruction",
    "misaligned address",
    "global/shared address space",
    "invalid program counter",
    "hardware stack error",
    "uncorrectable ecc error",
    "uncorrectable nvlink error",
    "the launch timed out and was terminated",
)
"""Of the errors of CUDA's runtime, those of which its reference (cudaError_t) says that the process
must be terminated and launched again: every later call returns the same."""
_PASSING: Final = (
    "no kernel image is available",
    "invalid argument",
    "invalid configuration argument",
    "invalid device ordinal",
    "invalid resource handle",
    "operation not supported",
    "too many resources requested",
    "status_invalid_value",
    "status_not_supported",
)
"""Errors of CUDA's runtime and of cuBLAS that are of one call, and leave the context as it was."""
_CUDA: Final = "cuda error:"
"""How torch begins the message of both; what is not known by its words is taken for sticky."""


def dead_context_sign(error: BaseException | None) -> str:
    """Tell by what an error shows that the GPU's context is dead; empty if it does not.

    The words are from the lists here, never from the message.
    """
    if not isinstance(error, RuntimeError) or is_out_of_memory(error):
        return ""
    told = str(error).lower()
    for sign in _STICKY:
        if sign in told:
            return sign
    passes = _CUDA not in told or any(sign in told for sign in _PASSING)
    return "" if passes else "an error of CUDA that is not known to pass"
