"""Many items as one script: those of the VoiceJob, or of a file in CSV or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from voicejob_api.items import (
    ITEM_ID,
    ITEM_ID_RULE,
    MAX_ITEM_CHARACTERS,
    MAX_ITEMS,
    RESERVED_ID_RULE,
    RESERVED_IDS,
)
from voicejob_api.patterns import LANGUAGE_PATTERN, MAX_LANGUAGE_CHARACTERS, Pattern
from voicejob_api.text_source import TextFormat
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.options import MarkupOptions, find_voice, unknown_voice
from voicejob_worker.markup.pronunciations import PRIVATE_USE
from voicejob_worker.text.passages import Manner, Passage, Script, ScriptItem

if TYPE_CHECKING:
    from voicejob_api.spec import VoiceJobSpec

_FIELDS: Final = ("id", "text", "voice", "language")
_LANGUAGE: Final = Pattern(LANGUAGE_PATTERN)
_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""What may part the fields of CSV, in words."""
_NAMED_DELIMITER: Final = re.compile(r'("?)sep=([^"\r\n])\1(?:\r\n|\r|\n|$)', re.IGNORECASE)
"""A first line by which Excel is told what parts the fields."""
_LONGEST_HEADER: Final = 1000
"""Characters of the file that are looked at to see what it is."""
_OTHERS: Final = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a zip file, as of a spreadsheet",
}
"""What else items come as, by its first bytes."""


@dataclass(frozen=True)
class _Item:
    """One of many texts, as it was read."""

    id: str
    text: str
    manner: Manner


def items_of_spec(spec: VoiceJobSpec, options: MarkupOptions) -> Script:
    """The items that the VoiceJob itself holds.

    Raises:
        InvalidInputError: they are too long together.
    """
    items = spec.items or []
    return _script(
        [
            _Item(one.id, one.text, Manner(voice=one.voice or "", language=one.language or ""))
            for one in items
        ],
        options,
    )


def read_items(source: bytes, text_format: TextFormat, options: MarkupOptions) -> Script:
    """Read the items of a file.

    Raises:
        InvalidInputError: it is not what its format wants, or an item cannot be used; the message
            names the line, never a word of it.
    """
    text = _decoded(source)
    rows = _json_lines(text) if text_format is TextFormat.JSON_LINES else _csv_rows(text)
    items: list[_Item] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        item = _item(row, line, options)
        if item.id in lines:
            raise InvalidInputError(
                f"line {line}: the id is that of line {lines[item.id]}, too: each item needs its "
                "own, for it names the file"
            )
        lines[item.id] = line
        items.append(item)
        if len(items) > MAX_ITEMS:
            raise InvalidInputError(f"the file has over {MAX_ITEMS} items: part it")
    if not items:
        raise InvalidInputError("the file has no items: expected a line for each, with id and text")
    return _script(items, options)


def _decoded(source: bytes) -> str:
    for beginning, kind in _OTHERS.items():
        if source.startswith(beginning):
            raise InvalidInputError(
                f"the items are {kind}, and not UTF-8: save them as UTF-8 (in a spreadsheet: as "
                "CSV UTF-8)"
            )
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"the items are not UTF-8: byte 0x{source[error.start]:02x} at offset {error.start}; "
            "save them as UTF-8"
        ) from None


def _script(items: list[_Item], options: MarkupOptions) -> Script:
    options.check_items(sum(len(item.text) for item in items))
    passages = tuple(
        Passage(PRIVATE_USE.sub("", item.text), item.manner, item=number)
        for number, item in enumerate(items)
    )
    known = tuple(ScriptItem(item.id, item.manner) for item in items)
    return Script(passages, items=known, notes=tuple(_notes(items)))


