"""A client for HTTP whose connections are guarded, of redirects too."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import httpcore
import httpx

from voicejob_worker.egress.proxies import proxy_for

if TYPE_CHECKING:
    from voicejob_worker.egress.guard import AddressGuard


def web_client(
    guard: AddressGuard | None, *, timeout: httpx.Timeout, max_redirects: int
) -> httpx.Client:
    """A client that follows redirects, and connects to nothing that ``guard`` refuses.

    A refusal is raised as AddressNotAllowedError, by the request.
    """
    transport = None if guard is None else _GuardedTransport(guard)
    return httpx.Client(
        follow_redirects=True, max_redirects=max_redirects, timeout=timeout, transport=transport
    )


class _GuardedTransport(httpx.HTTPTransport):
    """Connects itself if there is no proxy, and else has the proxy do it."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._trust = httpx.create_ssl_context()
        self._proxies: dict[str, httpx.HTTPTransport] = {}
        super().__init__(verify=self._trust)
        self._pool.close()
        # httpx hands no network backend on to its pool.
        self._pool = httpcore.ConnectionPool(
            ssl_context=self._trust, network_backend=_GuardedBackend(guard)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, the first or one that a redirect leads to."""
        url = request.url
        self._guard.check_scheme(url.scheme)
        host = url.raw_host.decode("ascii")
        proxy = proxy_for(url.scheme, host)
        if proxy is None:
            return super().handle_request(request)
        self._guard.check_proxied(host, url.port or 443)
        return self._through(proxy).handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        super().close()
        for transport in self._proxies.values():
            transport.close()

    def _through(self, proxy: str) -> httpx.HTTPTransport:
        if proxy not in self._proxies:
            self._proxies[proxy] = httpx.HTTPTransport(verify=self._trust, proxy=proxy)
        return self._proxies[proxy]


class _GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to addresses that were looked at, and resolves no name a second time."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of a host's addresses that answers, within ``timeout`` seconds."""
        try:
            addresses = self._guard.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        deadline = None if timeout is None else time.monotonic() + timeout
        fault: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.001)
            try:
                return self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    def sleep(self, seconds: float) -> None:
        """Wait between two tries."""
        self._inner.sleep(seconds)
