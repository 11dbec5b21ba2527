"""Hands out one file of a VoiceJob: whole, or from where a download broke off."""

import asyncio
import base64
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import web

from voicejob_api.outputs import AUDIO, content_type_of
from voicejob_gateway import metrics
from voicejob_gateway.objects import ObjectReader
from voicejob_gateway.ranges import Span, UnsatisfiableError, is_known, span_of
from voicejob_gateway.refusals import RefusalError
from voicejob_gateway.streams import Streams
from voicejob_gateway.voicejobs import Body
from voicejob_operator.settings import StoreSettings
from voicejob_operator.store.parts import Absence, FetchError, Part, own_part

_PIECE: Final = 256 << 10
_MAX_PART: Final = 128
"""Longer than any id of an item."""
_STATUS: Final = {
    Absence.NO_AUDIO: 409,
    Absence.NO_SUCH_PART: 404,
    Absence.ELSEWHERE: 409,
    Absence.NOT_ITS_OWN: 409,
    Absence.BROKEN: 502,
}
_HINT: Final = {
    Absence.NO_AUDIO: "wait for the phase Succeeded; status.reason says why another one is final",
    Absence.NO_SUCH_PART: "subtitles must be asked for in spec.audio.subtitles",
    Absence.ELSEWHERE: "the gateway has the operator's own store alone",
    Absence.NOT_ITS_OWN: "tell whoever runs the platform",
    Absence.BROKEN: "tell whoever runs the platform",
}


@dataclass(frozen=True)
class _File:
    """What is to be handed out."""

    part: Part
    size_bytes: int
    etag: str

    @property
    def name(self) -> str:
        """The name under which it is saved."""
        return self.part.key.rpartition("/")[2]


class AudioHandler:
    """Answers GET and HEAD of a VoiceJob's audio."""

    def __init__(
        self,
        store: StoreSettings,
        objects: ObjectReader,
        streams: Streams,
        *,
        stall_seconds: float,
        stream_seconds: float,
    ) -> None:
        self._store = store
        self._objects = objects
        self._streams = streams
        self._stall = stall_seconds
        self._seconds = stream_seconds

    async def answer(self, request: web.Request, voicejob: Body, caller: str) -> web.StreamResponse:
        """The file, a part of it, or that nothing has changed.

        Raises:
            RefusalError: There is none, or it cannot be had.
        """
        part = self._part(voicejob, request.query.get("part") or AUDIO)
        with self._streams.one_more(caller, voicejob["metadata"]["namespace"]):
            file = await self._described(part)
            headers = _headers(file)
            if is_known(request.headers, file.etag):
                return web.Response(status=304, headers=headers)
            try:
                span = span_of(request.headers, file.size_bytes, file.etag)
            except UnsatisfiableError:
                raise RefusalError(
                    416,
                    "RangeNotSatisfiable",
                    f"the file has {file.size_bytes} bytes, and none where this range begins",
                    "it is whole already, or another one: compare its ETag",
                    {"Content-Range": f"bytes */{file.size_bytes}"},
                ) from None
            response = _response(file, headers, span)
            if request.method == "HEAD":
                await response.prepare(request)
                return response
            await self._send(request, response, file, span)
            return response

    def _part(self, voicejob: Body, wanted: str) -> Part:
        try:
            return own_part(voicejob, wanted[:_MAX_PART], self._store)
        except FetchError as error:
            metadata = voicejob["metadata"]
            raise RefusalError(
                _STATUS[error.absence],
                str(error.absence),
                f"VoiceJob {metadata['namespace']}/{metadata['name']}: {error}",
                _HINT[error.absence],
            ) from error

    async def _described(self, part: Part) -> _File:
        """Of the audio the status tells all; of other parts only the store knows."""
        if part.sha256 and part.size_bytes is not None:
            return _File(part, part.size_bytes, f'"{part.sha256}"')
        found = await self._objects.describe(part.key)
        return _File(part, found.size_bytes, found.etag)

    async def _send(
        self, request: web.Request, response: web.StreamResponse, file: _File, span: Span | None
    ) -> None:
        cause, whole = "client", asyncio.timeout(self._seconds)
        try:
            async with (
                whole,
                self._objects.opened(file.part.key, file.size_bytes, span) as content,
            ):
                await response.prepare(request)
                while True:
                    cause = "store"
                    piece = await content.read(_PIECE)
                    if not piece:
                        break
                    cause = "client"
                    async with asyncio.timeout(self._stall):
                        await response.write(piece)
                    metrics.SENT.inc(len(piece))
                await response.write_eof()
        except (
            aiohttp.ClientError,
            TimeoutError,
            ConnectionError,
            asyncio.CancelledError,
        ) as error:
            metrics.BROKEN.labels("time" if whole.expired() else cause).inc()
            # Closed and not ended: so the client sees that the rest is missing, and goes on there.
            if request.transport is not None:
                request.transport.abort()
            if isinstance(error, asyncio.CancelledError):
                raise


def _headers(file: _File) -> dict[str, str]:
    headers = {
        "ETag": file.etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "private, no-cache",
    }
    if file.part.sha256:
        digest = base64.b64encode(bytes.fromhex(file.part.sha256)).decode()
        headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return headers


def _response(file: _File, headers: dict[str, str], span: Span | None) -> web.StreamResponse:
    headers = {**headers, "Content-Type": content_type_of(file.name)}
    if span is not None:
        headers["Content-Range"] = span.content_range
    response = web.StreamResponse(status=206 if span is not None else 200, headers=headers)
    response.content_length = span.length if span is not None else file.size_bytes
    return response
