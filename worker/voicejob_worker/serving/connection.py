"""A client's connection: how many there may be, how long a request may take to come, its abort."""

from __future__ import annotations

import asyncio
import socket
import struct
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

HEAD_SECONDS: Final = 10.0
"""How long the head of a request may take to come, from the connection or its first byte on."""
MAX_CONNECTIONS: Final = 900
"""Below the 1024 files that a process may have open if nobody raised that."""
_ABORT: Final = "voicejob.abort"
_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""Closes with a reset, and throws away what was not sent (socket(7))."""


class Connection(H11Protocol):
    """A connection of uvicorn's, with bounds."""

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
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._head_timer is None and not self.transport.is_closing():
            self._await_head()

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
