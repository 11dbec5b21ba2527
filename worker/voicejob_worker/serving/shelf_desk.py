"""What the event loop asks of the voices that were sent: its volume may not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from voicejob_worker.serving.refusal import RequestRefused

if TYPE_CHECKING:
    from voicejob_worker.serving.uploaded_voices import VoiceShelf

Result = TypeVar("Result")

_THREADS: Final = 4
_LOOK_SECONDS: Final = 2.0
"""How long a look at the folder, which takes less than a millisecond, is waited for."""
_WORK_SECONDS: Final = 60.0
"""How long a voice may take to be added or deleted: its recording is decoded and looked at."""


class ShelfDesk:
    """Reads and writes the shelf in a few threads, each awaited for a bounded time."""

    def __init__(self, shelf: VoiceShelf) -> None:
        self.shelf = shelf
        self._threads = ThreadPoolExecutor(_THREADS, "voices")
        self._late = set[Future[Any]]()
        """What nobody waits for any more, and is still being done."""

    async def look(self) -> None:
        """See what has come and what is gone; what was known before is used if that takes long."""
        if not self._late:
            with suppress(TimeoutError):
                await self._done(self.shelf.look, _LOOK_SECONDS)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do work of seconds with the shelf; raises what it does.

        Raises:
            RequestRefused: it was not done in time.
        """
        try:
            return await self._done(work, _WORK_SECONDS)
        except TimeoutError:
            raise RequestRefused(
                503,
                f"the folder of voices has not answered for {_WORK_SECONDS:g} s: see whether its "
                "volume is well, and try again",
                "server_error",
                code="voices_silent",
                headers={"Retry-After": "5"},
            ) from None

    async def _done(self, work: Callable[[], Result], seconds: float) -> Result:
        doing = self._threads.submit(work)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(doing)
        except TimeoutError:
            if not doing.done():
                self._late.add(doing)
                doing.add_done_callback(self._late.discard)
            raise
