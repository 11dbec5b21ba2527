"""Brings the audio of a finished VoiceJob out of the operator's store."""

import asyncio
from collections.abc import Iterator

from voicejob_api.status import VoiceJobStatus
from voicejob_operator.runtime.api_server import ApiError, Cluster, load_configuration
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.bucket import Store, StoreError


class FetchError(Exception):
    """There is nothing to fetch, or it cannot be had; the message says why."""


def fetch_part(namespace: str, name: str, part: str) -> Iterator[bytes]:
    """The bytes of the audio, or of a subtitle file, in blocks.

    Raises:
        FetchError: The VoiceJob or the part is not there, or the store refused.
    """
    uri = _address(asyncio.run(_status(namespace, name)), part)
    try:
        yield from Store(OperatorSettings().store).fetch(uri)
    except StoreError as error:
        raise FetchError(str(error)) from error


async def _status(namespace: str, name: str) -> VoiceJobStatus:
    async with Cluster(await load_configuration(1)) as cluster:
        try:
            return await cluster.voicejob_status(namespace, name)
        except ApiError as error:
            raise FetchError(error.message) from error


def _address(status: VoiceJobStatus, part: str) -> str:
    if status.audio is None:
        raise FetchError(f"it has no audio yet, its phase is {status.phase}")
    if part == "audio":
        return status.audio.uri
    if part in status.audio.subtitles:
        return status.audio.subtitles[part]
    there = ", ".join(["audio", *status.audio.subtitles])
    raise FetchError(f"it has no {part}; it has: {there}")