def _notes(items: list[_Item]) -> Iterator[str]:
    """What may surprise later: not every volume tells ``a.wav`` from ``A.wav``."""
    alike = len(items) - len({item.id.lower() for item in items})
    if alike:
        yield (
            f"{alike} of the {len(items)} ids differ from others by their case alone: in a folder "
            "that does not tell case apart, one file would take the place of the other"
        )


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(max(len(text), 1))
    named = _NAMED_DELIMITER.match(text)
    before = 0 if named is None else 1
    delimiter = _delimiter(text) if named is None else named[2]
    table = io.StringIO(text if named is None else text[named.end() :], newline="")
    rows = csv.reader(table, delimiter=delimiter, strict=True)
    line = before + 1
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        missing = [name for name in ("id", "text") if name not in header]
        if missing or len(set(header)) < len(header):
            raise InvalidInputError(
                f"line {line}: expected a header with id and text, and perhaps voice and language, "
                f"each once, such as: id{delimiter}text"
            )
        while True:
            line = before + rows.line_num + 1
            row = next(rows, None)
            if row is None:
                return
            if not any(field.strip() for field in row):
                continue
            if len(row) != len(header):
                raise InvalidInputError(
                    f"line {line}: {len(row)} fields, where the header has {len(header)}: put a "
                    f"text with {_NAMES.get(delimiter, delimiter)} between quotes"
                )
            yield line, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise InvalidInputError(
            f"line {line}: not CSV: {error}. A quote that begins a field ends it, too; one within "
            "is doubled"
        ) from None


def _delimiter(text: str) -> str:
    """What parts the fields: the header tells, whose names are known.

    Spreadsheets write semicolons where a comma is the decimal sign.
    """
    header = next(iter(text[:_LONGEST_HEADER].splitlines()), "").lower()
    for delimiter in _NAMES:
        names = {name.strip().strip('"') for name in header.split(delimiter)}
        if {"id", "text"} <= names:
            return delimiter
    return ","


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if text[:_LONGEST_HEADER].lstrip().startswith("["):
        raise InvalidInputError(
            "line 1: a JSON array, where JSONLines is an object a line, each by itself, without a "
            "comma behind it: write such as jq -c '.[]' makes of it"
        )
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise InvalidInputError(
                f'line {line}: not a JSON object: expected {{"id": "a", "text": "…"}}, all of it '
                "on one line, with no comma behind it"
            )
        unknown = sorted(set(row) - set(_FIELDS))
        if unknown:
            raise InvalidInputError(
                f"line {line}: {len(unknown)} fields that are not known: {', '.join(_FIELDS)} are"
            )
        yield line, row


def _item(row: Mapping[str, Any], line: int, options: MarkupOptions) -> _Item:
    values = {name: row.get(name) for name in _FIELDS}
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise InvalidInputError(f"line {line}: {name} is not a string: put it between quotes")
    name, text, voice, language = ((values[field] or "").strip() for field in _FIELDS)
    if not ITEM_ID.fits(name):
        raise InvalidInputError(f"line {line}: the id {ITEM_ID_RULE}")
    if name in RESERVED_IDS:
        raise InvalidInputError(f"line {line}: the id {RESERVED_ID_RULE}")
    if not text:
        raise InvalidInputError(f"line {line}: text is empty")
    if len(text) > MAX_ITEM_CHARACTERS:
        raise InvalidInputError(
            f"line {line}: the text has {len(text)} characters; an item has {MAX_ITEM_CHARACTERS} "
            "at most: part it, or make a VoiceJob of it"
        )
    known = find_voice(voice, options.voices) if voice else ""
    if known is None:
        raise unknown_voice(f"line {line}", options.voices)
    if language and not _is_language(language):
        raise InvalidInputError(
            f"line {line}: language must be a BCP 47 tag such as en-US or pt-BR, of at most "
            f"{MAX_LANGUAGE_CHARACTERS} characters"
        )
    return _Item(name, text, Manner(voice=known, language=language))


def _is_language(tag: str) -> bool:
    return len(tag) <= MAX_LANGUAGE_CHARACTERS and _LANGUAGE.fits(tag)
