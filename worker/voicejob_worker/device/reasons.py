"""Reasons for which a GPU cannot be used: an attempt that asks for one ends with 13 and such a one.

``docs/cloning.md`` says what to do about each.
"""

from enum import StrEnum


class DeviceReason(StrEnum):
    """Why a GPU cannot be used, for programs."""

    DRIVER_MISSING = "GPUDriverMissing"
    """There is no driver of NVIDIA's: a machine without a GPU has none."""
    NVML_UNAVAILABLE = "NVMLUnavailable"
    TORCH_MISSING = "TorchMissing"
    TORCH_WITHOUT_CUDA = "TorchWithoutCUDA"
    DRIVER_TOO_OLD = "GPUDriverTooOld"
    CUDA_INIT_FAILED = "CUDAInitFailed"
    NO_SUCH_GPU = "NoSuchGPU"
    """The index is higher than that of the last GPU here."""
    ARCH_UNSUPPORTED = "GPUArchUnsupported"
    """This torch has no code for the GPU that is here."""
    TOO_SMALL = "GPUTooSmall"
    """It has less memory than was asked for: an operator tries another node."""
    MEMORY_INSUFFICIENT = "GPUMemoryInsufficient"
    """It has the memory, and others hold too much of it."""
    COMPUTE_WRONG = "GPUComputeWrong"
    SLOWER_THAN_CPU = "GPUSlowerThanCPU"
    ALLOCATION_FAILED = "GPUAllocationFailed"
    NOT_RESPONDING = "GPUNotResponding"
    """A check does not end."""
    NO_GPU = "NoUsableDevice"
    """torch sees no GPU at all: it was there when the checks ran, or none was run."""
