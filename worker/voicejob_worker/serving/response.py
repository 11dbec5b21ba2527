"""A speech as the answer to a request: the bytes leave as they are made.

What goes wrong before the first byte is an ordinary error. Afterwards the status has been sent:
the connection is then broken off in the middle of the chunked body, which every client tells from
an end. HTTP/1.0, which nginx speaks to what is behind it unless told otherwise, has no chunks:
there the connection is reset. A client that goes away gives up its place; so does one that takes
less than a slice of 64 KiB in a minute, and its connection is closed with what it did not take.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import Response

from voicejob_worker.errors import WorkerError
from voicejob_worker.serving.connection import abort
from voicejob_worker.serving.encoder import MEDIA_TYPES
from voicejob_worker.serving.refusal import refusal_of, refused

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from voicejob_worker.serving.service import Service, Ticket

_STALL_SECONDS: Final = 60.0
"""Seconds in which a client must take a slice."""
_SLICE: Final = 64 * 1024
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""The latter has nginx pass on what comes as it comes."""


class SpeechResponse(Response):
    """Streams a ticket's speech."""

    def __init__(self, service: Service, ticket: Ticket) -> None:
        """The ticket is closed once the response has been called, however that ends."""
        as_events = ticket.request.as_events
        media_type = "text/event-stream" if as_events else MEDIA_TYPES[ticket.request.format]
        super().__init__(media_type=media_type, headers=_HEADERS)
        if ignored := ticket.request.ignored:
            self.headers["X-Ignored-Fields"] = ", ".join(ignored)
        del self.headers["content-length"]  # of no body
        self._service = service
        self._ticket = ticket
        self._as_events = as_events
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream the speech to the client."""
        watching = asyncio.create_task(self._give_up_when_gone(receive))
        try:
            await self._answer(scope, receive, send)
        except TimeoutError:
            self._service.metrics.broken.labels("stalled").inc()
            abort(scope)
        except BaseException:  # a fault of ours, or the server ends: no part may look whole
            if self._has_begun:
                abort(scope)
            raise
        finally:
            watching.cancel()
            self._service.close(self._ticket)

    async def _give_up_when_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._service.close(self._ticket)
        self._ticket.speech.end()  # wakes up who waits for the next part

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            part = await self._ticket.speech.next()
        except WorkerError as error:
            await refused(refusal_of(error))(scope, receive, send)
            return
        if part is None:  # the client is gone
            return
        if self._ticket.speech.is_whole and not self._as_events:
            self.headers["content-length"] = str(len(part))
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        self._has_begun = True
        await _in_time(send, start)
        try:
            while part is not None:
                for content in _slices(self._delta(part)):
                    await _in_time(send, _body(content, more=True))
                part = await self._ticket.speech.next()
        except WorkerError as error:
            await self._break_off(error, scope, send)
            return
        await _in_time(send, _body(self._done(), more=False))

    async def _break_off(self, error: WorkerError, scope: Scope, send: Send) -> None:
        """Break the answer off: without an end of the body, uvicorn closes the connection."""
        self._service.metrics.broken.labels(error.reason).inc()
        if self._as_events:
            await _in_time(send, _body(_event(refusal_of(error).body()), more=True))
        elif scope.get("http_version") == "1.0":
            abort(scope)

    def _delta(self, part: bytes) -> bytes:
        if not self._as_events:
            return part
        audio = base64.b64encode(part).decode()
        return _event({"type": "speech.audio.delta", "audio": audio})

    def _done(self) -> bytes:
        if not self._as_events:
            return b""
        # OpenAI's clients want these fields; there are no tokens here.
        usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        return _event({"type": "speech.audio.done", "usage": usage})


def _event(fields: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()


def _body(content: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


def _slices(content: bytes) -> Iterator[bytes]:
    """Parts that even a slow client takes in time."""
    return (content[start : start + _SLICE] for start in range(0, len(content), _SLICE))


async def _in_time(send: Send, message: dict[str, Any]) -> None:
    async with asyncio.timeout(_STALL_SECONDS):
        await send(message)
