"""Threads for blocking calls: kept, bounded, and no call waits behind one that hangs."""

import asyncio
import threading

import pytest

from voicejob_operator.store.threads import BoundedThreads


def ident():
    return threading.get_ident()


def test_calls_that_follow_each_other_share_a_thread():
    async def story():
        threads = BoundedThreads(4)
        found = {await threads.run(ident, 5.0) for _ in range(20)}
        assert len(found) == 1
        assert threading.get_ident() not in found

    asyncio.run(story())


def test_a_call_that_hangs_holds_up_none_but_where_all_do():
    async def story():
        threads, goes_on = BoundedThreads(2), threading.Event()
        try:
            for number in range(2):
                with pytest.raises(TimeoutError):
                    await threads.run(goes_on.wait, 0.05)
                if number == 0:
                    assert await threads.run(ident, 5.0)
            with pytest.raises(TimeoutError):
                await threads.run(ident, 0.05)
        finally:
            goes_on.set()
        assert await threads.run(ident, 5.0)

    asyncio.run(story())


def test_many_at_once_are_no_more_threads_than_allowed():
    async def story():
        threads, together = BoundedThreads(3), threading.Barrier(3)

        def meet():
            together.wait(5.0)
            return ident()

        found = await asyncio.gather(*(threads.run(meet, 10.0) for _ in range(9)))
        assert len(set(found)) == 3

    asyncio.run(story())


def test_an_error_is_told_and_the_thread_goes_on():
    async def story():
        threads = BoundedThreads(1)

        def fails():
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await threads.run(fails, 5.0)
        assert await threads.run(ident, 5.0)

    asyncio.run(story())
