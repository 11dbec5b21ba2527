"""Whether a card can attend to packed rows in one call is tried, and what that breaks is told."""

import pytest
import torch

from voicejob_worker.engines.f5 import varlen

GPU = torch.device("cuda:0")


def trial(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (8, 0))
    monkeypatch.setattr(varlen, "_gives_the_same", fail)
    return varlen.has_varlen(GPU, torch.float16, 64)


@pytest.mark.parametrize(
    "error",
    [
        ImportError("torch.nn.attention.varlen"),
        RuntimeError("CUDA error: no kernel image is available for execution on the device"),
        RuntimeError("FlashAttention only supports Ampere GPUs or newer"),
    ],
)
def test_a_torch_or_a_card_without_it_attends_in_the_other_way(monkeypatch, error):
    assert not trial(monkeypatch, error)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
    ],
)
def test_what_the_other_way_would_meet_as_well_is_raised(monkeypatch, error):
    with pytest.raises(type(error), match=str(error)):
        trial(monkeypatch, error)
