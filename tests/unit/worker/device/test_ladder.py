"""When memory runs out, less and less is tried at once."""

import pytest
import torch

from voicejob_worker.device.ladder import MemoryLadder
from voicejob_worker.errors import OutOfMemoryError


class Device:
    """Runs out of memory over a number of items at once; low memory lets it do one more."""

    def __init__(self, most, low_most=None, error=None):
        self.most, self.low_most = most, low_most or most
        self.error = error or torch.OutOfMemoryError("CUDA out of memory.")
        self.calls, self.notes, self.released = [], [], 0
        self.ladder = MemoryLadder(
            self.run, self.release, self.notes.append, "the vocoder elsewhere"
        )

    def run(self, items, low_memory):
        self.calls.append((len(items), low_memory))
        if len(items) > (self.low_most if low_memory else self.most):
            raise self.error
        return [10 * item for item in items]

    def release(self):
        self.released += 1


def test_what_fits_is_run_as_it_is():
    device = Device(8)
    assert device.ladder([1, 2, 3]) == [10, 20, 30]
    assert device.calls == [(3, False)]
    assert device.notes == []
    assert device.ladder([]) == []


def test_the_batch_is_halved_until_it_fits_and_stays_so():
    device = Device(3)
    assert device.ladder(list(range(8))) == [10 * item for item in range(8)]
    # The same once more with caches emptied, then half as much each time.
    assert device.calls == [(8, False), (8, False), (4, False), *[(2, False)] * 4]
    assert device.released == 3
    assert "8 chunks at once" in device.notes[0]
    assert "2 chunks at a time" in device.notes[1]
    device.calls.clear()
    assert device.ladder([1, 2, 3]) == [10, 20, 30]
    assert device.calls == [(2, False), (1, False)]


def test_low_memory_is_the_last_resort():
    device = Device(0, low_most=1)
    assert device.ladder([1, 2]) == [10, 20]
    assert device.calls == [*[(2, False)] * 2, (1, False), (1, True), (1, True)]
    assert "low memory" in device.notes[-1]


def test_what_was_done_before_is_not_done_again():
    device = Device(2)
    runs = []
    device.ladder = MemoryLadder(
        lambda items, low_memory: runs.append(items[0]) or device.run(items, low_memory),
        device.release,
        print,
    )
    device.ladder([1, 2, 3, 4])
    device.most = 1
    runs.clear()
    assert device.ladder([1, 2, 3, 4]) == [10, 20, 30, 40]
    assert runs == [1, 1, 1, 2, 3, 4]


def test_the_end_says_what_was_tried():
    with pytest.raises(
        OutOfMemoryError, match=r"smaller batches.*one chunk, the vocoder elsewhere\."
    ):
        Device(0).ladder([1, 2])


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: not enough memory"),
        MemoryError(),
    ],
)
def test_a_cpu_that_is_out_of_memory_counts_as_well(error):
    assert Device(1, error=error).ladder([1, 2]) == [10, 20]


def test_any_other_fault_is_not_taken_for_it():
    device = Device(1, error=RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        device.ladder([1, 2])
    assert device.calls == [(2, False)]
