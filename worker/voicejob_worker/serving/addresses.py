"""What is done for every address alike: how it may be written, HEAD, OPTIONS, CORS, the count.

Pure ASGI, since what Starlette has for this buffers or knows no streams that are broken off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Match

from voicejob_worker.serving.refusal import (
    CLIENT_GONE,
    CLOSE,
    RequestRefused,
    refusal_of,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from voicejob_worker.errors import WorkerError
    from voicejob_worker.serving.metrics import Metrics

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SLASHES: Final = re.compile("//+")
_ORIGIN: Final = re.compile("^https?://[^/]*", re.IGNORECASE)
"""Before the path, in what a client sends that takes the server for a proxy (RFC 9112, 3.2.2)."""
_EXPOSED: Final = ("Retry-After", "X-Ignored-Fields")
"""Headers that a page of another origin may read."""


def methods_at(routes: Iterable[BaseRoute], path: str) -> list[str]:
    """The methods that an address takes, HEAD and OPTIONS among them; none if there is nothing."""
    found = [method for method in _METHODS if _is_there(routes, path, method)]
    head = ["HEAD"] if "GET" in found else []
    return [*found[:1], *head, *found[1:], "OPTIONS"] if found else []


def _is_there(routes: Iterable[BaseRoute], path: str, method: str) -> bool:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


class Addresses:
    """Takes addresses as clients write them, and answers what no address answers for itself.

    Slashes too many come of base addresses that end with one. HEAD is GET without its body, which
    the server leaves out by itself; load balancers and monitors ask so.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _SLASHES.sub("/", _ORIGIN.sub("", scope["path"])).rstrip("/") or "/"
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method == "OPTIONS" and (methods := methods_at(self._routes, path)):
            answer = Response(status_code=204, headers={"Allow": ", ".join(methods)})
            await answer(scope, receive, send)
            return
        await self._app({**scope, "path": path, "method": method}, receive, send)


class CrossOrigin(CORSMiddleware):
    """Lets pages of the origins that were allowed read the answers, errors too.

    No credentials are allowed: a key comes in a header, which a page must know to send it.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "HEAD", "OPTIONS", "POST", "DELETE"),
            allow_headers=("*",),
            allow_private_network=True,
            expose_headers=_EXPOSED,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a preflight, in the shape of every other error where it is refused."""
        answer = super().preflight_response(request_headers)
        kept = {name: answer.headers[name] for name in answer.headers if _is_of_cors(name)}
        if answer.status_code == 200:
            return Response(status_code=204, headers=kept)
        why = bytes(answer.body).decode().removeprefix("Disallowed CORS ")
        told = f"pages of other origins may not do this here ({why}): see --cors-origin"
        refusal = RequestRefused(400, told, code="cross_origin_refused", headers=kept)
        return refused(refusal)


def _is_of_cors(header: str) -> bool:
    return header.lower().startswith("access-control-") or header.lower() == "vary"


class Faults:
    """Answers what nobody foresaw, within the other middlewares: they see its answer, too."""

    def __init__(
        self, app: ASGIApp, fault_of: Callable[[Exception], WorkerError], metrics: Metrics
    ) -> None:
        """``fault_of`` logs an error, and says what is told of it."""
        self._app = app
        self._fault_of = fault_of
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            fault = self._fault_of(error)
            if has_begun:
                self._metrics.broken.labels(fault.reason).inc()
                raise
            refusal = refusal_of(fault)
            refusal.headers |= CLOSE  # whatever is left of the request is not read any more
            await refused(refusal)(scope, receive, send)


class Counting:
    """Counts each answer by address and status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = CLIENT_GONE

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route: Any = scope.get("route")
            endpoint = getattr(route, "path", "other")
            self._metrics.requests.labels(endpoint, str(status)).inc()
