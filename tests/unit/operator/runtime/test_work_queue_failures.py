"""The queue after failures and refusals: ever later, all together slowly, and nobody forgotten."""

import random

import pytest
from queue_world import Clock, drain, worked
from runtime_world import run
from structlog.testing import capture_logs

from voicejob_operator.runtime import work_queue
from voicejob_operator.runtime.errors import ApiError
from voicejob_operator.runtime.work_queue import WorkQueue

KEY = ("default", "hello")


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


def test_retry_after_is_obeyed():
    async def story(retry_after, expected):
        clock = Clock()
        queue = WorkQueue(clock=clock)

        async def fails(key):
            raise ApiError(429, "TooManyRequests", "later", retry_after)

        await queue._reconcile(KEY, fails)
        assert queue._next_time() - clock.now == expected

    run(story(7.0, 7.0))
    run(story(None, 0.5))


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


def test_news_of_a_refused_key_put_off_nothing():
    async def story():
        clock = Clock()
        queue = WorkQueue(clock=clock)

        async def refused(key):
            queue.add_limited(key)

        await queue._reconcile(KEY, refused)
        due = queue._next_time()
        for _ in range(3):
            clock.now += 1
            queue.add(KEY)
            assert queue._take() == KEY
            await queue._reconcile(KEY, refused)
        assert queue._next_time() == due

    run(story())


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
