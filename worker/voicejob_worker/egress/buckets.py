"""Guards the connections that s3fs opens, by aiohttp's own hooks.

The resolver looks at every name that is connected to, and hands on the addresses that it looked
at; the maker of sockets looks at what no resolver is asked for, which is an address written as
such, in an endpoint or in a redirect. Through a proxy neither sees more than the proxy: there the
endpoint is looked at beforehand, and redirects are the proxy's to refuse.
"""

from __future__ import annotations

import asyncio
import re
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from voicejob_worker.egress.proxies import proxy_for
from voicejob_worker.errors import AddressNotAllowedError

if TYPE_CHECKING:
    from voicejob_worker.egress.guard import AddressGuard

_NUMBER: Final = re.compile(r"(^|\.)(0x[0-9a-f]*|[0-9]+)$")
"""Matches the end of a host that is an IPv4 address in some spelling."""


class GuardedConnections(AbstractResolver):
    """The hooks for one S3 file system, and what they refused."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._looked_at: set[str] = set()
        self.refusal: AddressNotAllowedError | None = None
        """The last one. What raises in between wraps it in errors of its own."""

    def connector_args(self, endpoint: str | None) -> dict[str, Any]:
        """What aiobotocore's configuration takes for the connections to ``endpoint``.

        Raises:
            AddressNotAllowedError: the endpoint is not over HTTP, is an address that may not be
                connected to, or one that a proxy may not be asked for.
        """
        parts = urlsplit(endpoint or "https://s3.amazonaws.com")
        self._guard.check_scheme(parts.scheme)
        host = parts.hostname or ""
        if proxy_for(parts.scheme, host) is not None:
            self._guard.check_proxied(host, 443)
            return {}
        if _NUMBER.search(host):  # aiohttp takes 127.1 and the like for a fault of ours
            self._guard.addresses(host, 443)
        # Without a cache: what was refused is refused again.
        return {
            "resolver": self,
            "socket_factory": self._socket,
            "use_dns_cache": False,
        }

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host, all of which may be connected to."""
        try:
            found = await asyncio.to_thread(self._guard.addresses, host, port)
        except AddressNotAllowedError as error:
            self.refusal = error
            # What aiohttp takes for a resolver's failure: it closes its connections.
            raise OSError(error.message) from error
        self._looked_at.update(found)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Do nothing: nothing is open."""

    def _socket(self, info: Any) -> socket.socket:
        """A socket for what ``getaddrinfo`` would tell of an address."""
        family, kind, protocol, _, place = info
        address = str(place[0])
        if address not in self._looked_at:
            try:
                self._guard.check(address, [address])
            except AddressNotAllowedError as error:
                self.refusal = error
                raise OSError(error.message) from error
        return socket.socket(family, kind, protocol)
