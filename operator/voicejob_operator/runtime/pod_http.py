"""Reads a path of a pod by HTTP: at its own address, or through the API server's proxy."""

from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp

from voicejob_operator.runtime.answers import TooLongError, read_whole
from voicejob_operator.runtime.client import ApiClient, ApiError

_TIMEOUT_SECONDS: Final = 3.0
_CONNECT_SECONDS: Final = 1.0
"""A pod answers a connection in milliseconds or a network policy drops it for ever."""
_CONNECTIONS: Final = 32
_MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class PodAddress:
    """Where a pod's server is."""

    namespace: str
    name: str
    ip: str
    port: int


class UnreachableError(Exception):
    """The pod gave no answer."""


class ReadPod(Protocol):
    """A way to a pod."""

    async def __call__(self, address: PodAddress, path: str) -> bytes:
        """Read a path.

        Raises:
            UnreachableError: It gave no answer.
        """


class DirectReader:
    """Reads at the pod's address."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, force_close=True),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS, sock_connect=_CONNECT_SECONDS),
            trust_env=False,
        )

    async def __call__(self, address: PodAddress, path: str) -> bytes:
        """Read a path."""
        host = f"[{address.ip}]" if ":" in address.ip else address.ip
        try:
            url = f"http://{host}:{address.port}{path}"
            async with self._session.get(url, allow_redirects=False) as answer:
                answer.raise_for_status()
                return await read_whole(answer.content, _MAX_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError, TooLongError) as error:
            raise UnreachableError from error

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


class ProxyReader:
    """Reads through the API server, for a process outside the cluster."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def __call__(self, address: PodAddress, path: str) -> bytes:
        """Read a path."""
        pod = f"/api/v1/namespaces/{address.namespace}/pods/{address.name}:{address.port}"
        try:
            return await self._client.get_bytes(
                f"{pod}/proxy{path}", seconds=_TIMEOUT_SECONDS, max_bytes=_MAX_BYTES
            )
        except ApiError as error:
            raise UnreachableError from error

    async def close(self) -> None:
        """Close nothing: the connection is the client's."""
