"""Reads the body of a request: within a bound, and to its end even where it is too large.

A client that is cut off while it sends never reads why: so what is over the bound is read on and
thrown away, up to a bound of its own.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect

from voicejob_worker.serving.refusal import CLIENT_GONE, CLOSE, RequestRefused, invalid
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

_BODY_SECONDS: Final = 30.0
"""How long a client may take to send its request."""
_MAX_THROWN_AWAY: Final = 32 * MIB
"""Bytes of a body that is refused for its size; who sends more is cut off."""


async def read_json(request: Request, max_bytes: int, remedy: str) -> Any:
    """The body as JSON, whatever its media type says.

    Args:
        request: Whose body it is.
        max_bytes: How long it may be.
        remedy: What to do about one that is longer.

    Raises:
        RequestRefused: it is too long, is not JSON, or does not come to its end.
    """
    body = b"".join([part async for part in bounded(request, max_bytes, _BODY_SECONDS, remedy)])
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # the latter of a thousand brackets
        told = f"the body is not valid JSON: {_fault_of(error, body)}"
        raise invalid(None, told, "invalid_json") from None


def _fault_of(error: ValueError | RecursionError, body: bytes) -> str:
    """What is wrong with a body, and where; nothing of it is quoted."""
    if not body.strip():
        return "it is empty"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 at byte {error.start + 1}"
    if not isinstance(error, json.JSONDecodeError):
        return "a number in it has too many digits"
    what = error.msg.partition(":")[0].removesuffix(" at").lower()
    remedy = r" (a line break within a text is written as \n)" if "control char" in what else ""
    return f"{what}, at line {error.lineno}, column {error.colno}{remedy}"


async def bounded(
    request: Request, max_bytes: int, seconds: float, remedy: str
) -> AsyncIterator[bytes]:
    """The body's parts as they come.

    Raises:
        RequestRefused: there are more than ``max_bytes`` (``remedy`` says what to do then), they
            do not come to an end within ``seconds``, or they are compressed.
    """
    if request.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        told = "the body is compressed (Content-Encoding): send it as it is"
        headers = {"Accept-Encoding": "identity"}
        raise RequestRefused(415, told, code="body_compressed", headers=headers)
    size, parts = 0, request.stream()
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        while (part := await _next(parts, deadline)) is not None:
            size += len(part)
            if size > max_bytes + _MAX_THROWN_AWAY:
                break
            if size <= max_bytes:
                yield part
    except ClientDisconnect:  # nobody reads this; it is for the metrics
        raise RequestRefused(CLIENT_GONE, "the client is gone", headers=CLOSE) from None
    except TimeoutError:
        told = f"the body did not come to its end within {seconds:.0f} s"
        raise RequestRefused(408, told, code="body_incomplete", headers=CLOSE) from None
    if size > max_bytes:
        told = f"the body has more than {max_bytes} bytes: {remedy}"
        raise RequestRefused(413, told, code="body_too_large", headers=CLOSE)


async def _next(parts: AsyncIterator[bytes], deadline: float) -> bytes | None:
    """The next part, or None at the end.

    The time-out ends with each part: around a ``yield`` it would cancel whoever takes the parts
    (PEP 789).
    """
    async with asyncio.timeout_at(deadline):
        return await anext(parts, None)
