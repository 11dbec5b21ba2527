"""When the work that follows a batch's speech is done: at once, or beside the next batch.

Checks, a recogniser, encoding and the disk use the processors. An engine on a GPU need not wait for
them; one on the CPU would only share its processors with them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from voicejob_worker.errors import StoppedError

_LEAVE_SECONDS: Final = 5.0
"""After a stop, the time for what was spoken already: of the 25 s in which a worker must leave."""


class Finishing:
    """Does what follows a batch; beside the next one, it is one batch behind at most."""

    def __init__(self, beside: bool) -> None:
        """``beside``: whether the next batch is spoken meanwhile."""
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="finishing") if beside else None
        self._running: Future[None] | None = None
        self._leave_at = math.inf

    @property
    def is_over(self) -> bool:
        """Whether the speaking has ended, and what is under way is to end with the chunk in hand.

        A stop leaves some seconds: what was spoken is worth being checked and kept.
        """
        return time.monotonic() > self._leave_at

    def check(self) -> None:
        """Raise if it is over: no further take is worth its time then.

        Raises:
            StoppedError: it is.
        """
        if self.is_over:
            raise StoppedError("the speaking has ended")

    def do(self, work: Callable[[], None]) -> None:
        """Do ``work``, or begin it: after the work before it, whose error is raised here."""
        self.wait()
        if self._executor is None:
            work()
        else:
            self._running = self._executor.submit(work)

    def wait(self) -> None:
        """Wait for what is under way, and raise what it raised."""
        running, self._running = self._running, None
        if running is not None:
            running.result()

    @contextmanager
    def until_the_end(self) -> Iterator[Finishing]:
        """All that was begun is done at the end; after an error, what takes no longer than 5 s."""
        try:
            yield self
            self.wait()
        finally:
            self._leave_at = time.monotonic() + _LEAVE_SECONDS
            if self._executor is not None:
                self._executor.shutdown(wait=True)
