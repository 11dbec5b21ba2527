"""Errors after which a GPU computes nothing more in this process are told from those that pass."""

import pytest
import torch

from voicejob_worker.failures.dead_context import dead_context_sign

DEAD = [
    "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported",
    "CUDA error: an illegal memory access was encountered",
    "CUDA error: unspecified launch failure",
    "CUDA error: an illegal instruction was encountered",
    "CUDA error: misaligned address",
    "CUDA error: operation not supported on global/shared address space",
    "CUDA error: invalid program counter",
    "CUDA error: hardware stack error",
    "CUDA error: uncorrectable ECC error encountered",
    "CUDA error: uncorrectable NVLink error detected during the execution",
    "CUDA error: the launch timed out and was terminated",
    "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`",
    "CUDA error: an error of next year",
]
PASSING = [
    "CUDA error: no kernel image is available for execution on the device",
    "CUDA error: invalid argument",
    "CUDA error: invalid configuration argument",
    "CUDA error: invalid device ordinal",
    "CUDA error: invalid resource handle",
    "CUDA error: operation not supported",
    "CUDA error: too many resources requested for launch",
    "CUDA error: CUBLAS_STATUS_INVALID_VALUE when calling `cublasSgemm`",
    "CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling `cublasSgemm`",
    "CUDA error: out of memory",
    "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
    "Expected all tensors to be on the same device",
]


@pytest.mark.parametrize("message", DEAD, ids=lambda message: message[:50])
def test_a_dead_context_is_known_by_its_words_and_told_without_the_messages(message):
    for kind in (RuntimeError, torch.AcceleratorError):
        sign = dead_context_sign(kind(message))
        assert sign
        assert "asynchronously" not in sign
    assert not dead_context_sign(ValueError(message)), "CUDA's errors are torch's RuntimeError"


@pytest.mark.parametrize("message", PASSING, ids=lambda message: message[:50])
def test_what_passes_is_no_sign_of_one(message):
    assert not dead_context_sign(RuntimeError(message))


def test_no_error_is_none():
    assert not dead_context_sign(None)
