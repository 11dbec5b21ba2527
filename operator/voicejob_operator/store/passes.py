"""Passes over the store that come again and again, each bounded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.living import Living

log = structlog.get_logger()

_NOT_KNOWN_SECONDS: Final = 2.0
"""Between two questions whether this process works and knows all VoiceJobs by now; the store is
asked nothing before."""


async def pass_after_pass(
    walk: Callable[[], Awaitable[object]],
    living: Callable[[], Living | None],
    every_seconds: float,
    put_off: str,
) -> None:
    """Walk now and so many seconds after each pass, for ever; at once when all is known at last.

    What the store refuses is logged as ``put_off``, and the next pass goes on.
    """
    while True:
        try:
            await walk()
        except StoreError as error:
            log.warning(put_off, error=str(error))
        known = living() is not None
        await asyncio.sleep(every_seconds if known else min(every_seconds, _NOT_KNOWN_SECONDS))
