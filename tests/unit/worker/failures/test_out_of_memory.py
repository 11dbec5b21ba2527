"""Memory that ran out is known by every library's words, and nothing else is taken for it."""

import errno
from pathlib import Path

import pytest
import torch

from voicejob_worker.failures.out_of_memory import (
    is_out_of_memory,
    lacking_after,
    memory_figures,
    memory_lacking,
)
from voicejob_worker.failures.translate import as_worker_error

TORCH = (
    "CUDA out of memory. Tried to allocate 98.50 MiB. GPU 0 has a total capacity of 3.94 GiB of "
    "which 61.06 MiB is free. Including non-PyTorch memory, this process has 3.87 GiB memory in "
    "use. Of the allocated memory 3.60 GiB is allocated by PyTorch, and 108.18 MiB is reserved by "
    "PyTorch but unallocated."
)
OF_GPU = [
    torch.OutOfMemoryError(TORCH),
    torch.OutOfMemoryError("CUDA: nothing that was foreseen"),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
    RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
    RuntimeError("GET was unable to find an engine to execute this computation"),
    RuntimeError("FIND was unable to find an engine to execute this computation"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"),
    RuntimeError(
        'NVML_SUCCESS == r INTERNAL ASSERT FAILED at "/pytorch/c10/cuda/CUDACachingAllocator.cpp"'
        ":1165, please report a bug to PyTorch."
    ),
]
OF_HOST = [
    MemoryError(),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    RuntimeError("std::bad_alloc"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 4294967296 bytes. Error code 12 (Cannot allocate memory)"
    ),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: not enough memory"),
    RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED"),
    RuntimeError("Failed to allocate memory for requested buffer of size 1024"),
]
OTHERS = [
    RuntimeError('x INTERNAL ASSERT FAILED at "/pytorch/c10/cuda/CUDAStream.cpp":7'),
    RuntimeError("CUDA error: an illegal memory access was encountered"),
    RuntimeError("CUDA error: device-side assert triggered"),
    RuntimeError("CUDA error: unspecified launch failure"),
    RuntimeError("CUDA error: uncorrectable ECC error encountered"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx`"),
    RuntimeError("cuFFT error: CUFFT_INTERNAL_ERROR"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    RuntimeError("Expected all tensors to be on the same device"),
    OSError(errno.ENOSPC, "No space left on device"),
    ValueError("out of memory"),
]


@pytest.mark.parametrize("error", [*OF_GPU, *OF_HOST], ids=lambda error: str(error)[:40])
def test_every_librarys_words_for_it_are_known(error):
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", OTHERS, ids=lambda error: str(error)[:40])
def test_nothing_else_is_taken_for_it(error):
    assert not is_out_of_memory(error)


@pytest.mark.parametrize("error", OF_GPU, ids=lambda error: str(error)[:40])
def test_a_gpu_is_told_from_the_host(error):
    told = memory_lacking(error, "it lacks")
    assert told.message.startswith("it lacks the GPU's memory")
    assert "limits.memory" not in told.message
    assert told.fields == ("spec.gpu.memory", "spec.gpu.lowVRAM")


@pytest.mark.parametrize(
    ("errors", "reason"), [(OF_GPU, "GPUOutOfMemory"), (OF_HOST, "OutOfMemory")]
)
def test_the_reason_tells_programs_whose_memory_it_was(errors, reason):
    ends = [as_worker_error(error, Path("work")) for error in errors]
    assert {(end.exit_code, end.reason) for end in ends} == {(20, reason)}


@pytest.mark.parametrize("error", OF_HOST, ids=lambda error: str(error)[:40])
def test_the_host_has_its_own_advice(error):
    told = memory_lacking(error, "it lacks")
    assert told.message.endswith("raise spec.resources.limits.memory")
    after = lacking_after(memory_figures(error), "it lacks", "this")
    assert after.message.endswith(". Tried: this. Raise spec.resources.limits.memory")
    assert told.fields == after.fields == ("spec.resources.limits.memory",)


def test_torchs_figures_are_read():
    figures = memory_figures(OF_GPU[0])
    assert (figures.asked, figures.held, figures.free, figures.total) == (99, 3963, 62, 4035)
    assert figures.needed == 4062
    assert (
        "4062 MiB needed, 62 MiB of 4035 MiB free" in memory_lacking(OF_GPU[0], "it lacks").message
    )
    assert memory_figures(OF_HOST[3]).needed == 4096
    assert str(memory_figures(RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"))) == ""
