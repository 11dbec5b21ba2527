"""Who asks: a user of the cluster, by a bearer token that the API server knows."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from voicejob_gateway.recent import Recent
from voicejob_gateway.refusals import RefusalError
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.resource import Resource

TOKEN_REVIEWS: Final = Resource("authentication.k8s.io", "v1", "tokenreviews", "TokenReview")
_KNOWN_SECONDS: Final = 10.0
_KNOWN: Final = 2048
_REVIEWS: Final = 4
"""TokenReviews at once: a flood of tokens that nobody knows leaves connections for all else."""
_WAITING: Final = 60
"""That wait for one; whoever comes then is told to come later."""
MAX_TOKEN: Final = 16 << 10
"""Characters of a token: one that names many groups has more than 8 KiB."""
_HOW: Final = (
    "send `Authorization: Bearer TOKEN` (kubectl create token NAME) by port-forward or Ingress, or "
    "the header X-VoiceJob-Capability with what the VoiceJob's Secret NAME-…-audio holds; through "
    "the API server's service proxy only the latter arrives"
)


@dataclass(frozen=True)
class User:
    """A user as the API server knows it."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, list[str]] = field(default_factory=dict, hash=False)


class Authenticator:
    """Asks the API server whose token that is."""

    def __init__(self, client: ApiClient, audiences: tuple[str, ...]) -> None:
        self._client = client
        self._audiences = audiences
        # By a digest: no token stays in memory longer than its request.
        self._known: Recent[bytes, User] = Recent(_KNOWN_SECONDS, _KNOWN)
        self._refused: Recent[bytes, None] = Recent(_KNOWN_SECONDS, _KNOWN)
        self._turn = asyncio.Semaphore(_REVIEWS)
        self._asked = 0

    async def user(self, authorization: str) -> User:
        """Whose request it is.

        Raises:
            RefusalError: 401, there is no token or nobody's; 429, too many are being looked at.
            ApiError: The API server did not answer.
        """
        kind, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if not token or kind.lower() != "bearer":
            raise _unauthorized("Unauthenticated", "nobody has said who asks", _HOW)
        if not token.isascii() or len(token) > MAX_TOKEN:
            raise self._nobodys()
        digest = hashlib.sha256(token.encode()).digest()
        if self._refused.knows(digest):
            raise self._nobodys()
        return await self._known.get(digest, lambda: self._found(digest, token))

    async def _found(self, digest: bytes, token: str) -> User:
        if self._asked >= _REVIEWS + _WAITING:
            raise RefusalError(
                429,
                "TooManyTokens",
                f"{self._asked} tokens are being looked at, which is the most at once",
                "try again in a while",
                {"Retry-After": "5"},
            )
        self._asked += 1
        try:
            async with self._turn:
                user = await self._review(token)
        finally:
            self._asked -= 1
        if user is None:
            self._refused.keep(digest, None)
            raise self._nobodys()
        return user

    def _nobodys(self) -> RefusalError:
        return _unauthorized(
            "TokenRefused", "the API server does not know this token", _hint(self._audiences)
        )

    async def _review(self, token: str) -> User | None:
        spec: dict[str, Any] = {"token": token}
        if self._audiences:
            spec["audiences"] = list(self._audiences)
        body = await self._client.create(
            TOKEN_REVIEWS,
            None,
            {"apiVersion": TOKEN_REVIEWS.api_version, "kind": TOKEN_REVIEWS.kind, "spec": spec},
        )
        status = body.get("status") or {}
        if not status.get("authenticated"):
            return None
        # One that knows nothing of audiences leaves them out: its yes is to something else.
        if self._audiences and not set(self._audiences) & set(status.get("audiences") or ()):
            return None
        user = status.get("user") or {}
        return User(
            name=user.get("username", ""),
            uid=user.get("uid", ""),
            groups=tuple(user.get("groups") or ()),
            extra=dict(user.get("extra") or {}),
        )


def _hint(audiences: tuple[str, ...]) -> str:
    if not audiences:
        return "it may have ended: bring another (kubectl create token NAME)"
    return (
        f"it must be for the audience {' or '.join(audiences)}: "
        f"kubectl create token NAME --audience {audiences[0]}"
    )


def _unauthorized(error: str, message: str, hint: str) -> RefusalError:
    return RefusalError(401, error, message, hint, {"WWW-Authenticate": 'Bearer realm="voicejob"'})
