"""Asks a driver, which may never answer, without a thread for each who wants to know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

from voicejob_worker.serving.threads import start_thread

Answer = TypeVar("Answer")

PATIENCE: Final = 5.0
"""Seconds that are waited for an answer, which takes milliseconds if all is well."""


class Inquiry(Generic[Answer]):
    """A question that is asked in one thread at a time; to be used in the event loop."""

    def __init__(self, name: str, ask: Callable[[], Answer]) -> None:
        """``ask`` is called in a thread of that name; it may take for ever."""
        self._name = name
        self._ask = ask
        self._asked: Future[Answer] | None = None

    async def answer(self) -> Answer:
        """What is answered now, or to whoever has asked a moment ago and still waits.

        Raises:
            TimeoutError: nothing within 5 s.
            TransientFaultError: the process may have no further thread.
            Exception: what ``ask`` raises.
        """
        if self._asked is None or self._asked.done():
            self._asked = self._begin()
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(asyncio.wrap_future(self._asked))

    def _begin(self) -> Future[Answer]:
        asked: Future[Answer] = Future()

        def work() -> None:
            try:
                asked.set_result(self._ask())
            except BaseException as error:  # else whoever waits would be told of a time-out
                asked.set_exception(error)

        start_thread(self._name, work)
        return asked
