"""A client's connection: how many there may be, how long a request may take to come, its abort."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from voicejob_worker.serving.refusal import RequestRefused

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

HEAD_SECONDS: Final = 10.0
"""How long the head of a request may take to come, from the connection or its first byte on."""
MAX_CONNECTIONS: Final = 900
"""Below the 1024 files that a process may have open if nobody raised that."""
MAX_HEAD_BYTES: Final = 64 * 1024
"""Of a request's line and headers."""
_UNREAD_SECONDS: Final = 2.0
"""How long what is no request is still taken and thrown away, so that its client reads why."""
_ABORT: Final = "voicejob.abort"
_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""Closes with a reset, and throws away what was not sent (socket(7))."""


class Connection(H11Protocol):
    """A connection of uvicorn's, with bounds.

    A client that closes its sending side (``nc -N``) is taken for gone, as uvicorn has it: TCP
    tells it by the same segment as a client that has closed all, and only a write would show which.
    Work for clients that are gone would go on until its first audio.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None
        application = self.app

        async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[_ABORT] = partial(_reset, self.transport)
            await application(scope, receive, send)

        self.app = with_abort

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, where there is room for it."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: of a head, or of a body, which has a bound of its own."""
        if self.conn.their_state in _NO_MORE:
            return  # h11 would take them for a fault of the request that is being answered
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._head_timer is None and not self.transport.is_closing():
            self._await_head()

    def handle_events(self) -> None:
        """Look at what has come, without the empty lines that some send behind a body."""
        kept, _ = self.conn.trailing_data
        if self.conn.states == _BETWEEN_REQUESTS and kept.startswith((b"\r", b"\n")):
            # h11 keeps such lines and has no call that drops them: another connection of h11's, in
            # the state of this one, and with the bound that uvicorn gave this one.
            self.conn = h11.Connection(h11.SERVER, MAX_HEAD_BYTES)
            if rest := kept.lstrip(b"\r\n"):
                self.conn.receive_data(rest)
        super().handle_events()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, unless its answer has begun, in which nothing can be told."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        if self.cycle is not None:  # whoever reads its body
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        status, body = _no_request(len(self.conn.trailing_data[0]))
        length = str(len(body)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", length),
            (b"connection", b"close"),
        ]
        answer = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
        for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(_UNREAD_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection as closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


_NO_MORE: Final = (h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)
"""States of a client that is to send nothing more."""
_BETWEEN_REQUESTS: Final = {h11.CLIENT: h11.IDLE, h11.SERVER: h11.IDLE}


def _no_request(unread: int) -> tuple[HTTPStatus, bytes]:
    """What is told of bytes that are no request, of which so many were not understood."""
    status, told = HTTPStatus.BAD_REQUEST, "what was sent is no HTTP request"
    if unread > MAX_HEAD_BYTES:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        told = f"the request's headers have more than {MAX_HEAD_BYTES} bytes: send fewer"
    return status, json.dumps(RequestRefused(status, told).body()).encode()


def _reset(transport: asyncio.Transport) -> None:
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def abort(scope: Scope) -> None:
    """Close the connection of a request at once: what its client did not take is thrown away.

    To close it in order would wait for the client, which may never take another byte. The client
    is told by a reset: an end in order is the end of the body to one of HTTP/1.0.
    """
    end = scope.get("extensions", {}).get(_ABORT)
    if end is not None:
        end()
