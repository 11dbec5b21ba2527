"""Where memory runs out, work is done in the next way that takes less, and goes back later."""

import weakref

import pytest
import torch

from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.device.remedies import Remedies, Remedy
from voicejob_worker.errors import OutOfMemoryError

FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 7.00 MiB.")


class Work:
    """Fits into memory from some way on."""

    def __init__(self, ways=3):
        self.notes, self.fits, self.asked = [], 0, []
        self.error = FULL
        names = [Remedy(f"way {way}", way, is_for_good=way == 3) for way in range(ways)]
        self.counts = FallbackCounts()
        self.remedies = Remedies(names, self.notes.append, self.counts)

    def __call__(self, way):
        self.asked.append(way)
        if way < self.fits:
            raise self.error
        return f"done {way}"

    def run(self):
        del self.asked[:], self.notes[:]
        return self.remedies.run(self)


@pytest.fixture
def work():
    return Work()


def test_what_fits_is_done_as_usual(work):
    assert (work.run(), work.notes, work.counts.steps) == ("done 0", [], {})


def test_caches_are_emptied_once_then_each_way_is_tried_and_told(work):
    work.fits = 2
    assert work.run() == "done 2"
    assert work.asked == [0, 0, 1, 2]
    assert work.counts.steps == {"emptied_caches": 1, "low_memory": 2}
    assert "7 MiB needed" in work.notes[0]
    assert "from here on way 1" in work.notes[1]
    assert work.run() == "done 2"
    assert work.asked == [2]


def test_the_machines_own_memory_has_no_caches_to_empty(work):
    work.fits, work.error = 1, MemoryError()
    assert work.run() == "done 1"
    assert work.asked == [0, 1]


def test_where_nothing_fits_it_ends_with_what_was_lacking_and_tried(work):
    work.fits = 9
    with pytest.raises(OutOfMemoryError, match=r"7 MiB needed.*Tried: .*way 1, way 2") as ended:
        work.run()
    assert (ended.value.exit_code, ended.value.reason) == (20, "GPUOutOfMemory")
    work.error = MemoryError()
    with pytest.raises(
        OutOfMemoryError, match=r"fits into memory\. Tried: .*way 2\. Raise"
    ) as ended:
        work.run()
    assert ended.value.reason == "OutOfMemory"
    work.fits = 0
    assert work.run() == "done 2"


@pytest.mark.parametrize("error", [ValueError("a"), RuntimeError("device-side assert triggered")])
def test_what_is_no_lack_of_memory_is_raised_as_it_is(work, error):
    work.fits, work.error = 1, error
    with pytest.raises(type(error)):
        work.run()
    assert work.asked == [0]


def runs_until(work, way):
    for count in range(1, 2000):
        if work.run() == f"done {way}":
            return count
    return pytest.fail(f"never way {way} again")


def test_after_some_successes_the_way_before_is_tried_and_ever_later_if_that_fails(work):
    work.fits = 2
    work.run()
    work.fits = 1
    first = runs_until(work, 1)
    assert "no longer way 2" in work.notes[-1]
    work.fits = 2
    failed = []
    for _ in range(3):
        asked = 0
        while 1 not in work.asked or not asked:
            work.run()
            asked += 1
        failed.append(asked)
    assert first <= 9
    assert failed == [1, 16, 32]
    work.fits = 0
    assert runs_until(work, 0) < 200


def test_from_the_last_way_there_is_none_back():
    work = Work(4)
    work.fits = 3
    work.run()
    work.fits = 0
    assert {work.run() for _ in range(20)} == {"done 3"}


def test_the_exception_and_what_it_held_are_gone_when_the_next_way_is_tried(work):

    class Held:
        pass

    held = []

    def run(way):
        if way == 0:
            mine = Held()
            held.append(weakref.ref(mine))
            raise FULL.__class__("CUDA out of memory.")
        assert all(one() is None for one in held)
        return "done"

    assert work.remedies.run(run) == "done"
    assert len(held) == 2


def test_climbs_get_rarer_where_only_some_chunks_are_too_large():
    asked = []
    remedies = Remedies([Remedy("usual", 0), Remedy("small", 1)], lambda _: None)

    def work(number):
        def do(way):
            asked.append(way)
            if way == 0 and number % 9 == 0:
                raise MemoryError
            return way

        return do

    for number in range(900):
        remedies.run(work(number))
    assert len(asked) - 900 < 15
