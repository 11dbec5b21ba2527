"""Removes from the store what VoiceJobs that are gone have left there: checkpoints, never audio."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog

from voicejob_operator import metrics
from voicejob_operator.store.bucket import Store, StoreError

log = structlog.get_logger()

LiveCheckpoints = Callable[[], set[str]]
"""The uids of VoiceJobs that may still need their checkpoint."""

_AFTER_DELETION_SECONDS: Final = 2.0


class Sweeper:
    """Sweeps now and then, and soon after each deletion of a VoiceJob.

    A worker that is being stopped saves its chunks once more, so a deletion is followed by two
    sweeps: one soon, one after the workers' grace period.
    """

    def __init__(
        self,
        store: Store,
        live: LiveCheckpoints,
        serves: Callable[[str], bool],
        every_seconds: float,
        grace_seconds: float,
    ) -> None:
        self._store = store
        self._live = live
        self._serves = serves
        self._every = every_seconds
        self._grace = grace_seconds
        self._due = [time.monotonic() + every_seconds]
        self._wake = asyncio.Event()

    def deleted(self) -> None:
        """A VoiceJob was deleted: sweep soon, and once more when its worker is surely gone."""
        now = time.monotonic()
        self._due += [now + _AFTER_DELETION_SECONDS, now + self._grace + _AFTER_DELETION_SECONDS]
        self._wake.set()

    async def run(self) -> None:
        """Sweep whenever it is due, for ever."""
        while True:
            await self._until_due()
            now = time.monotonic()
            self._due = [time for time in self._due if time > now] or [now + self._every]
            try:
                await self.sweep()
            except StoreError as error:
                log.warning("sweep failed", error=str(error))

    async def sweep(self) -> int:
        """Remove every checkpoint of a served namespace whose VoiceJob is gone; count them.

        Raises:
            StoreError: The store refused or did not answer.
        """
        found = await self._store.checkpoints()
        live = self._live()
        gone = [(ns, uid) for ns, uid in found if self._serves(ns) and uid not in live]
        for namespace, uid in gone:
            await self._store.delete_checkpoint(namespace, uid)
            metrics.SWEPT.inc()
        if gone:
            log.info("swept checkpoints", count=len(gone))
        return len(gone)

    async def _until_due(self) -> None:
        while (wait := min(self._due) - time.monotonic()) > 0:
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                return
