"""Reads a user's lexicon: a list in YAML or JSON, lines of JSON, or PLS of the W3C."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.lexicon_entries import Entry, entry_of, is_language, wrong
from voicejob_worker.markup.xml_reader import read_xml

MAX_BYTES: Final = 1024 * 1024
MAX_ENTRIES: Final = 5000
MAX_PATTERNS: Final = 200


def read_lexicon(source: str | bytes) -> tuple[Entry, ...]:
    """Read all entries of a lexicon.

    Raises:
        InvalidInputError: It is too large, broken, or has an entry that cannot be used; the message
            names the entry or the line.
    """
    length = len(source.encode("utf-8", "replace") if isinstance(source, str) else source)
    if length > MAX_BYTES:
        raise InvalidInputError(
            f"the lexicon has {length} bytes; at most {MAX_BYTES} are read", "LexiconInvalid"
        )
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"the lexicon is not UTF-8 at offset {error.start}: save it as UTF-8", "LexiconInvalid"
        ) from None
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith("<"):
        read = _pls_entries(source)
    elif text.lstrip().startswith("{"):
        read = _json_entries(text)
    else:
        read = _yaml_entries(text)
    entries: list[Entry] = []
    patterns = 0
    for entry in read:
        entries.append(entry)
        patterns += bool(entry.pattern)
        if len(entries) > MAX_ENTRIES or patterns > MAX_PATTERNS:
            raise InvalidInputError(
                f"the lexicon has over {MAX_ENTRIES} entries or over {MAX_PATTERNS} patterns",
                "LexiconInvalid",
            )
    return tuple(entries)


def _json_entries(text: str) -> Iterator[Entry]:
    number = 0
    for line_number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        number += 1
        place = f"entry {number} (line {line_number})"
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise wrong(place, "not an object of JSON; write one in each line") from None
        if not isinstance(found, dict) or not all(map(_is_plain, found.values())):
            raise wrong(place, "an entry is an object of plain texts")
        yield entry_of({name: _as_text(value) for name, value in found.items()}, place)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _yaml_entries(text: str) -> Iterator[Entry]:
    """Entries of a list in YAML, of which JSON is a form.

    It is read event by event: nothing nests, no alias is followed, and nothing can expand. A list
    within a list ends the reading at once, for libyaml takes quadratic time for deep ones.
    """
    import yaml

    reader = _YAMLReader()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            entry = reader.read(event)
            if entry is not None:
                yield entry
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f" at line {mark.line + 1}" if mark is not None else ""
        raise InvalidInputError(f"the lexicon is no YAML{line}", "LexiconInvalid") from None
    except yaml.YAMLError:
        raise InvalidInputError(
            "the lexicon is no YAML: it holds a control character", "LexiconInvalid"
        ) from None


class _YAMLReader:
    """Turns the events of a list of flat mappings into entries."""

    def __init__(self) -> None:
        self._number = 0
        self._in_list = False
        self._fields: dict[str, str] | None = None
        self._name: str | None = None
        self._place = ""

    def read(self, event: object) -> Entry | None:
        """Take the next event; the entry that ends with it, if one does."""
        import yaml

        if isinstance(event, yaml.NodeEvent):
            line = event.start_mark.line + 1 if event.start_mark is not None else 0
            if event.anchor is not None:
                raise self._wrong(line, "anchors and aliases are not read")
            if isinstance(event, yaml.ScalarEvent):
                self._read_scalar(event.value, line)
            elif isinstance(event, yaml.MappingStartEvent):
                self._begin(line)
            elif self._in_list or self._fields is not None:
                raise self._wrong(line, "a list within the list")
            else:
                self._in_list = True
        elif isinstance(event, yaml.MappingEndEvent):
            fields, self._fields = self._fields or {}, None
            return entry_of(fields, self._place)
        return None

    def _begin(self, line: int) -> None:
        self._number += 1
        self._place = f"entry {self._number} (line {line})"
        if self._fields is not None or not self._in_list:
            raise self._wrong(line, "a lexicon is a list of entries, and an entry is flat")
        self._fields = {}

    def _read_scalar(self, value: str, line: int) -> None:
        if self._fields is None:
            if value.strip() or self._in_list:
                raise self._wrong(line, "a lexicon is a list of entries, such as "
                                  "- {word: GIF, say: jif}")  # fmt: skip
        elif self._name is None:
            if value in self._fields:
                raise self._wrong(line, "a field is written twice")
            self._name = value
        else:
            self._fields[self._name], self._name = value, None

    def _wrong(self, line: int, what: str) -> InvalidInputError:
        return wrong(f"line {line}", what)


def _pls_entries(source: str | bytes) -> Iterator[Entry]:
    reader = _PLSReader()
    read_xml(source, reader, "the lexicon")
    if not reader.is_pls:
        raise InvalidInputError(
            "the lexicon is XML, and not PLS: its element is lexicon", "LexiconInvalid"
        )
    yield from reader.entries


@dataclass
class _Lexeme:
    place: str
    language: str
    words: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)


class _PLSReader:
    """PLS 1.0 (W3C): lexemes, each of graphemes and of phonemes or an alias."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.is_pls = False
        self._alphabet = ""
        self._language = ""
        self._lexeme: _Lexeme | None = None
        self._number = 0
        self._text: list[str] | None = None
        self._attributes: Mapping[str, str] = {}

    def start(self, tag: str, attributes: Mapping[str, str], line: int, place: str) -> None:
        """An element begins."""
        name = tag.rpartition(":")[2]
        if not self.is_pls:
            self.is_pls = name == "lexicon"
            self._alphabet = attributes.get("alphabet", "ipa")
            self._language = attributes.get("xml:lang", "").strip()
        elif name == "lexeme":
            self._number += 1
            language = attributes.get("xml:lang", self._language).strip()
            self._lexeme = _Lexeme(f"entry {self._number} (line {line})", language)
        elif name in ("grapheme", "phoneme", "alias"):
            self._text, self._attributes = [], attributes

    def end(self, tag: str) -> None:
        """An element ends."""
        name = tag.rpartition(":")[2]
        if name == "lexeme" and self._lexeme is not None:
            self._add(self._lexeme)
            self._lexeme = None
        elif self._text is not None and name in ("grapheme", "phoneme", "alias"):
            self._keep(name, "".join(self._text))
            self._text = None

    def data(self, text: str, line: int) -> None:
        """Text."""
        if self._text is not None:
            self._text.append(text)

    def _keep(self, name: str, text: str) -> None:
        lexeme = self._lexeme
        if lexeme is None:
            return
        if name == "grapheme":
            lexeme.words.append(text)
            return
        is_preferred = self._attributes.get("prefer", "false") == "true"
        if lexeme.said and not is_preferred:
            return
        if name == "alias":
            lexeme.said = {"say": text}
        else:
            alphabet = self._attributes.get("alphabet", self._alphabet)
            lexeme.said = {"phonemes": text, "alphabet": alphabet}

    def _add(self, lexeme: _Lexeme) -> None:
        if not lexeme.words or not lexeme.said:
            raise wrong(lexeme.place, "a lexeme has a grapheme, and a phoneme or an alias")
        if lexeme.language and not is_language(lexeme.language):
            raise wrong(lexeme.place, "xml:lang is a tag such as en or pt-BR")
        fields = {**lexeme.said, "language": lexeme.language}
        self.entries.extend(
            entry_of({**fields, "word": word}, lexeme.place) for word in lexeme.words
        )
