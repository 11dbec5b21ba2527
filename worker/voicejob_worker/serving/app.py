"""The server's addresses, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from voicejob_worker import __version__
from voicejob_worker.serving.addresses import (
    Addresses,
    Counting,
    CrossOrigin,
    Faults,
    methods_at,
)
from voicejob_worker.serving.api_documents import describe
from voicejob_worker.serving.health_api import add_admin, add_health
from voicejob_worker.serving.page_api import add_pages
from voicejob_worker.serving.refusal import RequestRefused, invalid, refused
from voicejob_worker.serving.speech_api import add_lists, add_speech
from voicejob_worker.serving.speech_request import SpeechBody
from voicejob_worker.serving.voice_upload import UploadForm
from voicejob_worker.serving.voices_api import add_no_voices, add_voices

if TYPE_CHECKING:
    from fastapi.responses import JSONResponse

    from voicejob_worker.serving.service import Service
    from voicejob_worker.serving.settings import ServeSettings
    from voicejob_worker.serving.voices_api import Cloning


def make_app(service: Service, settings: ServeSettings, cloning: Cloning | None = None) -> FastAPI:
    """The application over ``service``; ``cloning`` takes voices in, where any are taken."""
    app = FastAPI(
        title="voicejob-worker",
        version=__version__,
        description="Speech over HTTP, with OpenAI's interface.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for kind, handler in (
        (RequestRefused, _on_refusal),
        (HTTPException, _on_http_exception),
        (RequestValidationError, _on_invalid),
    ):
        app.add_exception_handler(kind, handler)
    desk = cloning.desk if cloning else None
    add_speech(app, service, settings, desk)
    add_lists(app, service, settings, desk)
    if cloning is not None:
        add_voices(app, service, settings, cloning)
    else:
        add_no_voices(app)
    add_health(app, service)
    add_pages(app, settings)
    if settings.admin_token is not None:
        add_admin(app, service, settings.admin_token)
    describe(app, SpeechBody, UploadForm)
    # The last one is the outermost.
    app.add_middleware(Faults, fault_of=service.fault, metrics=service.metrics)
    app.add_middleware(Counting, metrics=service.metrics)
    app.add_middleware(Addresses, routes=app.routes)
    if settings.cors_origins:
        app.add_middleware(CrossOrigin, origins=settings.cors_origins)
    return app


async def _on_refusal(_request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RequestRefused)
    return refused(refusal)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    message = str(error.detail)
    if error.status_code == 405:
        headers["Allow"] = ", ".join(methods_at(request.app.routes, request.url.path))
        message = f"this address takes {headers['Allow']}"
    if error.status_code == 404:
        message = f"there is nothing at this address{_hint(request)}"
    return refused(RequestRefused(error.status_code, message, headers=headers))


def _hint(request: Request) -> str:
    """What was meant by a base address without its /v1, or with one too many; empty if nothing."""
    path = request.url.path
    for meant in (f"/v1{path}", path.removeprefix("/v1")):
        if meant != path and methods_at(request.app.routes, meant):
            return f": {meant} was meant, for the base address ends with one /v1"
    return ""


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    field = str(error.errors()[0]["loc"][-1])
    return refused(invalid(field, f"{field}: {error.errors()[0]['msg']}"))
