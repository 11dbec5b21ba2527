"""Addresses of models: ``hf://``, ``https://``, ``http://`` and ``s3://``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from voicejob_worker.errors import ModelUnusableError

HUB: Final = "https://huggingface.co"
_HUB_VARIABLE: Final = "HF_ENDPOINT"
_SCHEMES: Final = ("hf://", "https://", "http://", "s3://")
_HUB_ADDRESS: Final = re.compile(
    r"hf://(?P<repository>[^/@]+/[^/@]+)(?:@(?P<revision>[^/]+))?(?:/(?P<path>.*))?"
)


def is_remote(uri: str) -> bool:
    """Whether it is an address to fetch from, and no path."""
    return uri.startswith(_SCHEMES)


def shown(uri: str) -> str:
    """An address without its user, query and fragment, any of which may be secret."""
    parts = _split(uri)
    if parts.scheme not in ("http", "https"):
        return uri
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def last_part(uri: str) -> str:
    """The name of the file or folder; the repository's where a whole one is meant."""
    name = _path(uri).rstrip("/").rpartition("/")[2]
    return name.partition("@")[0] if uri.startswith("hf://") else name


def beside(uri: str, name: str) -> str:
    """The address of ``name`` in the folder that ``uri`` is in."""
    return _with_path(uri, f"{_path(uri).rpartition('/')[0]}/{name}")


def below(uri: str, name: str) -> str:
    """The address of ``name`` in the folder that ``uri`` is."""
    return _with_path(uri, f"{_path(uri).rstrip('/')}/{name}")


def folder_of(uri: str) -> str:
    """The address of the folder that the file ``uri`` is in."""
    return _with_path(uri, _path(uri).rpartition("/")[0])


def on_the_web(uri: str, environment: Mapping[str, str]) -> str:
    """The address over HTTP: of ``hf://OWNER/REPOSITORY[@REVISION]/PATH``, the hub's.

    HF_ENDPOINT names another hub, as it does for the package huggingface_hub.

    Raises:
        ModelUnusableError: it is no address of a file.
    """
    if not uri.startswith("hf://"):
        return uri
    match = _HUB_ADDRESS.fullmatch(uri)
    if match is None or not match["path"]:
        raise ModelUnusableError(
            f"{uri} names no file: expected hf://OWNER/REPOSITORY[@REVISION]/PATH"
        )
    hub = (environment.get(_HUB_VARIABLE) or HUB).rstrip("/")
    revision = match["revision"] or "main"
    return f"{hub}/{match['repository']}/resolve/{revision}/{quote(match['path'])}"


def _split(uri: str) -> SplitResult:
    """The parts of an address; of one over HTTP, with a host and a port that can be.

    Raises:
        ModelUnusableError: it has none. What stands there is not told: it may be a password.
    """
    try:
        parts = urlsplit(uri)
        good = parts.scheme not in ("http", "https") or bool(parts.hostname)
        good = good and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ModelUnusableError(
            f"an address of a model that begins with {uri.partition('://')[0]}:// has no valid "
            "host or port: expected https://HOST[:PORT]/PATH"
        )
    return parts


def _path(uri: str) -> str:
    """All of it that is a path; of s3:// and hf://, what stands behind the scheme."""
    parts = _split(uri)
    if parts.scheme in ("http", "https"):
        return parts.path
    return uri.partition("://")[2]


def _with_path(uri: str, path: str) -> str:
    parts = _split(uri)
    if parts.scheme in ("http", "https"):
        return urlunsplit(parts._replace(path=path))
    return f"{parts.scheme}://{path}"
