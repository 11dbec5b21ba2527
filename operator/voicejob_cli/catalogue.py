"""What can speak: the catalogue that workers know, and the platform's own where it may be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import yaml

from voicejob_api.catalogue import ANY_LANGUAGE, Catalogue, CatalogueEntry, Part, built_in
from voicejob_cli.api import Api
from voicejob_cli.errors import CliError

_VARIABLE: Final = "VOICEJOB_OPERATOR_WORKER__CATALOGUE"
_SELECTOR: Final = "app.kubernetes.io/component=operator"
SPEAKERS: Final = (
    'SPEAKER is a name in the model\'s speakers_xtts.pth, such as "Ana Florence"; for one that is '
    "not there, the VoiceJob's message names near ones."
)
_HOW: Final = {
    "piper": "--language {language}",
    "f5-tts": "--language {language} --reference ADDRESS --transcript WORDS --gpu",
    "xtts": "--engine xtts --language {language} --voice SPEAKER (or --reference ADDRESS) --gpu",
}


@dataclass(frozen=True)
class Known:
    """A model, and whose catalogue it is of."""

    entry: CatalogueEntry
    is_platforms: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.entry.name or (self.entry.uri or "").rpartition("/")[2]

    @property
    def licence(self) -> str:
        """Its licence, and whether it must be accepted."""
        must = " (must be accepted)" if self.entry.must_accept else ""
        return f"{self.entry.licence}{must}"

    @property
    def how(self) -> str:
        """The flags of ``say`` that take it."""
        language = "LANGUAGE" if self.entry.language == ANY_LANGUAGE else self.entry.language
        accept = f" --accept-licence {self.entry.licence}" if self.entry.must_accept else ""
        return _HOW[self.entry.engine].format(language=language) + accept


def known(api: Api | None, namespace: str) -> tuple[list[Known], str]:
    """All models in the order in which they are looked through, and what to say of the list."""
    own = [Known(entry) for entry in _parsed(yaml.safe_load(built_in()))]
    if api is None:
        return own, "Those that every worker knows: no cluster was asked."
    try:
        platforms = list(_platforms(api, namespace))
    except CliError as error:
        return own, (
            "Those that every worker knows. The platform's own (worker.catalogue) go before them, "
            f"and cannot be read: {error.found}"
        )
    return [*(Known(entry, is_platforms=True) for entry in platforms), *own], ""


def speaking(found: list[Known]) -> list[Known]:
    """Those that speak, and not the parts that others need."""
    return [one for one in found if one.entry.engine in _HOW and one.entry.part is Part.MODEL]


def _platforms(api: Api, namespace: str) -> Iterator[CatalogueEntry]:
    """The entries that the operator's Deployment has in its environment."""
    path = f"/apis/apps/v1/namespaces/{quote(namespace)}/deployments"
    found = api.ask("GET", path, {"labelSelector": _SELECTOR})["items"]
    if not found:
        raise CliError(f"there is no operator in the namespace {namespace} (--operator-namespace)")
    for container in found[0]["spec"]["template"]["spec"]["containers"]:
        for variable in container.get("env", []):
            if variable["name"] == _VARIABLE:
                yield from _told(str(variable.get("value") or "{}"))


def _told(written: str) -> list[CatalogueEntry]:
    """The platform's entries, which an operator of another version may write otherwise.

    Raises:
        CliError: one has what is not known here.
    """
    from pydantic import ValidationError

    try:
        return _parsed(json.loads(written))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        found = f"this version of the command does not know its {field}: {first['msg']}"
        raise CliError(found) from error
    except ValueError as error:
        raise CliError(f"it is no JSON ({error})") from error


def _parsed(written: Any) -> list[CatalogueEntry]:
    return Catalogue.model_validate(written).entries


def voice_rows(found: list[Known]) -> list[list[str]]:
    """A table of what speaks."""
    rows = [["LANGUAGE", "ENGINE", "MODEL", "LICENCE", "SAY WITH"]]
    for one in speaking(found):
        rows.append([one.entry.language, one.entry.engine, one.name, one.licence, one.how])
    return rows


def model_rows(found: list[Known]) -> list[list[str]]:
    """A table of all models."""
    rows = [["ENGINE", "LANGUAGE", "PART", "NAME", "SIZE", "LICENCE", "OF", "URI"]]
    for one in found:
        size = f"{one.entry.size_bytes / 1e6:.0f} MB" if one.entry.size_bytes else ""
        of = "platform" if one.is_platforms else "worker"
        uri = one.entry.uri or "(in the worker's image)"
        entry = one.entry
        rows.append(
            [entry.engine, entry.language, entry.part.value, one.name, size, one.licence, of, uri]
        )
    return rows
