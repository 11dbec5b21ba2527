"""The collector leaves alone what a controller keeps, and finds circles that come later."""

import gc
import weakref

import pytest

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
