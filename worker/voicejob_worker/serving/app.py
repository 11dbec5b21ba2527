"""The server's addresses."""

from __future__ import annotations

import asyncio
import hmac
import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from voicejob_worker import __version__
from voicejob_worker.device.gpu import GPUHealth, gpu_health
from voicejob_worker.serving.inquiry import PATIENCE, Inquiry
from voicejob_worker.serving.model_pool import LoadingError
from voicejob_worker.serving.refusal import RequestRefused, invalid, loading, refusal_of
from voicejob_worker.serving.response import SpeechResponse, refused
from voicejob_worker.serving.speech_request import ANY_ENGINE, find_voice, read_speech_request
from voicejob_worker.serving.vram import vram_report

if TYPE_CHECKING:
    from pydantic import SecretStr
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from voicejob_worker.serving.metrics import Metrics
    from voicejob_worker.serving.service import Service
    from voicejob_worker.serving.settings import ServeSettings

_BYTES_PER_CHARACTER: Final = 12
"""Bytes of a character in JSON, outside the BMP: two escapes."""
_BYTES_OF_THE_REST: Final = 16 * 1024
_BODY_SECONDS: Final = 30.0
"""How long a client may take to send its request."""
_CLOSE: Final = {"Connection": "close"}
_READING: Final = ["GET", "HEAD"]
"""Load balancers and monitors ask by HEAD."""
_SILENT_GPU: Final = (
    f"the GPU's driver has not answered for {PATIENCE:.0f} s: if it stays so, start this process "
    "anew, and look at the node's kernel log (dmesg) for NVRM and Xid"
)
_CLIENT_GONE: Final = 499
"""Status that nginx logs if the client closed the connection before the answer began."""


def make_app(service: Service, settings: ServeSettings) -> FastAPI:
    """The application over ``service``."""
    app = FastAPI(title="voicejob-worker", docs_url=None, redoc_url=None, openapi_url=None)

    async def on_fault(_request: Request, error: Exception) -> JSONResponse:
        refusal = refusal_of(service.fault(error))
        refusal.headers |= _CLOSE  # uvicorn closes the connection after what was not foreseen
        return refused(refusal)

    for kind, handler in (
        (RequestRefused, _on_refusal),
        (HTTPException, _on_http_exception),
        (Exception, on_fault),
    ):
        app.add_exception_handler(kind, handler)
    _add_speech(app, service, settings)
    _add_health(app, service)
    if settings.admin_token is not None:
        _add_admin(app, service, settings.admin_token)
    app.add_middleware(_Counting, metrics=service.metrics)
    return app


def _add_speech(app: FastAPI, service: Service, settings: ServeSettings) -> None:
    max_bytes = settings.max_input_characters * _BYTES_PER_CHARACTER + _BYTES_OF_THE_REST
    guard = [Depends(_Bearer(settings.api_key))] if settings.api_key else []
    book = service.book
    models = [*dict.fromkeys(v.spec.engine.value for v in book.voices.values()), *ANY_ENGINE]

    @app.post("/v1/audio/speech", dependencies=guard, response_model=None)
    async def speech(request: Request) -> Response:
        document = await _json(request, max_bytes)
        wanted = read_speech_request(document, book, settings.max_input_characters)
        return SpeechResponse(service, service.accept(wanted))

    @app.api_route("/v1/audio/voices", methods=_READING, dependencies=guard)
    async def voices() -> dict[str, Any]:
        named = [(name, voice) for name, voice in book.voices.items()]
        aliased = [(name, book.default) for name in book.aliases]
        return {
            "voices": [
                {
                    "id": name,
                    "name": name,
                    "engine": voice.spec.engine.value,
                    "language": voice.spec.language,
                    "same_as": None if name == voice.name else voice.name,
                }
                for name, voice in (*named, *aliased)
            ]
        }

    @app.api_route("/v1/models", methods=_READING, dependencies=guard)
    async def list_models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(name) for name in models]}

    @app.api_route("/v1/models/{name}", methods=_READING, dependencies=guard)
    async def one_model(name: str) -> dict[str, Any]:
        if name not in models:
            known = f"there is no model of that name: there are {', '.join(models)}"
            raise RequestRefused(404, known, param="model", code="model_not_found")
        return _model(name)


