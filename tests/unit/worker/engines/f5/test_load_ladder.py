"""A model is loaded to where it fits, each step is told, and without any it ends with a number."""

import pytest
import torch

from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.device.placement import Placement
from voicejob_worker.engines.f5.load_ladder import load_where_it_fits
from voicejob_worker.errors import OutOfMemoryError

GPU = torch.device("cuda:0")
WHOLE = Placement(GPU, torch.float16, GPU)
LACK = torch.OutOfMemoryError(
    "CUDA out of memory. Tried to allocate 40.00 MiB. GPU 0 has a total capacity of 4.00 GiB of "
    "which 8.00 MiB is free. Including non-PyTorch memory, this process has 1.00 GiB memory in use."
)


def load(fits, *, may_use_cpu=False, placement=WHOLE, error=LACK):
    tried, notes, counts = [], [], FallbackCounts()

    def loader(place):
        tried.append(place)
        if not fits(place, len(tried)):
            raise error
        return place

    loaded = load_where_it_fits(loader, placement, may_use_cpu, notes.append, counts)
    return loaded, notes, counts.steps


def test_what_fits_at_once_is_not_told():
    assert load(lambda *_: True) == (WHOLE, [], {})


def test_caches_are_emptied_first():
    assert load(lambda _place, tries: tries == 2) == (WHOLE, [], {"emptied_caches": 1})


def test_then_its_parts_take_turns_and_then_the_cpu_is_taken_where_it_may():
    loaded, notes, _ = load(lambda place, _: place.takes_turns)
    assert loaded.is_low_memory
    assert notes[0].startswith("the model did not fit into the GPU's memory whole: its parts are")
    loaded, notes, steps = load(lambda place, _: place.name == "cpu", may_use_cpu=True)
    assert (loaded.name, loaded.dtype) == ("cpu", torch.float32)
    assert len(notes) == 2
    assert steps["moved_to_cpu"] == 1


def test_the_end_has_a_number_and_any_other_fault_is_raised_at_once():
    with pytest.raises(OutOfMemoryError, match="1064 MiB needed, 8 MiB of 4096") as ended:
        load(lambda *_: False)
    assert (ended.value.exit_code, ended.value.reason) == (20, "GPUOutOfMemory")
    assert len(ended.value.message) < 300
    with pytest.raises(ZeroDivisionError):
        load(lambda *_: 1 / 0)


def test_a_host_whose_memory_ran_out_is_not_told_as_the_gpu():
    _, notes, _ = load(lambda _, tries: tries == 3, error=MemoryError())
    assert notes[0].startswith("the model did not fit into memory whole")
    with pytest.raises(OutOfMemoryError, match=r"\. Raise spec.resources") as ended:
        load(lambda *_: False, error=MemoryError())
    assert ended.value.reason == "OutOfMemory"
