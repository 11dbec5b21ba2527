"""Audio on its way from the thread that speaks to the connection that it goes out by."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from voicejob_worker.errors import StoppedError, WorkerError


class ClientGoneError(StoppedError):
    """Nobody listens any more; a worker's error, which is not taken for a fault of the engine."""


class Speech:
    """Made in the event loop's thread; a worker's thread writes, the loop reads.

    It holds what the client has not taken yet: a slow one does not hold up the voice, for which
    others are waiting. A text has an upper length, and so has what is held.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parts: asyncio.Queue[bytes | WorkerError | None] = asyncio.Queue()
        self._given_up = threading.Event()
        self._has_ended = False
        self._has_begun = False
        self.is_whole = False
        """Whether the first bytes were all; known once they are there."""

    def put(self, part: bytes, *, is_last: bool = False) -> None:
        """Hand over the next bytes; called by the worker."""
        if part and not self._has_ended:
            self.is_whole = is_last and not self._has_begun
            self._has_begun = True
            self._pass(part)

    def end(self, error: WorkerError | None = None) -> None:
        """End the speech, well or with an error; called by any thread, and only once of effect."""
        if not self._has_ended:
            self._has_ended = True
            self._pass(error)

    def check(self) -> None:
        """Raise ClientGoneError if nobody listens any more; called by the worker."""
        if self._given_up.is_set():
            raise ClientGoneError("nobody listens any more")

    def give_up(self) -> None:
        """Say that nobody listens any more; called in the event loop."""
        self._given_up.set()

    async def next(self) -> bytes | None:
        """Wait for the next bytes; None at the end. Called in the event loop.

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
