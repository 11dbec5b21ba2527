"""The API server as a controller uses it: few verbs, bounded waits, capped connections.

One aiohttp session for requests and one for watches: a watch holds its connection for minutes, and
would else take it from the requests. The session is our own, not the ``kubernetes`` package's,
whose client copies each body and looks for proxies and a netrc file at each request.
"""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client.configuration import Configuration
from yarl import URL

from voicejob_operator.runtime.answers import (
    FAULTS,
    Body,
    Lines,
    TooLongError,
    decoded,
    read_whole,
)
from voicejob_operator.runtime.configuration import proxy_of, ssl_context
from voicejob_operator.runtime.errors import (
    UNINTELLIGIBLE,
    ApiError,
    refused,
    unanswered,
)
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.runtime.server_clock import ServerClock

__all__ = ["ApiClient", "ApiError", "Body"]

Query = Mapping[str, str]

_JSON: Final = "application/json"
_METADATA_ONLY: Final = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
_MERGE: Final = "application/merge-patch+json"
_KEEPALIVE_SECONDS: Final = 60.0
"""Below the 90 s after which an idle Go server or a common load balancer hangs up."""
_STREAM_BUFFER: Final = 2**18


@dataclass(frozen=True, slots=True)
class _Call:
    """One request."""

    method: str
    path: str
    query: Query | None = None
    data: bytes | None = None
    content_type: str = _JSON
    accept: str = _JSON


