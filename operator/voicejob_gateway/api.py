"""The interface: paths, and what answers them."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

from voicejob_api.capability import API, HEADER
from voicejob_gateway import metrics
from voicejob_gateway.admission import CALLER, Admission
from voicejob_gateway.audio import AudioHandler
from voicejob_gateway.authorisation import Authoriser, Right
from voicejob_gateway.refusals import RefusalError, not_found
from voicejob_gateway.static_page import add_page
from voicejob_gateway.voicejobs import MAX_LISTED, VoiceJobs, told
from voicejob_operator.runtime.client import ApiError

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": f"Authorization, {HEADER}",
}
_API_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
_COUNT: Final = re.compile(r"[1-9][0-9]{0,3}")
_CLIENT_GONE: Final = 499
"""As nginx has it: nobody is there to be answered."""


@dataclass(frozen=True)
class Interface:
    """The parts that answer."""

    admission: Admission
    authoriser: Authoriser
    voicejobs: VoiceJobs
    audio: AudioHandler

    def application(self) -> web.Application:
        """The web application: interface and page."""
        # Nothing is ever sent to the gateway, so that no body may be larger than this.
        app = web.Application(middlewares=[_edge], client_max_size=1024)
        app.router.add_get(f"{API}/namespaces", self._namespaces)
        voicejobs = f"{API}/namespaces/{{namespace}}/voicejobs"
        app.router.add_get(voicejobs, self._list)
        app.router.add_get(f"{voicejobs}/{{name}}", self._voicejob)
        app.router.add_get(f"{voicejobs}/{{name}}/audio", self._audio)
        app.on_response_prepare.append(_add_headers)
        add_page(app)
        return app

    async def _namespaces(self, request: web.Request) -> web.StreamResponse:
        user = await self.admission.user(request)
        return web.json_response(await self.voicejobs.seen_by(user, self.authoriser))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        namespace = request.match_info["namespace"]
        self.voicejobs.check(namespace)
        user = await self.admission.user(request)
        await self.authoriser.require(user, Right("list", namespace))
        limit = _limit(request.query.get("limit", ""))
        proceed = request.query.get("continue", "")
        return web.json_response(await self.voicejobs.page(namespace, limit, proceed))

    async def _voicejob(self, request: web.Request) -> web.StreamResponse:
        admitted = await self.admission.to_status(request, *_whose(request))
        return web.json_response(told(admitted.voicejob, with_spec=admitted.is_user))

    async def _audio(self, request: web.Request) -> web.StreamResponse:
        admitted = await self.admission.to_audio(request, *_whose(request))
        return await self.audio.answer(request, admitted.voicejob, admitted.caller)


def _whose(request: web.Request) -> tuple[str, str]:
    return request.match_info["namespace"], request.match_info["name"]


def _limit(given: str) -> int:
    if not given:
        return MAX_LISTED
    if not _COUNT.fullmatch(given) or int(given) > MAX_LISTED:
        raise RefusalError(
            400,
            "BadLimit",
            f"limit is {given[:20]!r}, and must be a number from 1 to {MAX_LISTED}",
            "go on with `continue` of the answer",
        )
    return int(given)


@web.middleware
async def _edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what is raised into an answer, counts it, and writes a line of the log."""
    began, code = time.monotonic(), _CLIENT_GONE
    try:
        response = await _answered(request, handler)
        code = response.status
    finally:  # also of a client that has gone: it may have heard all but the last bytes
        _note(request, code, time.monotonic() - began)
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RefusalError as error:
        refusal = error
    except web.HTTPException as error:
        refusal = _of_http(error, request)
    except ApiError as error:
        refusal = _of_api(error)
    except Exception as error:  # the edge: the client is told nothing but that it is ours
        log.exception("a request has failed", kind=type(error).__name__)
        refusal = RefusalError(500, "Internal", "the gateway has failed", "its log says more")
    metrics.REFUSALS.labels(refusal.error, str(refusal.status)).inc()
    return refusal.response()


def _note(request: web.Request, code: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    metrics.REQUESTS.labels(route, str(code)).inc()
    if route.startswith(API):
        log.info(
            "request",
            method=request.method,
            route=route,
            namespace=request.match_info.get("namespace", ""),
            voicejob=request.match_info.get("name", ""),
            code=code,
            caller=request.get(CALLER, ""),
            seconds=round(seconds, 3),
        )


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_SAFE)
    # What comes from users is never run, should a browser be led to it.
    response.headers.setdefault("Content-Security-Policy", _API_POLICY)
    response.headers.setdefault("Cache-Control", "no-store")


def _of_http(error: web.HTTPException, request: web.Request) -> RefusalError:
    if error.status == 404:
        return not_found(
            f"there is nothing under {request.path[:200]}",
            f"the interface begins with {API}/namespaces",
        )
    allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return RefusalError(
        error.status, error.reason.replace(" ", ""), error.reason, "only GET and HEAD", allowed
    )


def _of_api(error: ApiError) -> RefusalError:
    log.warning("the API server has not answered as it should", error=str(error))
    if error.is_forbidden or error.is_distrust:
        return RefusalError(
            502,
            "GatewayForbidden",
            "the API server does not let the gateway ask",
            "its ServiceAccount needs the chart's roles (rbac.create)",
        )
    return RefusalError(
        503,
        "ApiServerUnavailable",
        "the API server does not answer",
        "try again in a while",
        {"Retry-After": "5"},
    )
