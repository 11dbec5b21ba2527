"""How answers are read: whole and within a bound, or line by line as a watch brings them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import aiohttp
from kubernetes.aio.config import ConfigException
from pydantic_core import from_json

from voicejob_operator.runtime.errors import of_status, unanswered, unintelligible

Body = dict[str, Any]
"""A Kubernetes object as the API server writes it."""
FAULTS: Final = (aiohttp.ClientError, TimeoutError, OSError, ConfigException)
"""All that a request raises if nobody answers it."""


class Lines:
    """The objects of JSON, one a line, of an open watch.

    Iteration ends if the API server ends the stream, and raises ApiError if it is cut off, silent
    for too long, unreadable, or if the API server says so in an event of type ERROR.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[Body]:
        """Each event, with ``type`` and ``object``."""
        # Pieces of a line that has not ended: joined once, or a long line costs its square.
        begun: list[bytes] = []
        try:
            async for piece in self._response.content.iter_any():
                *ended, rest = piece.split(b"\n")
                for line in ended:
                    whole = b"".join([*begun, line]) if begun else line
                    begun.clear()
                    if whole.strip():
                        yield self._event(whole)
                if rest:
                    begun.append(rest)
        except FAULTS as fault:
            raise unanswered(fault) from fault

    def _event(self, line: bytes) -> Body:
        headers, status = self._response.headers, self._response.status
        event = decoded(status, headers, line)
        body = event.get("object")
        if not isinstance(body, dict):
            raise unintelligible(status, headers, line)
        if event.get("type") == "ERROR":
            raise of_status(body)
        return event


class TooLongError(Exception):
    """An answer is longer than whoever asked for it will read."""


async def read_whole(content: aiohttp.StreamReader, max_bytes: int | None) -> bytes:
    """Read an answer to its end, which comes in as many pieces as the network likes.

    Raises:
        TooLongError: It is longer than ``max_bytes``.
    """
    read = bytearray()
    async for piece in content.iter_any():
        read += piece
        if max_bytes is not None and len(read) > max_bytes:
            raise TooLongError(f"the answer is longer than {max_bytes} bytes")
    return bytes(read)


def decoded(status: int, headers: Mapping[str, str], content: bytes) -> Body:
    """The object of an answer.

    Raises:
        ApiError: It is none: HTML of a load balancer's, a list, half an object.
    """
    try:
        # Watches bring every change of every pod: the standard library takes twice as long.
        body = from_json(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise unintelligible(status, headers, content)
    return body
