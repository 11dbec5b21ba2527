"""When memory runs out, less and less is tried at once."""

import pytest
import torch

from voicejob_worker.device.fallback_counts import FallbackCounts, Step
from voicejob_worker.device.ladder import MemoryLadder, Rungs
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
        OutOfMemoryError, match=r"smaller batches.*one chunk, the vocoder elsewhere\. Ask"
    ) as ended:
        Device(0).ladder([1, 2])
    assert ended.value.reason == "GPUOutOfMemory"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: not enough memory"),
        MemoryError(),
    ],
)
def test_a_cpu_that_is_out_of_memory_counts_as_well(error):
    assert Device(1, error=error).ladder([1, 2]) == [10, 20]
    with pytest.raises(OutOfMemoryError, match=r"\. Raise spec.resources.limits.memory$") as ended:
        Device(0, error=error).ladder([1, 2])
    assert ended.value.reason == "OutOfMemory"


def test_any_other_fault_is_not_taken_for_it():
    device = Device(1, error=RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        device.ladder([1, 2])
    assert device.calls == [(2, False)]


def test_rows_are_halved_and_not_chunks():
    def run(items, _low):
        if sum(items) > 100:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return list(items)

    notes, counts = [], FallbackCounts()
    ladder = MemoryLadder(
        run, lambda: None, notes.append, rungs=Rungs(rows=int, unit="rows"), counts=counts
    )
    assert ladder([90, 10, 50, 50]) == [90, 10, 50, 50]
    assert notes == ["4 chunks at once did not fit into memory: 100 rows at a time from here"]
    assert counts.steps == {"emptied_caches": 1, "halved_batches": 1}
    figures = {one.name: one.value for metric in counts.collect() for one in metric.samples}
    assert figures["voicejob_memory_halved_batches_total"] == 1
    assert figures["voicejob_memory_moved_to_cpu_total"] == 0


def test_after_a_while_of_success_it_climbs_back_and_more_slowly_each_time():
    device = Device(4)
    device.ladder(list(range(8)))
    device.calls.clear()
    for _ in range(16):
        device.ladder([1, 2, 3, 4, 5, 6, 7, 8])
    # Two successes each: the fourth call has had eight, and tries all eight in vain.
    tries = [count for count, _ in device.calls]
    assert tries.index(8) == 6
    again = tries.index(8, 8)  # the first failure is tried twice, with caches emptied
    assert again - 8 >= 16
    device.most = 8
    for _ in range(40):
        device.ladder([1, 2, 3, 4, 5, 6, 7, 8])
    assert device.calls[-1] == (8, False)
    assert "larger batches again" in device.notes[-1]


def test_a_chunk_is_parted_before_the_cpu_is_taken_and_the_cpu_only_where_it_may():
    moved = []

    def run(items, _low):
        if not moved and any(len(item) > 2 for item in items):
            raise torch.OutOfMemoryError("Tried to allocate 7.00 MiB.")
        return [item.upper() for item in items]

    def halves(item):
        return [item[: len(item) // 2], item[len(item) // 2 :]] if " " not in item else [item]

    notes = []
    rungs = Rungs(split=halves, join="".join, to_cpu=moved.append)
    ladder = MemoryLadder(run, lambda: None, notes.append, rungs=rungs)
    assert ladder(["abcd"]) == ["ABCD"]
    assert moved == []
    assert ladder(["ab cd"]) == ["AB CD"]
    assert len(moved) == 1
    assert "7 MiB needed" in moved[0]
    strict = MemoryLadder(run, lambda: None, notes.append, rungs=Rungs(split=halves, join="".join))
    moved.clear()
    with pytest.raises(OutOfMemoryError, match="7 MiB needed"):
        strict(["ab cd"])


def test_climbs_get_rarer_where_only_some_chunks_are_too_long():
    """A chunk in nine does not fit: a climb is not right because the next chunk was short."""
    failed = []

    def run(items, low):
        if not low and "long" in items:
            failed.append(low)
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return list(items)

    ladder = MemoryLadder(run, lambda: None, lambda _: None)
    for number in range(900):
        ladder(["long" if number % 9 == 0 else "short"])
    assert len(failed) < 30


def test_on_the_cpu_a_batch_that_was_made_for_a_gpu_goes_one_by_one():
    sizes, moved = [], []

    def run(items, _low):
        if not moved:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        sizes.append(len(items))
        return list(items)

    ladder = MemoryLadder(run, lambda: None, lambda _: None, rungs=Rungs(to_cpu=moved.append))
    assert ladder([1, 2, 3, 4]) == [1, 2, 3, 4]
    assert sizes == [1, 1, 1, 1]


def test_every_step_is_a_metric():
    names = {metric.name for metric in FallbackCounts().collect()}
    assert names == {f"voicejob_memory_{step}" for step in Step}
