"""The page: files of one folder, each by its name, under a policy that lets in nothing else."""

import json
from pathlib import Path
from typing import Final

from aiohttp import web

from voicejob_api.reasons import reasons

FOLDER: Final = Path(__file__).parent / "page"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Trusted types: no string becomes markup, also where a change of the page forgets that."""


def add_page(app: web.Application) -> None:
    """Serve what the folder holds now; nothing that comes into it later, and nothing outside.

    The page's own addresses are relative: through the API server's service proxy it lies deep.
    """
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in _TYPES:
            _add(app, path.name, path.read_bytes(), _TYPES[path.suffix])
    _add(app, "", (FOLDER / "index.html").read_bytes(), _TYPES[".html"])
    _add(app, "reasons.json", _reasons(), _TYPES[".json"])


def _reasons() -> bytes:
    """What each reason means and what to do, by its name."""
    told = {
        name: {"means": one.means, "do": one.do, "usual": one.usual}
        for name, one in reasons().items()
    }
    return json.dumps(told).encode()


def _add(app: web.Application, name: str, content: bytes, kind: str) -> None:
    headers = {
        "Content-Type": kind,
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-cache",
    }

    async def send(_: web.Request) -> web.Response:
        return web.Response(body=content, headers=headers)

    app.router.add_get(f"/{name}", send)
