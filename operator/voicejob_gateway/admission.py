"""Who is let in to one VoiceJob: by its capability, or a user who has the right."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from voicejob_api.capability import AUDIO_SUBRESOURCE, HEADER, capability_of
from voicejob_gateway.authentication import Authenticator, User
from voicejob_gateway.authorisation import Authoriser, Right
from voicejob_gateway.refusals import RefusalError, not_found
from voicejob_gateway.voicejobs import Body, VoiceJobs
from voicejob_operator.store.gateway_key import CapabilityKeyError, read_capability_key

CALLER: Final = web.RequestKey("caller", str)
"""Who asks, for the log: known before it is said whether they may."""
_LENGTH: Final = 43
"""Of a capability: SHA-256 in base64 without its padding."""


@dataclass(frozen=True)
class Admitted:
    """A VoiceJob, and who has been let in to it."""

    voicejob: Body
    caller: str
    """A user's name, or what tells a capability from others and is none."""
    is_user: bool


class Admission:
    """Lets in or raises."""

    def __init__(
        self,
        authenticator: Authenticator,
        authoriser: Authoriser,
        voicejobs: VoiceJobs,
        key_file: str,
    ) -> None:
        self._authenticator = authenticator
        self._authoriser = authoriser
        self._voicejobs = voicejobs
        self._key_file = key_file

    async def user(self, request: web.Request) -> User:
        """Whose request it is.

        Raises:
            RefusalError: 401.
            ApiError: The API server did not answer.
        """
        user = await self._authenticator.user(request.headers.get("Authorization", ""))
        request[CALLER] = user.name
        return user

    async def to_status(self, request: web.Request, namespace: str, name: str) -> Admitted:
        """Let in whoever may see the VoiceJob.

        Raises:
            RefusalError: 401, 403 or 404.
            ApiError: The API server did not answer.
        """
        return await self._admit(request, Right("get", namespace, name))

    async def to_audio(self, request: web.Request, namespace: str, name: str) -> Admitted:
        """Let in whoever may hear it.

        Raises:
            RefusalError: 401, 403 or 404.
            ApiError: The API server did not answer.
        """
        return await self._admit(request, Right("get", namespace, name, AUDIO_SUBRESOURCE))

    async def _admit(self, request: web.Request, right: Right) -> Admitted:
        self._voicejobs.check(right.namespace, right.name)
        capability = request.headers.get(HEADER)
        if capability is not None:
            request[CALLER] = f"capability {_mark(capability.strip())}"
            return await self._by_capability(capability.strip(), right)
        user = await self.user(request)
        # Before anything is read: who may not does not even learn whether there is one.
        await self._authoriser.require(user, right)
        voicejob = await self._voicejobs.find(right.namespace, right.name)
        if voicejob is None:
            raise not_found(f"there is no VoiceJob {right.namespace}/{right.name}")
        return Admitted(voicejob, user.name, is_user=True)

    async def _by_capability(self, capability: str, right: Right) -> Admitted:
        try:
            key = read_capability_key(self._key_file)
        except CapabilityKeyError as error:
            raise RefusalError(
                503, "NoCapabilityKey", "no capability can be proved here now", str(error)
            ) from error
        if capability.isascii() and len(capability) == _LENGTH:
            voicejob = await self._voicejobs.find(right.namespace, right.name)
            # Compared also where there is none: how long it takes tells nothing.
            uid = voicejob["metadata"]["uid"] if voicejob else ""
            good = capability_of(key, right.namespace, right.name, uid)
            is_good = hmac.compare_digest(good.encode(), capability.encode())
            if voicejob is not None and is_good:
                return Admitted(voicejob, f"capability {_mark(capability)}", is_user=False)
        raise RefusalError(
            403,
            "CapabilityRefused",
            f"this capability is not that of the VoiceJob {right.namespace}/{right.name}",
            "read it anew from the VoiceJob's Secret NAME-…-audio: one of another VoiceJob, of an "
            "earlier one of this name, or of an earlier key opens nothing",
        )


def _mark(capability: str) -> str:
    """What tells it from others, and opens nothing."""
    return hashlib.sha256(capability.encode("utf-8", "replace")).hexdigest()[:8]
