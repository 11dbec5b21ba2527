"""The addresses that take, show and delete voices of clients' own; OpenAI's names where it has any.

They want the key where one is set, and are there only where a folder for the voices was given.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from voicejob_worker.digests import sha256_of
from voicejob_worker.errors import InvalidInputError, ModelUnusableError
from voicejob_worker.reference.content import HEAD_BYTES
from voicejob_worker.serving.api_documents import body_of, errors
from voicejob_worker.serving.api_key import Bearer
from voicejob_worker.serving.body import bounded
from voicejob_worker.serving.refusal import RequestRefused, invalid, told_here
from voicejob_worker.serving.shelf_desk import ShelfDesk
from voicejob_worker.serving.uploaded_voices import (
    PREFIX,
    RECORDING,
    StillUsableError,
    UploadedVoice,
    VoiceFacts,
    VoiceShelf,
)
from voicejob_worker.serving.voice_upload import (
    UploadForm,
    VoiceUpload,
    check_recording,
    read_upload,
    voice_of,
)

if TYPE_CHECKING:
    from voicejob_worker.serving.service import Service
    from voicejob_worker.serving.settings import ServeSettings
    from voicejob_worker.serving.voice_loader import VoiceLoader
    from voicejob_worker.serving.voices import Voice

_UPLOAD_SECONDS: Final = 120.0
"""How long a client may take to send a recording."""
_BYTES_OF_THE_REST: Final = 64 * 1024
_MAX_FIELD_BYTES: Final = 16 * 1024
_MAX_FIELDS: Final = 16
_MAX_WAITING: Final = 4
"""Recordings that are on their way in at once: each is decoded on the processors that speak."""
_FILE_FIELDS: Final = ("audio_sample", "recording", "file")


@dataclass(frozen=True)
class Cloning:
    """What takes voices in."""

    shelf: VoiceShelf
    loader: VoiceLoader
    max_bytes: int
    """Of a recording."""
    desk: ShelfDesk = field(init=False)
    """What the event loop asks the shelf through."""

    def __post_init__(self) -> None:
        """Put the two together, and remove what a killed server left."""
        object.__setattr__(self, "desk", ShelfDesk(self.shelf))
        self.shelf.forget = lambda facts: self.loader.forget_recording(
            facts.sha256, facts.transcript
        )
        self.shelf.clear_away()


class VoiceCard(BaseModel):
    """A voice that was sent, as OpenAI describes one, and what there is to say of it here."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    object: str = "audio.voice"
    name: str
    created_at: int
    type: str = "audio_sample"
    engine: str
    language: str
    sha256: str
    """Of the recording."""
    consent: str
    """What was said of the speaker's consent."""


class VoiceDeleted(BaseModel):
    """A voice that is gone."""

    id: str
    object: str = "audio.voice.deleted"
    deleted: bool = True


def add_voices(app: FastAPI, service: Service, settings: ServeSettings, cloning: Cloning) -> None:
    """Add what takes, shows and deletes voices."""
    guard = [Depends(Bearer(settings.api_key))] if settings.api_key else []
    takes_in = _TakesIn(service, cloning)
    cloning.shelf.on_gone = service.forget

    @app.post(
        "/v1/audio/voices",
        dependencies=[Depends(_SameOrigin(settings.cors_origins)), *guard],
        responses=errors(400, 401, 403, 408, 409, 413, 415, 429, 500, 503, 507),
        openapi_extra=body_of(UploadForm, "multipart/form-data"),
        tags=["voices"],
    )
    async def create(request: Request) -> VoiceCard:
        """Take a recording, whose voice can be asked for as soon as this is answered."""
        return _card(await takes_in(request))

    @app.get("/v1/audio/voices/{voice}", dependencies=guard, responses=errors(401, 404),
             tags=["voices"])  # fmt: skip
    async def show(voice: str) -> VoiceCard:
        """Tell of a voice that was sent, by its id or name."""
        await cloning.desk.look()
        return _card(_sent(voice, cloning.shelf))

    @app.delete("/v1/audio/voices/{voice}", dependencies=guard,
                responses=errors(401, 404, 500, 503), tags=["voices"])  # fmt: skip
    async def delete(voice: str) -> VoiceDeleted:
        """Delete a voice that was sent: its recording, its facts and what was made of them."""
        with service.other_in_hand():
            return VoiceDeleted(id=await cloning.desk.run(lambda: _delete(voice, cloning.shelf)))


def add_no_voices(app: FastAPI) -> None:
    """Add what tells that no voices are taken."""

    @app.post("/v1/audio/voices", include_in_schema=False)
    async def create() -> None:
        told = "this server takes no voices: start it with --voices-dir FOLDER, and it does"
        raise RequestRefused(404, told, code="voices_not_taken")


def _card(sent: UploadedVoice) -> VoiceCard:
    known = {name: value for name, value in vars(sent.facts).items() if name in _SHOWN}
    return VoiceCard(**known)


_SHOWN: Final = frozenset(VoiceCard.model_fields)


def _sent(name: str, shelf: VoiceShelf) -> UploadedVoice:
    found = shelf.entry(name)
    if found is None:
        told = "no voice of that id or name was sent: GET /v1/audio/voices lists them"
        raise RequestRefused(404, told, param="voice", code="voice_not_found")
    return found


