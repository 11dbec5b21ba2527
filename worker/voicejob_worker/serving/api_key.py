"""Who may ask: bearer tokens."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from fastapi import Request  # looked at by FastAPI, too

from voicejob_worker.serving.refusal import RequestRefused

if TYPE_CHECKING:
    from pydantic import SecretStr


class Bearer:
    """Asks for a token, as a dependency of an address."""

    def __init__(self, token: SecretStr) -> None:
        self._wanted = token.get_secret_value().encode()

    async def __call__(self, request: Request) -> None:
        """Let a request pass that brings it.

        Raises:
            RequestRefused: it brings none, or another.
        """
        if not self.is_sent(request):
            raise RequestRefused(
                401,
                "no valid key was sent: send it as Authorization: Bearer KEY",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def is_sent(self, request: Request) -> bool:
        """Whether a request brings it."""
        # As the bytes that were sent, which Starlette reads as Latin-1: a key may be UTF-8.
        given = request.headers.get("authorization", "").encode("latin-1")
        scheme, _, key = given.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(key.strip(), self._wanted)
