"""The collector leaves alone what a controller keeps; what is free goes back to the system."""

import asyncio
import gc
import os
import weakref
from contextlib import suppress
from pathlib import Path

import pytest

from voicejob_operator.runtime import garbage
from voicejob_operator.runtime.garbage import spare_what_stays


class Node:
    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def collector():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_not_looked_at_again():
    kept = [[number] for number in range(1000)]
    spare_what_stays()
    looked_at = {id(one) for one in gc.get_objects()}
    assert not looked_at & {id(one) for one in kept}
    assert gc.get_threshold()[0] > 700


def test_a_circle_that_comes_later_is_found_all_the_same():
    spare_what_stays()
    gone = weakref.ref(Node())
    gc.collect()
    assert gone() is None


def resident_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_what_a_crowd_has_taken_goes_back_to_the_system(monkeypatch):
    monkeypatch.setattr(garbage, "_TRIM_SECONDS", 0.01)
    crowd = [bytes(3000) for _ in range(30_000)]
    stays = bytes(3000)  # behind them all: without a word the heap does not shrink below it
    crowded = resident_mib()
    crowd.clear()

    async def for_a_while():
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await garbage.give_back()

    asyncio.run(for_a_while())
    assert resident_mib() < crowded - 60
    assert len(stays) == 3000
