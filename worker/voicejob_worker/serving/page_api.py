"""The page at ``/`` and that of the API: files of this package, which load nothing from elsewhere.

FastAPI's own page of the API loads Swagger UI from another server; its files are 1.5 MB. Ours is
drawn from ``/openapi.json`` by two kilobytes of JavaScript, and works without a network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from voicejob_worker.serving.refusal import RequestRefused
from voicejob_worker.serving.speech_request import formats

if TYPE_CHECKING:
    from voicejob_worker.serving.settings import ServeSettings

_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_ASSETS: Final = ("page.css", "speak.js", "docs.js", "icon.svg")
_HEADERS: Final = {
    # Blobs are the audio that a page has received. No page of another origin may hold this one.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class _File:
    """A file of a page, as it is sent."""

    content: bytes
    kind: str

    def answer(self, request: Request) -> Response:
        """The file, or 304 where the browser has it."""
        tag = f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'
        headers = {**_HEADERS, "ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self.content, media_type=self.kind, headers=headers)


def _file(name: str, **words: str) -> _File:
    content = resources.files(__package__).joinpath("page", name).read_bytes()
    if words:
        content = Template(content.decode()).substitute(words).encode()
    return _File(content, _TYPES[name.rpartition(".")[2]])


def add_pages(app: FastAPI, settings: ServeSettings) -> None:
    """Add the pages."""
    choices = "".join(f"<option>{escape(one)}</option>" for one in formats())
    speak = _file(
        "index.html",
        longest=str(settings.max_input_characters),
        wants_key="yes" if settings.api_key else "no",
        formats=choices,
    )
    docs = _file("docs.html")
    assets = {name: _file(name) for name in _ASSETS}

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return speak.answer(request)

    @app.get("/docs", include_in_schema=False)
    async def api(request: Request) -> Response:
        return docs.answer(request)

    @app.get("/page/{name}", include_in_schema=False)
    async def asset(request: Request, name: str) -> Response:
        if name not in assets:
            raise RequestRefused(404, "there is nothing at this address")
        return assets[name].answer(request)
