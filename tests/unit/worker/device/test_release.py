"""What models leave behind is given back, where a GPU is in use; elsewhere nothing is touched."""

import sys
import weakref
from types import SimpleNamespace

import pytest

from voicejob_worker.device.release import release_memory, spare_what_stays


@pytest.fixture
def torch(monkeypatch):
    """A torch with two GPUs in use, which says what it was asked."""
    asked = []
    plans = [SimpleNamespace(clear=lambda at=at: asked.append(f"plans {at}")) for at in range(2)]
    stand_in = SimpleNamespace(
        asked=asked,
        cuda=SimpleNamespace(
            is_initialized=lambda: True,
            device_count=lambda: 2,
            empty_cache=lambda: asked.append("blocks"),
        ),
        _C=SimpleNamespace(_host_emptyCache=lambda: asked.append("pinned")),
        backends=SimpleNamespace(cuda=SimpleNamespace(cufft_plan_cache=plans)),
    )
    monkeypatch.setitem(sys.modules, "torch", stand_in)
    return stand_in


def test_plans_and_blocks_are_given_back_the_plans_first_for_they_hold_blocks(torch):
    release_memory()
    assert torch.asked == ["plans 0", "plans 1", "blocks", "pinned"]


def test_a_gpu_that_nobody_uses_is_not_brought_up_for_it(torch):
    torch.cuda.is_initialized = lambda: False
    release_memory()
    assert torch.asked == []


def test_a_torch_that_is_just_being_imported_is_no_fault(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    release_memory()
    monkeypatch.delitem(sys.modules, "torch")
    release_memory()


def test_what_is_there_when_a_model_is_loaded_is_passed_over_until_the_next_is():
    class Kept:
        def __init__(self):
            self.itself = self

    held = Kept()
    gone = weakref.ref(held)
    spare_what_stays()
    after = weakref.ref(Kept())
    del held
    release_memory()
    assert after() is None
    assert gone() is not None
    spare_what_stays()
    assert gone() is None
