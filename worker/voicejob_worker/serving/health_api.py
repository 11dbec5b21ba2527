"""The addresses for whoever runs the server: probes, metrics, and what the models hold."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from voicejob_worker import __version__
from voicejob_worker.device.gpu import GPUHealth, gpu_health
from voicejob_worker.serving.api_documents import errors
from voicejob_worker.serving.api_key import Bearer
from voicejob_worker.serving.inquiry import PATIENCE, Inquiry
from voicejob_worker.serving.model_pool import LoadingError
from voicejob_worker.serving.refusal import RequestRefused, invalid, loading
from voicejob_worker.serving.speech_request import find_voice
from voicejob_worker.serving.vram import vram_report

if TYPE_CHECKING:
    from pydantic import SecretStr

    from voicejob_worker.serving.service import Service

_SILENT_GPU: Final = (
    f"the GPU's driver has not answered for {PATIENCE:.0f} s: if it stays so, start this process "
    "anew, and look at the node's kernel log (dmesg) for NVRM and Xid"
)
_RED: Final[dict[int | str, dict[str, Any]]] = {503: {"description": "It is not; the reason"}}


def add_health(app: FastAPI, service: Service) -> None:
    """Add what probes and Prometheus ask."""
    gpu = Inquiry("gpu-health", gpu_health)

    @app.get("/healthz", response_class=PlainTextResponse, responses=_RED, tags=["operation"])
    async def healthz() -> PlainTextResponse:
        """Tell whether the process lives, or only a new one helps."""
        fault = service.watchdog.fault()
        return PlainTextResponse(f"{fault or 'ok'}\n", 503 if fault else 200)

    @app.get("/readyz", response_class=PlainTextResponse, responses=_RED, tags=["operation"])
    async def readyz() -> PlainTextResponse:
        """Tell whether the default voice speaks."""
        if service.is_draining:
            return PlainTextResponse("shutting down\n", 503)
        if fault := service.watchdog.fault():
            return PlainTextResponse(f"{fault}\n", 503)
        state = await service.readiness.state()
        return PlainTextResponse(f"{state.told}\n", 200 if state.ready else 503)

    @app.get("/health", tags=["operation"])
    async def health() -> dict[str, Any]:
        """Tell of the engines, their voices and the GPU."""
        state, fault = await service.readiness.state(), service.watchdog.fault()
        return {
            "status": "draining" if service.is_draining else fault or state.told,
            "version": __version__,
            "gpu": await _gpu_in_time(gpu),
            "engines": _engines(service),
        }

    @app.get("/metrics", response_class=PlainTextResponse, tags=["operation"])
    async def metrics() -> Response:
        """Tell what was counted, as Prometheus reads it."""
        content = generate_latest(service.metrics.registry)
        return Response(content, media_type=CONTENT_TYPE_LATEST)


def _engines(service: Service) -> dict[str, dict[str, Any]]:
    """Each engine's voices, which of them are loaded, and what those compute on."""
    engines: dict[str, dict[str, Any]] = {}

    def engine(name: str) -> dict[str, Any]:
        return engines.setdefault(name, {"voices": [], "loaded": [], "devices": {}})

    for voice in service.book.voices.values():
        engine(voice.spec.engine.value)["voices"].append(voice.name)
    for stats in service.models.stats():
        engine(stats.engine)["loaded"].append(stats.voice)
        engine(stats.engine)["devices"][stats.voice] = stats.device
    return engines


async def _gpu_in_time(inquiry: Inquiry[GPUHealth]) -> dict[str, Any]:
    try:
        return asdict(await inquiry.answer())
    except TimeoutError:
        return {"available": None, "message": _SILENT_GPU}


def add_admin(app: FastAPI, service: Service, token: SecretStr) -> None:
    """Add what shows the memory and gives it back."""
    guard = [Depends(Bearer(token))]
    report = Inquiry("vram", partial(vram_report, service.models))

    @app.get("/admin/vram", dependencies=guard, responses=errors(401, 503), tags=["operation"])
    async def vram() -> dict[str, Any]:
        """Tell what the GPU's memory is used for."""
        try:
            return await report.answer()
        except TimeoutError:
            raise RequestRefused(503, _SILENT_GPU, "server_error", code="gpu_silent") from None

    async def unload(request: Request, voice: str | None = None) -> dict[str, Any]:
        """Unload the idle models, or one voice's."""
        if foreign := set(request.query_params) - {"voice"}:
            # ?voices=mia taken for no voice at all would unload every model.
            raise invalid(min(foreign), f"{min(foreign)} is not known here: write ?voice=NAME")
        one = None if voice is None else find_voice(voice, service.book)
        try:
            return {"unloaded": await asyncio.to_thread(service.models.unload_idle, one)}
        except LoadingError:
            raise loading() from None

    for add in (app.post, app.delete):
        add("/admin/vram", dependencies=guard, responses=errors(400, 401, 503), tags=["operation"])(
            unload
        )
