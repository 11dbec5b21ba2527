"""Reads a VoiceJob from a file, as the operator mounts it or as a user wrote it."""

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from voicejob_api.names import API_VERSION, KIND
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.errors import InvalidInputError

_BARE: Final = (bool, int, float, date)
"""What YAML takes an unquoted word or number for."""


def read_job(path: Path) -> VoiceJob:
    """Read and check the VoiceJob in ``path``, JSON or YAML.

    Raises:
        InvalidInputError: there is no such file, or it holds no valid VoiceJob; every fault is
            named with the field it is in.
    """
    return parse_job(_read(path), str(path))


def parse_job(document: str, origin: str) -> VoiceJob:
    """Check the VoiceJob in ``document``; ``origin`` is named in refusals."""
    manifest = _only_manifest(document, origin)
    try:
        return VoiceJob.model_validate(manifest)
    except ValidationError as error:
        raise InvalidInputError(_faults(error, origin)) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidInputError(f"cannot read the job file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"the job file {path} is not UTF-8: byte at offset {error.start}; save it as UTF-8"
        ) from None


def _only_manifest(document: str, origin: str) -> dict[str, Any]:
    manifest = _loaded(document, origin)
    if not isinstance(manifest, dict):
        raise InvalidInputError(f"{origin} holds no manifest: expected kind {KIND}")
    found = manifest.get("apiVersion"), manifest.get("kind")
    if found != (API_VERSION, KIND):
        raise InvalidInputError(
            f"{origin} holds apiVersion {found[0]}, kind {found[1]}: "
            f"expected apiVersion {API_VERSION}, kind {KIND}"
        )
    return manifest


def _loaded(document: str, origin: str) -> Any:
    """The manifest as dicts and lists; what cannot be read at all is refused in words."""
    import yaml

    try:
        manifest = _from_json_or_yaml(document)
        json.dumps(manifest, ensure_ascii=False, skipkeys=True, default=str).encode()
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{origin} {_fault_of_yaml(error)}") from None
    except UnicodeEncodeError:
        raise InvalidInputError(
            f"{origin} holds half of a character (an escape from \\ud800 to \\udfff that stands "
            "alone): write the character itself"
        ) from None
    except RecursionError:
        raise InvalidInputError(f"{origin} is nested too deeply for a {KIND}") from None
    except ValueError:  # its message may hold what the user wrote
        raise InvalidInputError(
            f"{origin} holds a number or a date that does not exist, or refers to itself: "
            "write what is meant as text in quotes"
        ) from None
    return manifest


def _from_json_or_yaml(document: str) -> Any:
    """YAML is almost a superset of JSON: it lacks characters outside the BMP written as escapes."""
    import yaml

    if document.lstrip().startswith("{"):
        with suppress(json.JSONDecodeError):  # a manifest in YAML's flow style
            return json.loads(document)
    return yaml.safe_load(document)


def _fault_of_yaml(error: Exception) -> str:
    """What is wrong and in which line, without a word of the document, which may be the text."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or ""
    if problem == "but found another document":
        return f"holds several documents: expected one {KIND} (a second begins at {_line(mark)})"
    place = f" near {_line(mark)}" if mark else ""
    # What the document holds, PyYAML puts into quotes: the name of an alias, of a tag, a character.
    told = f": {problem}" if problem and not set(problem) & set("'\"") else ""
    return f"is not valid YAML or JSON{place}{told}"


def _line(mark: Any) -> str:
    return f"line {mark.line + 1}"


def _faults(error: ValidationError, origin: str) -> str:
    faults = error.errors(include_url=False, include_context=False)
    lines = [f"{_field(fault['loc'])}: {_in_words(fault)}" for fault in faults]
    return f"{origin} is not a valid VoiceJob: " + "; ".join(dict.fromkeys(lines))


def _in_words(fault: ErrorDetails) -> str:
    """What is wrong and what to do, without what stands there, which may be the text."""
    if fault["type"] == "extra_forbidden":
        return "there is no such field: correct its name, or leave it out"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] in ("enum", "string_type") and isinstance(fault["input"], _BARE):
        kind = type(fault["input"]).__name__  # On, 12 or 2026-11-29 without quotes
        return f"{message}; YAML reads what stands there as {kind}: write it in quotes"
    return message


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the manifest"
