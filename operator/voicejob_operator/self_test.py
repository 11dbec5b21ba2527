"""Has one sentence spoken, as ``helm test`` wants to know whether the installation works."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from voicejob_api import names
from voicejob_api.cause import message_of_read
from voicejob_api.status import Phase
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.client import ApiClient, ApiError

SENTENCE: Final = "The kettle is on, and the release works."
_LOOK_SECONDS: Final = 1.0


class SelfTestError(Exception):
    """The sentence was not spoken; the message says why."""


async def speak(
    client: ApiClient,
    namespace: str,
    name: str,
    *,
    seconds: float,
    tell: Callable[[str], None],
) -> None:
    """Make a VoiceJob, wait for its audio, and delete it whatever came of it.

    Raises:
        SelfTestError: It was not spoken within ``seconds``.
        ApiError: The API server refused or did not answer.
    """
    await client.delete(VOICEJOBS, namespace, name, uid=None)
    await _make(client, namespace, name, seconds)
    try:
        status = await _end(client, namespace, name, seconds, tell)
    finally:
        await client.delete(VOICEJOBS, namespace, name, uid=None)
    if status.get("phase") != Phase.SUCCEEDED:
        raise SelfTestError(
            f"{namespace}/{name} ended as {_told(status)}: {message_of_read(status)}"
        )
    audio = status["audio"]
    tell(f"spoken: {audio['durationSeconds']:.1f} s of audio, {audio['sizeBytes']} bytes")


async def _make(client: ApiClient, namespace: str, name: str, seconds: float) -> None:
    """Create it, once one of an earlier test is gone."""
    deadline = time.monotonic() + seconds
    body = {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"text": SENTENCE},
    }
    while True:
        try:
            await client.create(VOICEJOBS, namespace, body)
        except ApiError as error:
            if not error.is_already_exists or time.monotonic() > deadline:
                raise
            await asyncio.sleep(_LOOK_SECONDS)
        else:
            return


async def _end(
    client: ApiClient, namespace: str, name: str, seconds: float, tell: Callable[[str], None]
) -> dict[str, Any]:
    deadline, told = time.monotonic() + seconds, ""
    while True:
        found = await client.get(VOICEJOBS, namespace, name)
        status: dict[str, Any] = found.get("status", {})
        if _told(status) != told:
            told = _told(status)
            tell(f"{namespace}/{name}: {told}")
        if status.get("phase") in (Phase.SUCCEEDED, Phase.FAILED):
            return status
        if time.monotonic() > deadline:
            raise SelfTestError(
                f"{namespace}/{name} is not spoken after {seconds:.0f} s: {told or 'no status'}"
                f": {message_of_read(status) or 'does the operator serve this namespace?'}"
            )
        await asyncio.sleep(_LOOK_SECONDS)


def _told(status: dict[str, Any]) -> str:
    return " ".join(filter(None, (status.get("phase"), status.get("reason"))))
