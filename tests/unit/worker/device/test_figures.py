"""What was lacking is told of the memory that ran out, which is not always the GPU's."""

import resource
from pathlib import Path

import pytest
import torch

from voicejob_worker.device.figures import figures_on

GPU = torch.device("cuda:0")
MIB = 1 << 20


@pytest.fixture(autouse=True)
def cuda(monkeypatch):
    """A GPU of 4 GiB of which torch holds 512 MiB."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 512 * MIB)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (64 * MIB, 4096 * MIB))


@pytest.fixture
def resident():
    """Memory of the host that this process has, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def test_a_gpus_lack_has_the_gpus_figures():
    told = figures_on(GPU, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 40 MiB."))
    assert str(told) == "552 MiB needed, 64 MiB of 4096 MiB free"
    assert told.whose == "the GPU's memory"


@pytest.mark.parametrize("device", [GPU, torch.device("cpu")])
def test_a_hosts_lack_has_the_hosts_also_with_a_model_on_the_gpu(device, resident):
    told = figures_on(device, MemoryError())
    assert (told.free, told.total, told.whose) == (None, None, "memory")
    assert told.held == pytest.approx(resident, rel=0.1)


def test_pages_are_as_large_as_the_kernel_makes_them(monkeypatch, resident):
    own = resource.getpagesize()
    monkeypatch.setattr(resource, "getpagesize", lambda: 4 * own)
    assert figures_on(GPU, MemoryError()).held == pytest.approx(4 * resident, rel=0.1)