def _delete(name: str, shelf: VoiceShelf) -> str:
    """Delete a voice by its id or name, or what is left of one by its id; gives the id."""
    shelf.look()
    identity = name if shelf.is_leaving(name) else _sent(name, shelf).facts.id
    try:
        shelf.remove(identity)
    except StillUsableError as error:
        raise RequestRefused(
            500,
            f"the voice {identity} was not deleted, and speaks as before: the folder of voices "
            f"cannot be changed ({error.strerror}): see whether its volume can be written, and "
            "delete it again",
            "server_error",
            code="voice_still_usable",
        ) from error
    except OSError as error:
        raise RequestRefused(
            500,
            f"the voice {identity} can be used by nobody any more, but some of its recording, or "
            f"of what was made of it, is still on disk ({error.strerror}): delete it again by "
            "this id, or see the server's log",
            "server_error",
            code="voice_not_deleted",
        ) from error
    return identity


class _SameOrigin:
    """Refuses what a page of another origin has a browser send: a form needs no preflight."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = allowed

    async def __call__(self, request: Request) -> None:
        origin = request.headers.get("origin", "").lower()
        host = request.headers.get("host", "").lower()
        if origin and origin.partition("://")[2] != host and not {"*", origin} & {*self._allowed}:
            told = "a page of another origin may not do this here: see --cors-origin"
            raise RequestRefused(403, told, code="cross_origin_refused")


class _TakesIn:
    """Takes recordings in, one at a time."""

    def __init__(self, service: Service, cloning: Cloning) -> None:
        self._service = service
        self._cloning = cloning
        self._turn = asyncio.Lock()
        self._coming = 0

    async def __call__(self, request: Request) -> UploadedVoice:
        with self._service.other_in_hand():
            return await self._take_in(request)

    async def _take_in(self, request: Request) -> UploadedVoice:
        if self._coming >= _MAX_WAITING:
            raise RequestRefused(
                429,
                f"{self._coming} recordings are being taken in already: try again in 5 s",
                "rate_limit_error",
                code="uploads_full",
                headers={"Retry-After": "5"},
            )
        self._coming += 1
        try:
            async with self._form(request) as (fields, recording):
                await self._cloning.desk.look()
                upload = read_upload(fields, self._service.book)
                check_recording(await recording.read(HEAD_BYTES))
                async with self._turn:
                    return await self._cloning.desk.run(lambda: self._take(upload, recording))
        finally:
            self._coming -= 1

    @asynccontextmanager
    async def _form(self, request: Request) -> AsyncIterator[tuple[dict[str, str], UploadFile]]:
        """The form's fields and its recording, which is on disk if it is large."""
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            told = "a voice is sent as multipart/form-data, with name, audio_sample and consent"
            raise invalid(None, told, "no_form")
        most = self._cloning.max_bytes
        remedy = (
            f"a recording may have {most} bytes, unless whoever runs this server raises "
            "--max-upload-mib (VOICEJOB_SERVE_MAX_UPLOAD_MIB)"
        )
        parts = bounded(request, most + _BYTES_OF_THE_REST, _UPLOAD_SECONDS, remedy)
        parser = MultiPartParser(
            request.headers,
            parts,  # type: ignore[arg-type]
            max_files=1,
            max_fields=_MAX_FIELDS,
            max_part_size=_MAX_FIELD_BYTES,
        )
        try:
            form = await parser.parse()
        except (MultiPartException, KeyError, UnicodeError, LookupError):
            told = (
                "the form cannot be read: it has one recording of a file's name, at most "
                f"{_MAX_FIELDS} fields of {_MAX_FIELD_BYTES} bytes, and its boundary"
            )
            raise invalid(None, told, "invalid_form") from None
        try:
            yield _told_apart(form.multi_items())
        finally:
            await form.close()

    def _take(self, upload: VoiceUpload, recording: UploadFile) -> UploadedVoice:
        """Keep a recording, once it was found fit; called in a thread."""
        cloning, identity = self._cloning, f"{PREFIX}{secrets.token_hex(12)}"
        try:
            cloning.shelf.check_room(upload.name, recording.size or 0)
            with cloning.shelf.staged(identity) as folder:
                path = folder / RECORDING
                recording.file.seek(0)
                with path.open("wb") as file:
                    shutil.copyfileobj(recording.file, file)
                facts = VoiceFacts(
                    id=identity,
                    name=upload.name,
                    created_at=int(time.time()),
                    engine=upload.engine.value,
                    language=upload.language,
                    consent=upload.consent,
                    transcript=upload.transcript,
                    sha256=sha256_of(path),
                    size=path.stat().st_size,
                )
                cloning.shelf.describe(facts, folder)
                cloning.loader.prepare_reference(self._staged(facts, folder))
                return cloning.shelf.add(facts, folder)
        except InvalidInputError as error:
            raise invalid("audio_sample", told_here(error), "invalid_recording") from error
        except ModelUnusableError as error:
            told = f"no voice can be cloned here: {told_here(error)}"
            raise RequestRefused(503, told, "model_unusable", code="model_unusable") from error
        except OSError as error:
            told = f"the recording cannot be kept: {error.strerror}"
            raise RequestRefused(507, told, "server_error", code="no_room_for_voices") from error

    def _staged(self, facts: VoiceFacts, folder: Path) -> Voice:
        """The voice while its recording is in ``folder``."""
        try:
            return voice_of(self._service.book, facts, folder.parent, folder.name)
        except InvalidInputError as error:
            raise invalid("language", error.message) from error


def _told_apart(
    items: list[tuple[str, UploadFile | str]],
) -> tuple[dict[str, str], UploadFile]:
    """The fields, and the recording."""
    fields = {name: value for name, value in items if isinstance(value, str)}
    files = [value for name, value in items if not isinstance(value, str) and name in _FILE_FIELDS]
    if not files:
        told = "audio_sample is missing: send the recording as a file of that name"
        raise invalid("audio_sample", told)
    return fields, files[0]
