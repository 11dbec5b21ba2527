"""Audio on its way from the thread that speaks to the connection that it goes out by."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from voicejob_worker.errors import WorkerError


class ClientGoneError(Exception):
    """Nobody listens any more."""


class Speech:
    """Made in the event loop's thread; a worker's thread writes, the loop reads.

    It holds what the client has not taken yet: a slow one does not hold up the voice, for which
    others are waiting. A text has an upper length, and so has what is held.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parts: asyncio.Queue[bytes | WorkerError | None] = asyncio.Queue()
        self._given_up = threading.Event()

    def put(self, part: bytes) -> None:
        """From the worker: the next bytes."""
        if part:
            self._pass(part)

    def end(self, error: WorkerError | None = None) -> None:
        """From the worker: that was all, or that it went wrong."""
        self._pass(error)

    def check(self) -> None:
        """From the worker: raise ClientGoneError if nobody listens any more."""
        if self._given_up.is_set():
            raise ClientGoneError

    def give_up(self) -> None:
        """From the loop: nobody listens any more."""
        self._given_up.set()

    async def next(self) -> bytes | None:
        """To the loop: the next bytes; None at the end.

        Raises:
            WorkerError: it went wrong.
        """
        part = await self._parts.get()
        if isinstance(part, WorkerError):
            raise part
        return part

    def _pass(self, part: bytes | WorkerError | None) -> None:
        with suppress(RuntimeError):  # the loop has ended, and the process is about to
            self._loop.call_soon_threadsafe(self._parts.put_nowait, part)
