"""Keeps an eye on the store: its bucket, its credentials, and whether it answers."""

import asyncio
from typing import Final

import structlog

from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.reader import Reader

log = structlog.get_logger()

_FIRST_SECONDS: Final = 0.5
_SECONDS: Final = 10.0


class StoreKeeper:
    """Looks for the bucket at the start, and again while something is wrong with the store.

    An embedded store is looked at all the time: over an emptyDir it loses its bucket with its
    pod. Of a store of the user's own nothing more is asked once it has answered, until a call
    to it fails.
    """

    def __init__(self, store: Store, embedded: bool, reader: Reader | None = None) -> None:
        self._store = store
        self._reader = reader
        self._always = embedded
        self._told = ""

    async def run(self) -> None:
        """Keep the store, for ever."""
        wait, seen = _FIRST_SECONDS, False
        while True:
            if self._always or not seen or self._store.health():
                seen = await self.look()
                wait = _SECONDS if seen else min(wait * 2, _SECONDS)
            await self._pause(wait, awake=seen)

    async def look(self) -> bool:
        """Look for the bucket once; whether it is there. What has changed is logged, once."""
        try:
            await self._store.refresh()
            await self._store.ensure_bucket()
            if self._reader is not None:
                await self._reader.let_in()
        except StoreError as error:
            if self._told != str(error):
                log.warning("the store cannot be used", error=str(error))
            self._told = str(error)
            return False
        if self._told:
            log.info("the store can be used again")
        self._told = ""
        return True

    async def _pause(self, seconds: float, awake: bool) -> None:
        """Wait; if all was well, until a call to the store fails at the latest.

        Credentials of a role are renewed meanwhile, so that grants can be signed at any time.
        """
        if not awake:
            await asyncio.sleep(seconds)
            return
        try:
            await asyncio.wait_for(self._store.troubled.wait(), seconds)
        except TimeoutError:
            await self._renew()

    async def _renew(self) -> None:
        try:
            await self._store.refresh()
        except StoreError as error:
            log.warning("the store's credentials cannot be renewed", error=str(error))


def keeper_of(store: Store, settings: StoreSettings) -> StoreKeeper:
    """The keeper that these settings ask for."""
    reader = Reader(store.access) if settings.reader else None
    return StoreKeeper(store, settings.embedded, reader)
