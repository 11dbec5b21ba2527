"""First come, first served, each model for one at a time; no more wait than there are places."""

import threading
import time

import pytest
from making.server import until

from voicejob_worker.serving.task_queue import QueueFullError, Task, TaskQueue


class Desk:
    """Tasks that end when they are told to."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._gates: dict[str, threading.Event] = {}

    def task(self, name: str, key: str = "a") -> Task:
        gate = self._gates[name] = threading.Event()

        def work() -> None:
            self.begun.append(name)
            assert gate.wait(10)

        return Task(key, work)

    def end(self, *names: str) -> None:
        for name in names:
            self._gates[name].set()

    def await_begun(self, *names: str) -> None:
        until(lambda: self.begun == list(names))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def queue(places: int, workers: int) -> TaskQueue:
    return TaskQueue(places, workers, time.monotonic)


def test_tasks_of_one_model_are_done_in_turn(desk: Desk) -> None:
    waiting = queue(5, 2)
    for name in ("1", "2", "3"):
        waiting.submit(desk.task(name))
    desk.await_begun("1")

    assert (waiting.working, waiting.waiting) == (1, 2)
    desk.end("1", "2")
    desk.await_begun("1", "2", "3")
    desk.end("3")


def test_another_model_is_served_beside_it(desk: Desk) -> None:
    waiting = queue(5, 2)
    for name, key in (("1", "a"), ("2", "a"), ("3", "b"), ("4", "c")):
        waiting.submit(desk.task(name, key))
    until(lambda: sorted(desk.begun) == ["1", "3"])

    assert waiting.waiting == 2
    desk.end("1", "3", "2", "4")
    until(lambda: waiting.working == 0 and len(desk.begun) == 4)


def test_places_are_those_beside_what_can_begin_at_once(desk: Desk) -> None:
    waiting = queue(1, 2)
    waiting.submit(desk.task("1"))
    waiting.submit(desk.task("2"))
    with pytest.raises(QueueFullError) as full:
        waiting.submit(desk.task("3"))
    waiting.submit(desk.task("4", "b"))
    with pytest.raises(QueueFullError):
        waiting.submit(desk.task("5", "c"))

    assert full.value.waiting >= 1
    assert full.value.retry_after >= 1
    desk.end("1", "2", "4")


def test_who_leaves_gives_up_the_place(desk: Desk) -> None:
    waiting = queue(1, 1)
    waiting.submit(desk.task("1"))
    desk.await_begun("1")
    second = desk.task("2")
    waiting.submit(second)

    assert waiting.cancel(second)
    assert not waiting.cancel(second)
    waiting.submit(desk.task("3"))
    desk.end("1", "3")
    desk.await_begun("1", "3")


def test_who_goes_first_needs_no_place(desk: Desk) -> None:
    waiting = queue(1, 1)
    waiting.submit(desk.task("1"))
    desk.await_begun("1")
    waiting.submit(desk.task("2"))
    waiting.submit_first(desk.task("0"))
    desk.end("1", "0")
    desk.await_begun("1", "0", "2")
    desk.end("2")


def test_the_time_to_come_again_follows_what_tasks_take() -> None:
    now = 0.0
    waiting = TaskQueue(3, 1, lambda: now)
    gate = threading.Event()

    def work() -> None:
        nonlocal now
        now += 100.0

    for _ in range(20):
        waiting.submit(Task("a", work))
        until(lambda: waiting.working == waiting.waiting == 0)
    for _ in range(4):
        waiting.submit(Task("a", lambda: gate.wait(10) and None))
    with pytest.raises(QueueFullError) as full:
        waiting.submit(Task("a", work))
    gate.set()

    assert full.value.retry_after == 120, "half of four at 100 s each, and no more than 120"


def test_a_held_key_waits_for_its_release_in_its_old_order_and_others_go_on(desk: Desk) -> None:
    waiting = queue(9, 1)
    is_there = threading.Event()

    def work() -> None:
        if is_there.is_set():
            desk.begun.append("1")
        else:
            waiting.hold(first)

    first = Task("a", work)
    waiting.submit(first)
    until(lambda: waiting.waiting == 1 and waiting.working == 0)
    for name, key in (("2", "a"), ("3", "b")):
        waiting.submit(desk.task(name, key))
    desk.end("2", "3")
    desk.await_begun("3")
    is_there.set()
    waiting.release("a")

    desk.await_begun("3", "1", "2")


def test_a_held_key_leaves_places_to_others(desk: Desk) -> None:
    waiting = queue(4, 1)
    held = Task("a", lambda: (waiting.hold(held), desk.begun.append("1"))[1])
    waiting.submit(held)
    desk.await_begun("1")
    for name in ("2", "3"):
        waiting.submit(desk.task(name, "a"))
    with pytest.raises(QueueFullError):
        waiting.submit(desk.task("4", "a"))
    waiting.submit(desk.task("5", "b"))
    waiting.submit(desk.task("6", "b"))
    desk.end("5", "6")

    desk.await_begun("1", "5", "6")


def test_tasks_of_a_shared_key_are_done_together_up_to_so_many(desk: Desk) -> None:
    shared = {"a"}
    waiting = TaskQueue(2, 1, time.monotonic, is_shared=lambda key: key in shared, together=3)
    names = ("1", "2", "3", "4", "5")
    for name in names:
        waiting.submit(desk.task(name))
    with pytest.raises(QueueFullError):
        waiting.submit(desk.task("6"))
    until(lambda: sorted(desk.begun) == ["1", "2", "3"])

    assert (waiting.working, waiting.waiting) == (3, 2)
    shared.clear()  # as where its model was unloaded
    desk.end("1", "2")
    until(lambda: waiting.working == 1)
    assert waiting.waiting == 2
    desk.end("3")
    until(lambda: len(desk.begun) == 4)
    assert waiting.working == 1, "one after the other again"
    desk.end("4", "5")
    until(lambda: len(desk.begun) == 5)


def test_what_comes_to_be_shared_lets_those_who_wait_begin(desk: Desk) -> None:
    shared: set[str] = set()
    waiting = TaskQueue(9, 1, time.monotonic, is_shared=lambda key: key in shared, together=2)
    for name in ("1", "2", "3"):
        waiting.submit(desk.task(name))
    desk.await_begun("1")
    shared.add("a")
    waiting.release("a")
    desk.await_begun("1", "2")
    desk.end("1", "2", "3")


def test_what_is_shared_leaves_other_keys_their_threads(desk: Desk) -> None:
    waiting = TaskQueue(9, 2, time.monotonic, is_shared=lambda key: key == "a", together=2)
    for name, key in (("1", "a"), ("2", "a"), ("3", "a"), ("4", "b"), ("5", "c")):
        waiting.submit(desk.task(name, key))
    until(lambda: sorted(desk.begun) == ["1", "2", "4"])

    assert waiting.waiting == 2, "two keys at once, of which one is shared by two"
    desk.end("1", "2", "3", "4", "5")
    until(lambda: len(desk.begun) == 5)
