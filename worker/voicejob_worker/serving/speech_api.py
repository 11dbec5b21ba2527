"""The addresses under ``/v1`` that speak, and that tell what can be spoken with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from voicejob_worker.serving.api_documents import (
    AudioModel,
    AudioModelList,
    ListedVoice,
    ModelCard,
    ModelList,
    VoiceList,
    body_of,
    errors,
)
from voicejob_worker.serving.api_key import Bearer
from voicejob_worker.serving.body import read_json
from voicejob_worker.serving.encoder import MEDIA_TYPES
from voicejob_worker.serving.refusal import RequestRefused
from voicejob_worker.serving.response import SpeechResponse
from voicejob_worker.serving.speech_request import (
    ANY_ENGINE,
    SpeechBody,
    is_any_engine,
    read_speech_request,
    reads_whole,
)

if TYPE_CHECKING:
    from voicejob_worker.serving.service import Service
    from voicejob_worker.serving.settings import ServeSettings
    from voicejob_worker.serving.shelf_desk import ShelfDesk
    from voicejob_worker.serving.uploaded_voices import UploadedVoice

_BYTES_PER_CHARACTER: Final = 12
"""Bytes of a character in JSON, outside the BMP: two escapes."""
_BYTES_OF_THE_REST: Final = 16 * 1024
_SPOKEN: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The audio, as it is made",
        "content": {kind: {} for kind in (*MEDIA_TYPES.values(), "text/event-stream")},
        "headers": {
            "X-Ignored-Fields": {
                "description": "Fields of the request that were not followed",
                "schema": {"type": "string"},
            }
        },
    }
}


def add_speech(
    app: FastAPI, service: Service, settings: ServeSettings, desk: ShelfDesk | None
) -> None:
    """Add what speaks."""
    longest = settings.max_input_characters
    max_bytes = longest * _BYTES_PER_CHARACTER + _BYTES_OF_THE_REST
    remedy = (
        f"a text may have {longest} characters, unless whoever runs this server raises "
        "--max-input-characters (VOICEJOB_SERVE_MAX_INPUT_CHARACTERS)"
    )

    @app.post(
        "/v1/audio/speech",
        dependencies=[Depends(Bearer(settings.api_key))] if settings.api_key else [],
        response_class=Response,
        responses=_SPOKEN | errors(400, 401, 404, 408, 413, 415, 422, 429, 500, 503),
        openapi_extra=body_of(SpeechBody),
        tags=["speech"],
    )
    async def speech(request: Request) -> Response:
        """Speak a text."""
        document = await read_json(request, max_bytes, remedy)
        if desk is not None:
            await desk.look()
        wanted = read_speech_request(document, service.book, longest)
        if wanted.stream is None and reads_whole(request.headers):
            wanted = replace(wanted, stream=False)
        return SpeechResponse(service, service.accept(wanted))


def add_lists(
    app: FastAPI, service: Service, settings: ServeSettings, desk: ShelfDesk | None
) -> None:
    """Add what tells which models and voices there are.

    ``/v1/models`` asks for the key: programs try by it whether theirs is right. The other two
    do not, since Open WebUI asks them without one, and falls back to names that are not here. But
    the voices that clients sent are listed to those who have the key: a name may be a person's.
    """
    book = service.book
    key = Bearer(settings.api_key) if settings.api_key else None
    guard = [Depends(key)] if key else []

    async def uploaded() -> list[UploadedVoice]:
        if desk is None:
            return []
        await desk.look()
        return desk.shelf.all()

    async def models() -> list[str]:
        engines = [voice.spec.engine.value for voice in book.voices.values()]
        engines += [one.facts.engine for one in await uploaded()]
        return [*dict.fromkeys(engines), *ANY_ENGINE]

    @app.get("/v1/audio/voices", tags=["lists"])
    async def voices(request: Request) -> VoiceList:
        """List the voices that a request may name."""
        sent = await uploaded() if key is None or key.is_sent(request) else []
        named = [(name, voice) for name, voice in book.voices.items()]
        aliased = [(name, book.default) for name in book.aliases]
        return VoiceList(
            voices=[
                ListedVoice(
                    id=name,
                    name=name,
                    engine=voice.spec.engine.value,
                    language=voice.spec.language,
                    same_as=None if name == voice.name else voice.name,
                )
                for name, voice in (*named, *aliased)
            ]
            + [
                ListedVoice(
                    id=one.facts.id,
                    name=one.facts.name,
                    engine=one.facts.engine,
                    language=one.facts.language,
                    same_as=None,
                )
                for one in sent
            ]
        )

    @app.get("/v1/audio/models", tags=["lists"])
    async def audio_models() -> AudioModelList:
        """List the models, as Open WebUI asks for them."""
        return AudioModelList(models=[AudioModel(id=name, name=name) for name in await models()])

    @app.get("/v1/models", dependencies=guard, responses=errors(401), tags=["lists"])
    async def list_models() -> ModelList:
        """List the models, as OpenAI does."""
        return ModelList(data=[ModelCard(id=name) for name in await models()])

    @app.get("/v1/models/{name}", dependencies=guard, responses=errors(401, 404), tags=["lists"])
    async def one_model(name: str) -> ModelCard:
        """Tell of a model whether there is one."""
        there = await models()
        if name not in there and not is_any_engine(name):
            known = f"there is no model of that name: there are {', '.join(there)}"
            raise RequestRefused(404, known, param="model", code="model_not_found")
        return ModelCard(id=name)
