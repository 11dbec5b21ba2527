"""Whose the requests are: what the kubeconfig's user says beside what the official client reads."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from voicejob_api.capability import HEADER
from voicejob_cli.errors import CliError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

IMPERSONATE: Final = "Impersonate-User"
_OF_ANOTHER: Final = ("as-uid", "as-groups", "as-user-extra")
"""Of a kubeconfig's user: what he has whom it acts as, be he named there or by --as."""
_SHOWN: Final = 300
_NO_HEADER: Final = re.compile(r"[^\t\x20-\x7e\x80-\xff]")


class _Heard(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


@contextmanager
def heard() -> Iterator[list[str]]:
    """What the client logs meanwhile: by that alone it tells why an exec plugin gave nothing."""
    handler = _Heard()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.told
    finally:
        root.removeHandler(handler)


def check_headers(headers: Iterable[tuple[str, str]]) -> None:
    """Refuse a credential that no header can hold: the HTTP library's own words repeat it.

    Raises:
        CliError: one has a line break, or a letter that is none of Latin-1.
    """
    for name, value in headers:
        if _NO_HEADER.search(value):
            raise CliError(
                f"the header {name} cannot be sent: it has a line break, or a letter that no "
                "header can have",
                _remedy(name.lower()),
            )


def _remedy(header: str) -> str:
    if header == HEADER.lower():
        return "It is of the VoiceJob's Secret, which somebody has changed: tell the platform."
    what = "token or password" if header == "authorization" else "as (or --as)"
    return f"It is made of the {what} of the kubeconfig's user: write that anew, on one line."


def check_plugin(user: Mapping[str, Any], client: ApiClient, told: list[str], written: str) -> None:
    """Refuse to ask as nobody where the kubeconfig's exec plugin gave no credential.

    Args:
        user: The kubeconfig's.
        client: The client as it was made of it.
        told: What was logged meanwhile.
        written: What the kubeconfig is called.

    Raises:
        CliError: it gave none.
    """
    plugin = user.get("exec")
    settings = client.configuration
    if not isinstance(plugin, Mapping) or settings.api_key or settings.cert_file:
        return
    why = "; ".join(told)[:_SHOWN] or "it said nothing"
    hint = str(plugin.get("installHint") or "").strip()
    raise CliError(
        f"the exec plugin {plugin.get('command')} of the kubeconfig {written} gave no credential: "
        f"{why}",
        hint or "Run it by itself, or log in again; `kubectl auth whoami` must answer.",
    )


def impersonation(user: Mapping[str, Any], whom: str | None) -> list[tuple[str, str]]:
    """The headers by which another is acted as: of --as, else of the kubeconfig's user.

    Raises:
        TypeError: the kubeconfig's groups or extra fields are none.
        ValueError: it names groups, a uid or extra fields and nobody who is to have them.
    """
    who = whom or user.get("as")
    if not who:
        alone = [key for key in _OF_ANOTHER if user.get(key)]
        if alone:
            raise ValueError(f"its user has {' and '.join(alone)}, and no as: whom to act as")
        return []
    groups, extra = user.get("as-groups") or [], user.get("as-user-extra") or {}
    if (
        not isinstance(groups, list)
        or not isinstance(extra, dict)
        or not all(isinstance(values, list) for values in extra.values())
    ):
        raise TypeError("as-groups must be a list, and as-user-extra a mapping of lists")
    headers = [(IMPERSONATE, str(who))]
    if user.get("as-uid"):
        headers.append(("Impersonate-Uid", str(user["as-uid"])))
    headers += [("Impersonate-Group", str(group)) for group in groups]
    headers += [
        (f"Impersonate-Extra-{quote(str(key).lower(), safe='')}", str(value))
        for key, values in extra.items()
        for value in values
    ]
    return headers