def _add_health(app: FastAPI, service: Service) -> None:
    gpu = Inquiry("gpu-health", gpu_health)

    @app.api_route("/healthz", methods=_READING)
    async def healthz() -> PlainTextResponse:
        fault = service.watchdog.fault()
        return PlainTextResponse(f"{fault or 'ok'}\n", 503 if fault else 200)

    @app.api_route("/readyz", methods=_READING)
    async def readyz() -> PlainTextResponse:
        if service.is_draining:
            return PlainTextResponse("shutting down\n", 503)
        if fault := service.watchdog.fault():
            return PlainTextResponse(f"{fault}\n", 503)
        state = await service.readiness.state()
        return PlainTextResponse(f"{state.told}\n", 200 if state.ready else 503)

    @app.api_route("/health", methods=_READING)
    async def health() -> dict[str, Any]:
        state, fault = await service.readiness.state(), service.watchdog.fault()
        loaded = service.models.stats()
        engines: dict[str, dict[str, Any]] = {}
        for voice in service.book.voices.values():
            empty: dict[str, Any] = {"voices": [], "loaded": [], "devices": {}}
            engine = engines.setdefault(voice.spec.engine.value, empty)
            engine["voices"].append(voice.name)
        for stats in loaded:
            engines[stats.engine]["loaded"].append(stats.voice)
            engines[stats.engine]["devices"][stats.voice] = stats.device
        return {
            "status": "draining" if service.is_draining else fault or state.told,
            "version": __version__,
            "gpu": await _gpu_in_time(gpu),
            "engines": engines,
        }

    @app.api_route("/metrics", methods=_READING, response_model=None)
    async def metrics() -> Response:
        content = generate_latest(service.metrics.registry)
        return Response(content, media_type=CONTENT_TYPE_LATEST)


async def _gpu_in_time(inquiry: Inquiry[GPUHealth]) -> dict[str, Any]:
    try:
        return asdict(await inquiry.answer())
    except TimeoutError:
        return {"available": None, "message": _SILENT_GPU}


def _add_admin(app: FastAPI, service: Service, token: SecretStr) -> None:
    guard = [Depends(_Bearer(token))]
    report = Inquiry("vram", partial(vram_report, service.models))

    @app.get("/admin/vram", dependencies=guard)
    async def vram() -> dict[str, Any]:
        try:
            return await report.answer()
        except TimeoutError:
            raise RequestRefused(503, _SILENT_GPU, "server_error", code="gpu_silent") from None

    @app.post("/admin/vram", dependencies=guard)
    @app.delete("/admin/vram", dependencies=guard)
    async def unload(request: Request, voice: str | None = None) -> dict[str, Any]:
        if foreign := set(request.query_params) - {"voice"}:
            # ?voices=mia taken for no voice at all would unload every model.
            raise invalid(min(foreign), f"{min(foreign)} is not known here: write ?voice=NAME")
        one = None if voice is None else find_voice(voice, service.book)
        try:
            return {"unloaded": await asyncio.to_thread(service.models.unload_idle, one)}
        except LoadingError:
            raise loading() from None


class _Bearer:
    """Asks for a token."""

    def __init__(self, token: SecretStr) -> None:
        self._wanted = f"Bearer {token.get_secret_value()}".encode()

    async def __call__(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._wanted):
            raise RequestRefused(
                401,
                "no valid key was sent: send it as Authorization: Bearer KEY",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )


async def _json(request: Request, max_bytes: int) -> Any:
    """The body, read no further than any order can be long."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > max_bytes:
                    told = f"the body has more than {max_bytes} bytes"
                    raise RequestRefused(413, told, code="body_too_large", headers=_CLOSE)
    except ClientDisconnect:  # nobody reads this; it is for the metrics
        raise RequestRefused(_CLIENT_GONE, "the client is gone", headers=_CLOSE) from None
    except TimeoutError:
        told = f"the body did not come to its end within {_BODY_SECONDS:.0f} s"
        raise RequestRefused(408, told, code="body_incomplete", headers=_CLOSE) from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # the latter of a thousand brackets
        raise invalid(None, "the body is not valid JSON", "invalid_json") from None


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "voicejob"}


async def _on_refusal(_request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RequestRefused)
    return refused(refusal)


async def _on_http_exception(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    methods = (error.headers or {}).get("Allow", "another method")
    told = {404: "there is nothing at this address", 405: f"this address takes {methods}"}
    message = told.get(error.status_code, str(error.detail))
    return refused(RequestRefused(error.status_code, message, headers=error.headers))


class _Counting:
    """Counts each answer by address and status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = _CLIENT_GONE

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = scope.get("route")
            endpoint = getattr(route, "path", "other")
            self._metrics.requests.labels(endpoint, str(status)).inc()
