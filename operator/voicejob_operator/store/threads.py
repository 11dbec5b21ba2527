"""Threads for calls that block, apart from the event loop's own."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

Result = TypeVar("Result")


class BoundedThreads:
    """Runs blocking calls in threads of its own, ``limit`` at once and each for a bounded wait.

    A call that hangs keeps its place until it ends: so a store that hangs costs ``limit`` threads
    and no more, and never one of the event loop's default executor, where names are resolved.
    The threads are daemons, which an executor's are not, so none holds up the end of the process;
    each is started when it is first needed, for that takes longer than most calls, and then kept.
    """

    def __init__(self, limit: int) -> None:
        self._free = asyncio.Semaphore(limit)
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._started = 0
        self._busy = 0

    async def run(self, function: Callable[[], Result], seconds: float) -> Result:
        """The function's result.

        Raises:
            TimeoutError: It has not ended in time, or no thread was free; it may still go on.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def call() -> None:
            try:
                result = function()
            except Exception as error:  # whatever it is, whoever waits is told
                self._tell(loop, future, partial(future.set_exception, error))
            else:
                self._tell(loop, future, partial(future.set_result, result))

        async with asyncio.timeout(seconds):
            await self._free.acquire()
            self._busy += 1
            self._calls.put(call)
            if self._busy > self._started:
                self._started += 1
                threading.Thread(target=self._work, name="store", daemon=True).start()
            return await future

    def _work(self) -> None:
        while True:
            self._calls.get()()

    def _tell(
        self,
        loop: asyncio.AbstractEventLoop,
        future: "asyncio.Future[Result]",
        tell: Callable[[], None],
    ) -> None:
        def end() -> None:
            self._busy -= 1
            self._free.release()
            if not future.done():
                tell()

        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(end)
