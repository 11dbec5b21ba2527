"""Writes down which VoiceJobs are this cluster's, before their workers can leave any audio.

One empty object a VoiceJob, written once by a process; ``retention`` removes nothing without it.
"""

import asyncio
from typing import Final

import structlog

from voicejob_operator.store.faults import StoreError
from voicejob_operator.store.kept_audio import KeptAudio, Owner

log = structlog.get_logger()

MAX_AWAITED: Final = 20_000
"""VoiceJobs to write down; of more, a pass of retention does it that sees them with their audio."""
_AT_ONCE: Final = 20
_AGAIN_SECONDS: Final = 60.0
_UID_CHARACTERS: Final = 8
"""Of the uid, in keys of audio."""


class Ownership:
    """Holds up nobody: what is told is written in the background, and again if it fails."""

    def __init__(self, audio: KeptAudio) -> None:
        self._audio = audio
        self._awaited: dict[Owner, None] = {}
        self._wake = asyncio.Event()

    def add(self, namespace: str, name: str, uid: str) -> None:
        """A VoiceJob's worker is about to be let write audio."""
        if len(self._awaited) < MAX_AWAITED:
            self._awaited[Owner(f"{namespace}/{name}/{uid[:_UID_CHARACTERS]}")] = None
            self._wake.set()

    async def run(self) -> None:
        """Write, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._awaited:
                await self._write()

    async def _write(self) -> None:
        part = list(self._awaited)[:_AT_ONCE]
        ended = await asyncio.gather(*map(self._audio.prove, part), return_exceptions=True)
        for owner, error in zip(part, ended, strict=True):
            if error is None:
                del self._awaited[owner]
        errors = [error for error in ended if error is not None]
        for error in errors:
            if not isinstance(error, StoreError):
                raise error
        if errors:
            log.warning(
                "whose audio it is cannot be written down yet: without it retention leaves it",
                error=str(errors[0]),
                voicejobs=len(self._awaited),
            )
            await asyncio.sleep(_AGAIN_SECONDS)
