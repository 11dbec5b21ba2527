"""Tells an exception that means "no memory left" from every other, and how much it wanted.

Libraries raise RuntimeError for it and say so in words only: cuBLAS, cuFFT and cuDNN each in their
own, as they take memory beside torch's allocator.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from typing import Final

from voicejob_worker.errors import OutOfMemoryError, out_of_memory

_GPU_SIGNS: Final = (
    "cublas_status_alloc_failed",
    # The usual end of the first matrix product where nothing is left for cuBLAS' own workspace.
    "cublas_status_not_initialized",
    "cufft_alloc_failed",
    "cudnn_status_alloc_failed",
    "cudnn_status_internal_error_device_allocation_failed",
    "cudnn_status_not_initialized",
    # cuDNN tries its ways to convolve, and each wants a workspace.
    "unable to find an engine to execute this computation",
    "cusolver_status_alloc_failed",
)
_UNTOLD: Final = ("internal assert failed", "nvml_success", "cudacachingallocator")
"""All three: torch's allocator found no memory, and asked NVML in vain what others have of it, as
on MIG instances and where NVML is not there."""
_SIGNS: Final = (
    *_GPU_SIGNS,
    "out of memory",  # torch's allocator, and CUDA itself
    "bad_alloc",
    "not enough memory",  # torch's allocator on the CPU
    "allocate memory",  # the same, in another place, and the operating system
    "failed to allocate",  # onnxruntime
    "cudnn_status_internal_error_host_allocation_failed",
)
_AMOUNT: Final = r"(\d+(?:\.\d+)?) (bytes|KiB|MiB|GiB)"
_ASKED: Final = re.compile(rf"tried to allocate {_AMOUNT}", re.IGNORECASE)
_LEFT: Final = re.compile(rf"total capacity of {_AMOUNT} of which {_AMOUNT} is free")
_HELD: Final = re.compile(rf"this process has {_AMOUNT} memory in use")
_MIB: Final = {"bytes": 2.0**-20, "KiB": 2.0**-10, "MiB": 1.0, "GiB": 1024.0}

_MORE_OF_GPU: Final = (
    'ask for more (spec.gpu.memory), set spec.gpu.lowVRAM: "On", or keep other work off that GPU'
)
_MORE_OF_HOST: Final = "raise spec.resources.limits.memory"
"""The operator goes on with how far, so that it is the end of every message."""
_FIELDS_OF_GPU: Final = ("spec.gpu.memory", "spec.gpu.lowVRAM")
_FIELDS_OF_HOST: Final = ("spec.resources.limits.memory",)
"""Fields of a VoiceJob in these."""


@dataclass(frozen=True)
class MemoryFigures:
    """What was lacking, in MiB, as far as the exception or the device says."""

    asked: int | None = None
    """How much more was wanted, in one piece."""
    held: int | None = None
    """What the process had already."""
    free: int | None = None
    total: int | None = None
    is_of_gpu: bool = False
    """Whether it was a GPU's memory."""

    @property
    def whose(self) -> str:
        """Which memory it was, in words."""
        return "the GPU's memory" if self.is_of_gpu else "memory"

    @property
    def lack(self) -> str:
        """Which memory it was, with the figures."""
        return f"{self.whose} ({self})" if str(self) else self.whose

    @property
    def advice(self) -> str:
        """What to do about it, as the rest of a sentence."""
        return _MORE_OF_GPU if self.is_of_gpu else _MORE_OF_HOST

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of a VoiceJob that the advice names."""
        return _FIELDS_OF_GPU if self.is_of_gpu else _FIELDS_OF_HOST

    @property
    def needed(self) -> int | None:
        """What would have been enough until then."""
        if self.asked is None:
            return None
        return self.asked + (self.held or 0)

    def __str__(self) -> str:
        """Words for people, empty where nothing is known."""
        parts = []
        if self.needed is not None:
            parts.append(f"{self.needed} MiB needed")
        elif self.held is not None:
            parts.append(f"more than {self.held} MiB needed")
        if self.free is not None and self.total is not None:
            parts.append(f"{self.free} MiB of {self.total} MiB free")
        return ", ".join(parts)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: in Python, in torch, or in a library that says so in its message."""
    if isinstance(error, MemoryError) or _is_torchs(error):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if not isinstance(error, RuntimeError):
        return False
    told = str(error).lower()
    return any(sign in told for sign in _SIGNS) or all(sign in told for sign in _UNTOLD)


def _is_torchs(error: BaseException) -> bool:
    # By name: torch takes seconds to import, and most workers have none.
    return any(
        (kind.__module__, kind.__name__) == ("torch", "OutOfMemoryError")
        for kind in type(error).__mro__
    )


def is_of_gpu(error: BaseException) -> bool:
    """Whether the memory that ran out is a GPU's."""
    told = str(error).lower()
    return "cuda" in told or any(sign in told for sign in _GPU_SIGNS)


def memory_figures(error: BaseException) -> MemoryFigures:
    """The figures in torch's own message; other libraries tell none."""
    told = str(error)
    left = _LEFT.search(told)
    return MemoryFigures(
        asked=_mib(_ASKED.search(told)),
        held=_mib(_HELD.search(told)),
        free=_mib(left, 3),
        total=_mib(left),
        is_of_gpu=is_of_gpu(error),
    )


def _mib(found: re.Match[str] | None, group: int = 1) -> int | None:
    if found is None:
        return None
    # Rounded up: what is wanted should never read 0.
    return -int(-float(found[group]) * _MIB[found[group + 1]] // 1)


def memory_lacking(error: BaseException, what: str) -> OutOfMemoryError:
    """The error of what ``what`` begins to tell: which memory ran out, figures, and what to do."""
    figures = memory_figures(error)
    return _told(figures, f"{what} {figures.lack}: {figures.advice}")


def lacking_after(figures: MemoryFigures, what: str, tried: str) -> OutOfMemoryError:
    """The same where ``tried`` did not help, in two sentences."""
    advice = f"{figures.advice[0].upper()}{figures.advice[1:]}"
    return _told(figures, f"{what} {figures.lack}. Tried: {tried}. {advice}")


def _told(figures: MemoryFigures, message: str) -> OutOfMemoryError:
    return out_of_memory(message, of_gpu=figures.is_of_gpu).naming(*figures.fields)
