"""The queue: each key once, never twice at a time, again after a failure, and it can be closed."""

import asyncio

from voicejob_operator.runtime.queue import ReconcileQueue

KEY = ("default", "hello")


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 10))


async def worked(queue, reconcile, workers=2):
    tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(workers)]
    while queue.depth() or queue.overdue_seconds() > 0:
        await asyncio.sleep(0.005)
    queue.close()
    await asyncio.gather(*tasks)


def test_a_key_that_is_added_often_is_reconciled_once():
    async def story():
        seen, queue = [], ReconcileQueue()
        for _ in range(100):
            queue.add(KEY)

        async def reconcile(key):
            seen.append(key)

        await worked(queue, reconcile)
        assert seen == [KEY]

    run(story())


def test_a_key_is_never_reconciled_twice_at_a_time_and_not_forgotten():
    async def story():
        queue, running, most, count = ReconcileQueue(), 0, 0, 0

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


def test_a_failed_reconcile_is_repeated_later():
    async def story():
        queue, times = ReconcileQueue(), []

        async def reconcile(key):
            times.append(asyncio.get_running_loop().time())
            if len(times) == 1:
                raise RuntimeError("once")
            queue.close()

        queue.add(KEY)
        await queue.work(reconcile)
        assert times[1] - times[0] >= 0.4

    run(story())


def test_an_earlier_time_wins_and_a_later_one_does_not_push_it_back():
    async def story():
        queue, seen = ReconcileQueue(), []

        async def reconcile(key):
            seen.append(key)
            queue.close()

        queue.add(KEY, 30)
        queue.add(KEY, 0.01)
        queue.add(KEY, 60)
        await queue.work(reconcile)
        assert seen == [KEY]

    run(story())


def test_a_busy_key_does_not_hold_up_the_others():
    async def story():
        queue, seen, gate = ReconcileQueue(), [], asyncio.Event()

        async def reconcile(key):
            seen.append(key)
            if key == KEY and len(seen) == 1:
                queue.add(KEY)
                await gate.wait()
            if key == ("default", "other"):
                gate.set()

        queue.add(KEY)
        tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(2)]
        await asyncio.sleep(0.02)
        queue.add(("default", "other"))
        await asyncio.wait_for(gate.wait(), 2)
        await asyncio.sleep(0.05)
        queue.close()
        await asyncio.gather(*tasks)
        assert seen == [KEY, ("default", "other"), KEY]

    run(story())


def test_a_stalled_queue_shows_how_long():
    async def story():
        now = [0.0]
        queue = ReconcileQueue(clock=lambda: now[0])
        queue.add(KEY)
        now[0] = 130.0
        assert queue.overdue_seconds() == 130.0

    run(story())
