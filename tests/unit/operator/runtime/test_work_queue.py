"""The queue: each key once, never twice at a time, again after a failure, and no heavier for it."""

import asyncio
import time
from contextlib import suppress

import pytest
from fake_api_server import hang
from queue_world import Clock, drain, worked
from runtime_world import THINGS, connected, run

from voicejob_operator.runtime.work_queue import WorkQueue

KEY = ("default", "hello")


def test_a_key_that_is_added_often_is_reconciled_once():
    async def story():
        seen, queue = [], WorkQueue()
        for _ in range(100):
            queue.add(KEY)

        async def reconcile(key):
            seen.append(key)

        await worked(queue, reconcile)
        assert seen == [KEY]

    run(story())


def test_a_key_is_never_reconciled_twice_at_a_time_and_not_forgotten():
    async def story():
        queue, running, most, count = WorkQueue(), 0, 0, 0

        async def reconcile(key):
            nonlocal running, most, count
            running, count = running + 1, count + 1
            most = max(most, running)
            if count == 1:
                queue.add(KEY)
            await asyncio.sleep(0.02)
            running -= 1

        queue.add(KEY)
        await worked(queue, reconcile, workers=4)
        assert (most, count) == (1, 2)

    run(story())


def test_an_earlier_time_wins_and_a_later_one_does_not_push_it_back():
    async def story():
        queue, seen = WorkQueue(), []

        async def reconcile(key):
            seen.append(key)
            queue.close()

        task = asyncio.create_task(queue.work(reconcile))
        await asyncio.sleep(0)
        queue.add(KEY, 30)
        await asyncio.sleep(0)
        queue.add(KEY, 0.01)
        queue.add(KEY, 60)
        await asyncio.wait_for(task, 2)
        assert seen == [KEY]

    run(story())


@pytest.mark.parametrize("looks", ["every two seconds", "when it is heard of"])
def test_an_hour_of_looks_leaves_no_entries_behind(looks):
    """Each look used to leave its far deadline in the heap: 180,100 entries for 100 keys."""
    clock = Clock()
    queue = WorkQueue(clock=clock)
    keys = [("default", f"vj-{number}") for number in range(100)]
    for key in keys:
        queue.add(key)
    for _ in range(1800):
        if looks == "when it is heard of":
            for key in keys:
                queue.add(key)
        # Each look's own additions come before the next key is taken, as in life.
        while (key := queue._take()) is not None:
            queue.add(key, 86_400)
            queue.add(key, 2.0 if looks == "every two seconds" else 300)
        assert queue.entries <= 2 * len(keys)
        clock.now += 2
    assert len(queue) == len(keys)


def test_many_keys_with_far_deadlines_cost_nothing():
    async def story():
        queue, seen = WorkQueue(), 0
        for number in range(10_000):
            queue.add(number, 3600 + number)

        async def reconcile(key):
            nonlocal seen
            seen += 1

        tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(8)]
        await asyncio.sleep(0)
        used = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - used < 0.05
        used = time.process_time()
        for _ in range(1000):
            queue.add("soon")
            await asyncio.sleep(0)
            queue.overdue_seconds()
        assert time.process_time() - used < 0.5
        assert seen > 100
        queue.close()
        await asyncio.gather(*tasks)

    run(story())


def test_a_key_that_somebody_waits_for_goes_before_those_that_are_due():
    clock = Clock()
    queue = WorkQueue(clock=clock)
    crowd = [("default", f"v{number}") for number in range(3)]
    for key in crowd:
        queue.add(key)
    late = ("default", "later")
    queue.add(crowd[2], first=True)
    queue.add(late, 60.0, first=True)
    assert drain(queue) == [crowd[2], crowd[0], crowd[1]]
    clock.now += 60.0
    assert drain(queue) == [late]


def test_a_key_that_somebody_waits_for_goes_first_also_if_it_is_just_being_looked_at():
    async def story():
        queue, seen = WorkQueue(), []

        async def look(key):
            seen.append(key)
            if key == "a" and seen.count("a") == 1:
                queue.add("a", first=True)

        for key in "abcd":
            queue.add(key)
        await worked(queue, look, workers=1)
        assert seen == ["a", "a", "b", "c", "d"]
        assert not queue._first_again

    run(story())


