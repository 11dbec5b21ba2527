"""The queue: each key once, never twice at a time, again after a failure, and no heavier for it."""

import asyncio
import random
import time
from contextlib import suppress

import pytest
from fake_api_server import hang
from runtime_world import THINGS, connected, run
from structlog.testing import capture_logs

from voicejob_operator.runtime import work_queue
from voicejob_operator.runtime.errors import ApiError
from voicejob_operator.runtime.work_queue import WorkQueue

KEY = ("default", "hello")


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


async def worked(queue, reconcile, workers=2):
    """Work until nothing is wanted any more."""
    tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(workers)]
    while len(queue) or queue.overdue_seconds() > 0:
        await asyncio.sleep(0.005)
    queue.close()
    await asyncio.gather(*tasks)


def drain(queue):
    """The keys that would be looked at now."""
    taken = []
    while (key := queue._take()) is not None:
        taken.append(key)
    return taken


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


def test_a_failed_reconcile_is_repeated_ever_later_and_a_good_one_begins_anew():
    async def story():
        clock = Clock()
        queue = WorkQueue(clock=clock)

        async def fails(key):
            raise RuntimeError("again")

        async def succeeds(key):
            pass

        async def waits(count):
            found = []
            for _ in range(count):
                await queue._reconcile(KEY, fails)
                found.append(queue._next_time() - clock.now)
                clock.now += found[-1]
                assert queue._take() == KEY
            return found

        assert await waits(9) == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
        await queue._reconcile(KEY, succeeds)
        assert await waits(1) == [0.5]

    run(story())


def test_retry_after_is_obeyed_and_an_absurd_one_is_not():
    async def story(retry_after, expected):
        clock = Clock()
        queue = WorkQueue(clock=clock)

        async def fails(key):
            raise ApiError(429, "TooManyRequests", "later", retry_after)

        await queue._reconcile(KEY, fails)
        assert queue._next_time() - clock.now == expected

    run(story(7.0, 7.0))
    run(story(None, 0.5))
    run(story(80_000.0, 300.0))


def test_no_news_bring_a_look_before_the_api_server_wants_one():
    async def story():
        clock = Clock()
        queue = WorkQueue(clock=clock)

        async def fails(key):
            raise ApiError(429, "TooManyRequests", "later", 7.0)

        async def goes_well(key):
            pass

        await queue._reconcile(KEY, fails)
        queue.add(KEY)
        queue.add_limited(KEY)
        clock.now += 6.9
        assert drain(queue) == []
        clock.now += 0.1
        assert drain(queue) == [KEY]
        await queue._reconcile(KEY, goes_well)
        queue.add(KEY)
        assert drain(queue) == [KEY]

    run(story())


def test_what_is_asked_for_during_a_look_that_fails_waits_too():
    async def story():
        clock = Clock()
        queue = WorkQueue(clock=clock)

        async def fails(key):
            queue.add(key)
            raise ApiError(500, "InternalError", "no")

        await queue._reconcile(KEY, fails)
        assert drain(queue) == []
        clock.now += 0.5
        assert drain(queue) == [KEY]

    run(story())


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (ApiError(0, "TimeoutError", "the API server did not answer in time"), 4),
        (ApiError(403, "Forbidden", "exceeded quota"), 10 * 7),
    ],
)
def test_what_the_api_server_says_to_every_key_is_not_logged_at_each_attempt(error, lines):
    async def story():
        clock = Clock()
        queue = WorkQueue(clock=clock)

        async def fails(key):
            raise error

        with capture_logs() as logs:
            for _ in range(64):
                for key in range(10):
                    await queue._reconcile(key, fails)
                clock.now += 1.6
        assert len(logs) == lines

    run(story())


def test_refused_keys_wait_ever_longer_and_no_longer_than_a_minute(monkeypatch):
    monkeypatch.setattr(random, "uniform", lambda low, high: 1.0)

    async def story():
        clock, waits = Clock(), []
        queue = WorkQueue(clock=clock)

        async def refused(key):
            queue.add_limited(key)

        for _ in range(6):
            await queue._reconcile(KEY, refused)
            waits.append(queue._next_time() - clock.now)
            clock.now += waits[-1]
            assert queue._take() == KEY
        assert waits == [5, 10, 20, 40, 60, 60]
        queue.forget_failures(KEY)
        await queue._reconcile(KEY, refused)
        assert queue._next_time() - clock.now == 5

    run(story())


def test_a_thousand_refused_keys_are_four_looks_a_second_and_hold_up_nobody_else():
    clock, looks = Clock(), []
    queue = WorkQueue(clock=clock)
    for number in range(1000):
        queue.add_limited(number)
    clock.now += 60
    for step in range(80):
        if step == 50:
            queue.add("other")
            assert queue._take() == "other"
        looks += drain(queue)
        clock.now += 0.125
    assert len(looks) == 40
    assert len(set(looks)) == len(looks)
    # They wait by design: that is no stalled queue.
    assert queue.overdue_seconds() == 0
    assert queue.depth() == 1000 - len(looks)


def test_refusals_are_spread():
    queue = WorkQueue(clock=Clock())
    for number in range(100):
        queue.add_limited(number)
    dues = [queue._refused.due(number) - 1000 for number in range(100)]
    assert min(dues) >= 4
    assert max(dues) <= 6
    assert max(dues) - min(dues) > 1


def test_news_of_a_refused_key_are_looked_at_at_once():
    clock = Clock()
    queue = WorkQueue(clock=clock)
    queue.add_limited(KEY)
    queue.add(KEY, 86_400)
    assert len(queue) == 1
    queue.add(KEY)
    assert (len(queue), drain(queue)) == (1, [KEY])
    queue.add(KEY, 1)
    queue.add_limited(KEY)
    clock.now += 1
    assert drain(queue) == [KEY]


def test_refused_keys_are_worked_without_anybody_adding_another(monkeypatch):
    monkeypatch.setattr(work_queue, "_FIRST_REFUSAL_SECONDS", 0.01)
    monkeypatch.setattr(work_queue, "_REFUSED_LOOKS_PER_SECOND", 50)

    async def story():
        queue, seen = WorkQueue(), []

        async def reconcile(key):
            seen.append(key)

        for number in range(20):
            queue.add_limited(number)
        await worked(queue, reconcile)
        assert sorted(seen) == list(range(20))

    run(story())


def test_a_key_that_is_gone_leaves_nothing_behind():
    async def story():
        queue = WorkQueue(clock=Clock())

        async def refused(key):
            queue.add_limited(key)

        async def succeeds(key):
            pass

        await queue._reconcile(KEY, refused)
        queue.add(KEY)
        assert queue._take() == KEY
        await queue._reconcile(KEY, succeeds)
        assert (len(queue), queue.entries) == (0, 0)
        assert not queue._refusals
        assert not queue._failures

    run(story())


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
            while queue.overdue_seconds() < 1.0:
                await asyncio.sleep(0.01)
                worst = max(worst, queue.stalled_seconds())
            assert worst < 0.5
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