class ApiClient:
    """A connection to the API server. Every method raises ApiError and nothing else.

    Args:
        configuration: As ``load_configuration`` brings it.
        connections: How many requests are under way at once; more wait. Watches are not counted.
        seconds: For a whole request, the wait for a connection included.
        field_manager: The name under which the API server notes what was written.
        metrics: Where requests are counted.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        connections: int = 32,
        seconds: float = 10.0,
        field_manager: str = "",
        metrics: RuntimeMetrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configuration = configuration
        self._host = str(configuration.host).rstrip("/")
        self._connections = connections
        self._seconds = seconds
        self._allowed = aiohttp.ClientTimeout(total=seconds)
        self._options: dict[str, Any] = {}
        self._agent = field_manager or "operator"
        self._written_by = {"fieldManager": field_manager} if field_manager else {}
        self._metrics = metrics
        self._clock = clock
        self._distrusted_since: float | None = None
        self.server_clock = ServerClock(clock)
        self._requests: aiohttp.ClientSession | None = None
        self._streams: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._options = self._common_options()
        context = ssl_context(self._configuration)
        self._requests = self._session(context, limit=self._connections)
        self._streams = self._session(context, limit=0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in (self._requests, self._streams):
            if session is not None:
                await session.close()

    async def get(self, resource: Resource, namespace: str | None, name: str) -> Body:
        """Read one object."""
        return await self._request(_Call("GET", resource.object_path(namespace, name)))

    async def get_metadata(self, resource: Resource, namespace: str | None, name: str) -> Body:
        """Read an object's metadata alone: the API server leaves out all else."""
        path = resource.object_path(namespace, name)
        return await self._request(_Call("GET", path, accept=_METADATA_ONLY))

    async def get_bytes(self, path: str, *, max_bytes: int, seconds: float | None = None) -> bytes:
        """Read a path whose answer is not the API's own, such as a pod's through the proxy."""
        _, _, content = await self._answered(_Call("GET", path), seconds, max_bytes)
        return content

    async def get_path(
        self, path: str, query: Query | None = None, *, seconds: float | None = None
    ) -> Body:
        """Read a path of the API server's, such as a collection, with a query."""
        return await self._request(_Call("GET", path, query), seconds)

    async def create(self, resource: Resource, namespace: str | None, body: Body) -> Body:
        """Create an object; ``is_already_exists`` if one of that name is there."""
        path = resource.collection_path(namespace)
        return await self._request(_Call("POST", path, self._written_by, _encoded(body)))

    async def replace(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Body,
        *,
        subresource: str = "",
        seconds: float | None = None,
    ) -> Body:
        """Put a whole object; ``is_conflict`` if the body's resourceVersion or uid is not its."""
        path = resource.object_path(namespace, name, subresource)
        return await self._request(_Call("PUT", path, self._written_by, _encoded(body)), seconds)

    async def merge(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        patch: Body,
        subresource: str = "",
    ) -> Body:
        """Merge-patch an object (RFC 7386) or a subresource of it, such as ``status``.

        A uid or a resourceVersion in the patch's metadata is a precondition.
        """
        path = resource.object_path(namespace, name, subresource)
        return await self._request(_Call("PATCH", path, self._written_by, _encoded(patch), _MERGE))

    async def delete(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        *,
        uid: str | None,
        resource_version: str | None = None,
    ) -> bool:
        """Delete the object of this uid and, in the background, what it owns.

        Without a uid, whatever object has the name: for names that only one can have.

        Returns:
            True if it is being deleted, False if there is none of that name.

        Raises:
            ApiError: ``is_conflict`` if the object of that name is another or has been changed.
        """
        preconditions = {} if uid is None else {"uid": uid}
        if resource_version is not None:
            preconditions["resourceVersion"] = resource_version
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": preconditions,
        }
        try:
            path = resource.object_path(namespace, name)
            await self._request(_Call("DELETE", path, data=_encoded(options)))
        except ApiError as error:
            if error.is_not_found:
                return False
            raise
        return True

    def distrusted_seconds(self) -> float:
        """For how long the API server or its certificate has refused this process as such.

        Above 0.0 from the first 401 or strange certificate to the next request that is let in. A
        new process reads the CA and the token anew, so a health check may ask for one.
        """
        since = self._distrusted_since
        return 0.0 if since is None else self._clock() - since

    @asynccontextmanager
    async def stream(self, path: str, query: Query, silence: float) -> AsyncIterator[Lines]:
        """Open a watch: the lines of JSON that come, for as long as the context lasts.

        Args:
            path: A collection.
            query: With ``watch=true``.
            silence: Seconds without a byte after which the stream counts as dead.
        """
        allowed = aiohttp.ClientTimeout(total=None, sock_connect=self._seconds, sock_read=silence)
        response = await self._opened(_Call("GET", path, query), allowed)
        try:
            yield Lines(response)
        finally:
            # Without reading on to the end: a watch has none.
            response.close()

    async def _opened(self, call: _Call, allowed: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        code = 0
        try:
            # The headers come at once, long before the first event.
            async with asyncio.timeout(self._seconds):
                response = await self._sent(self._streams, call, allowed)
                code = response.status
                if code < 300:
                    self._trusted()
                    return response
                async with response:
                    error = refused(code, response.headers, await response.read())
        except FAULTS as fault:
            raise self._noted(unanswered(fault)) from fault
        finally:
            self._count("WATCH", code)
        raise self._noted(error)

    async def _request(self, call: _Call, seconds: float | None = None) -> Body:
        return decoded(*await self._answered(call, seconds))

    async def _answered(
        self, call: _Call, seconds: float | None, max_bytes: int | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        allowed = self._allowed if seconds is None else aiohttp.ClientTimeout(total=seconds)
        code = 0
        try:
            response = await self._sent(self._requests, call, allowed)
            async with response:
                code = response.status
                content = await read_whole(response.content, max_bytes)
        except TooLongError as fault:
            raise ApiError(code, UNINTELLIGIBLE, str(fault)) from fault
        except FAULTS as fault:
            raise self._noted(unanswered(fault)) from fault
        finally:
            self._count(call.method, code)
        if code >= 300:
            raise self._noted(refused(code, response.headers, content))
        self._trusted()
        self.server_clock.heard(response.headers.get("Date"))
        return code, response.headers, content

    async def _sent(
        self,
        session: aiohttp.ClientSession | None,
        call: _Call,
        allowed: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        if session is None or session.closed:
            raise ApiError(0, "Closed", "this client is not open: use it in `async with`")
        headers = {"Accept": call.accept}
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        if token:
            headers["Authorization"] = token
        if call.data is not None:
            headers["Content-Type"] = call.content_type
        query = f"?{urlencode(call.query)}" if call.query else ""
        return await session.request(
            call.method,
            # Encoded here once; else yarl takes the address apart and puts it together again.
            URL(f"{self._host}{call.path}{query}", encoded=True),
            data=call.data,
            headers=headers,
            timeout=allowed,
            allow_redirects=False,
            **self._options,
        )

    def _common_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {}
        proxy = proxy_of(self._configuration)
        if proxy is not None:
            options |= {"proxy": proxy, "proxy_headers": self._configuration.proxy_headers}
        if self._configuration.tls_server_name:
            options["server_hostname"] = self._configuration.tls_server_name
        return options

    def _session(self, context: ssl.SSLContext, limit: int) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=limit, ssl=context, keepalive_timeout=_KEEPALIVE_SECONDS
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            read_bufsize=_STREAM_BUFFER,
            # Unpacking costs more than the network inside a cluster.
            headers={"Accept-Encoding": "identity", "User-Agent": self._agent},
        )

    def _count(self, method: str, code: int) -> None:
        if self._metrics is not None:
            self._metrics.requests.labels(method, str(code)).inc()

    def _trusted(self) -> None:
        self._distrusted_since = None

    def _noted(self, error: ApiError) -> ApiError:
        """The error, after noting whether it tells of distrust; silence tells nothing of it."""
        if error.is_distrust:
            if self._distrusted_since is None:
                self._distrusted_since = self._clock()
        elif not error.is_unanswered:
            self._trusted()
        return error


def _encoded(body: Body) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