def test_keys_are_looked_at_in_the_order_in_which_they_are_due_even_if_they_cannot_be_compared():
    clock = Clock()
    queue = WorkQueue(clock=clock)
    first, second, third = object(), object(), object()
    queue.add(third, 2)
    queue.add(first, 1)
    queue.add(second, 1)
    assert drain(queue) == []
    clock.now += 5
    assert drain(queue) == [first, second, third]


def test_a_paused_queue_starts_nothing_and_is_not_overdue_for_it():
    async def story():
        queue, seen = WorkQueue(), []

        async def reconcile(key):
            seen.append(key)

        queue.pause()
        tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(2)]
        queue.add("a")
        queue.add("b", 0.02)
        await asyncio.sleep(0.1)
        assert (seen, queue.overdue_seconds()) == ([], 0)
        queue.resume()
        assert queue.overdue_seconds() < 0.05
        async with asyncio.timeout(2):
            while len(seen) < 2:
                await asyncio.sleep(0.005)
        queue.close()
        await asyncio.gather(*tasks)

    run(story())


def test_a_busy_key_does_not_hold_up_the_others():
    async def story():
        queue, seen, gate = WorkQueue(), [], asyncio.Event()

        async def reconcile(key):
            seen.append(key)
            if key == KEY and len(seen) == 1:
                queue.add(KEY)
                await gate.wait()
            if key == "other":
                gate.set()

        queue.add(KEY)
        tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(2)]
        async with asyncio.timeout(2):
            while not seen:
                await asyncio.sleep(0.005)
            queue.add("other")
            while len(seen) < 3:
                await asyncio.sleep(0.005)
        queue.close()
        await asyncio.gather(*tasks)
        assert seen == [KEY, "other", KEY]

    run(story())


def test_a_stalled_queue_shows_how_long_and_a_long_look_too():
    async def story():
        clock = Clock()
        queue = WorkQueue(clock=clock)
        queue.add(KEY)
        clock.now += 130
        assert queue.overdue_seconds() == 130
        hung = asyncio.Event()

        async def hangs(key):
            await hung.wait()

        task = asyncio.create_task(queue.work(hangs))
        await asyncio.sleep(0)
        clock.now += 50
        assert queue.overdue_seconds() == queue.stalled_seconds() == 50
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    run(story())


def test_an_api_server_that_hangs_stalls_no_queue_although_everybody_waits():
    """Keys waited for over two minutes then, and a health check asked for a new process."""

    async def story():
        async with connected(seconds=0.1) as (server, client):
            server.fail_all(hang())
            queue = WorkQueue()
            for number in range(100):
                queue.add(number)
            tasks = [
                asyncio.create_task(queue.work(lambda key: client.get(THINGS, "default", str(key))))
                for _ in range(4)
            ]
            worst = 0.0
            while queue.overdue_seconds() < 2.0:
                await asyncio.sleep(0.01)
                worst = max(worst, queue.stalled_seconds())
            assert worst < 1.8  # a queue that stalls reaches 2.0; a busy machine is slow to begin
            queue.close()
            await asyncio.gather(*tasks)

    run(story())


def test_a_queue_that_nobody_works_is_stalled():
    clock = Clock()
    queue = WorkQueue(clock=clock)
    queue.add(KEY, 10)
    clock.now += 50
    assert queue.stalled_seconds() == 40
    queue.pause()
    assert queue.stalled_seconds() == 0


def test_closing_lets_what_is_in_hand_finish():
    async def story():
        queue, done, begun = WorkQueue(), [], asyncio.Event()

        async def reconcile(key):
            begun.set()
            await asyncio.sleep(0.05)
            done.append(key)

        queue.add("a")
        queue.add("b")
        tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(1)]
        await begun.wait()
        queue.close()
        await asyncio.gather(*tasks)
        assert done == ["a"]

    run(story())
