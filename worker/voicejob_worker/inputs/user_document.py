"""Reads what a user wrote as YAML or JSON, and says what is wrong with it in the user's words."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.units import MIB

_MAX_BYTES: Final = 16 * MIB
"""Of a file; the API server takes 3 MiB of a VoiceJob at the most."""
_BARE: Final = (bool, int, float, date)
"""What YAML takes an unquoted word or number for."""
_EXPECTED: Final = {
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type"),
        "a mapping (lines such as name: value)",
    ),
    "list_type": "a list (lines that begin with -, or [a, b])",
    "string_type": "a text",
}
"""What a fault of kind wants, in the words of YAML."""


def read_document(path: Path, what: str) -> Any:
    """Read a file of YAML or JSON; ``what`` it is, such as ``the job file``, stands in refusals.

    Raises:
        InvalidInputError: there is no such file, it is too large, or it holds neither.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise InvalidInputError(
                f"{what} {path} has more than {_MAX_BYTES // MIB} MiB: it is something else"
            )
        document = content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidInputError(f"cannot read {what} {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{what} {path} is not UTF-8: byte at offset {error.start}; save it as UTF-8"
        ) from None
    return parse_document(document, str(path))


def parse_document(document: str, origin: str) -> Any:
    """The document as dicts and lists; ``origin`` is named in refusals.

    Raises:
        InvalidInputError: it is neither YAML nor JSON, or more than one document.
    """
    import yaml

    try:
        content = _from_json_or_yaml(document)
        json.dumps(content, ensure_ascii=False, skipkeys=True, default=str).encode()
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{origin} {_fault_of_yaml(error)}") from None
    except UnicodeEncodeError:
        raise InvalidInputError(
            f"{origin} holds half of a character (an escape from \\ud800 to \\udfff that stands "
            "alone): write the character itself"
        ) from None
    except RecursionError:
        raise InvalidInputError(f"{origin} is nested too deeply to be read") from None
    except ValueError:  # its message may hold what the user wrote
        raise InvalidInputError(
            f"{origin} holds a number or a date that does not exist, or refers to itself: "
            "write what is meant as text in quotes"
        ) from None
    return _without_fractions(content)


def _without_fractions(content: Any) -> Any:
    """``2.0`` is an integer to the API server, which keeps it as 2: so it is on a laptop."""
    if isinstance(content, dict):
        return {key: _without_fractions(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_without_fractions(value) for value in content]
    return int(content) if isinstance(content, float) and content.is_integer() else content


def told_faults(error: ValidationError, otherwise: str) -> str:
    """Every fault with the field that it is in; ``otherwise`` names the whole."""
    faults = error.errors(include_url=False, include_context=False)
    lines = (f"{_field(fault['loc']) or otherwise}: {_in_words(fault)}" for fault in faults)
    return "; ".join(dict.fromkeys(lines))


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
        return f"holds several documents: expected one (a second begins at {_line(mark)})"
    place = f" near {_line(mark)}" if mark else ""
    # What the document holds, PyYAML puts into quotes: the name of an alias, of a tag, a character.
    told = f": {problem}" if problem and not set(problem) & set("'\"") else ""
    return f"is not valid YAML or JSON{place}{told}"


def _line(mark: Any) -> str:
    return f"line {mark.line + 1}"


def _in_words(fault: ErrorDetails) -> str:
    """What is wrong and what to do, without what stands there, which may be the text."""
    if fault["type"] == "extra_forbidden":
        return "there is no such field: correct its name, or leave it out"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] in ("enum", "string_type") and isinstance(fault["input"], _BARE):
        kind = type(fault["input"]).__name__  # On, 12 or 2026-11-29 without quotes
        return f"{message}; YAML reads what stands there as {kind}: write it in quotes"
    expected = _EXPECTED.get(fault["type"])
    return f"expected {expected}, found {_kind(fault['input'])}" if expected else message


def _kind(value: Any) -> str:
    """What stands there, by its kind alone."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, _BARE):
        return f"what YAML reads as {type(value).__name__}"
    return "nothing" if value is None else "a text"


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
