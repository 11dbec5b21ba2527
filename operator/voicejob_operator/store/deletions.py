"""Deletions by the hundred: what is asked for within a moment goes in one request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

_LINGER_SECONDS: Final = 0.5
"""How long the first deletion waits for others; nobody waits for any of them."""
MOST: Final = 500
"""Keys of one request; S3 takes 1,000."""

DeleteAll = Callable[[tuple[str, ...]], Awaitable[None]]
"""Deletes keys; raises for all of them if one of them is not deleted."""


@dataclass
class _Batch:
    done: asyncio.Future[None]
    keys: dict[str, None] = field(default_factory=dict)


class Deletions:
    """Collects keys for a moment, and deletes them together.

    A request for each object was half of the operator's processor time where many VoiceJobs end.
    """

    def __init__(self, delete_all: DeleteAll) -> None:
        self._delete_all = delete_all
        self._open: _Batch | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def delete(self, key: str) -> None:
        """Delete a key; one that is not there is no error.

        Raises:
            StoreError: It may not be deleted, or another that went with it.
        """
        batch = self._open
        if batch is None or len(batch.keys) >= MOST:
            batch = self._open = _Batch(asyncio.get_running_loop().create_future())
            task = asyncio.create_task(self._flush(batch), name="deleting from the store")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        batch.keys[key] = None
        await asyncio.shield(batch.done)

    async def _flush(self, batch: _Batch) -> None:
        await asyncio.sleep(_LINGER_SECONDS)
        if self._open is batch:
            self._open = None
        try:
            await self._delete_all(tuple(batch.keys))
        except Exception as error:  # whoever asked for it is told
            batch.done.set_exception(error)
            batch.done.exception()  # also if they have all gone meanwhile
        else:
            batch.done.set_result(None)
