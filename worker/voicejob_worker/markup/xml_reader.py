"""XML by expat, with nothing that expands and nothing from elsewhere.

A document type that only names itself is passed over, as it is never fetched. One that declares
anything is refused, and so are entities other than XML's own five. Errors name line and column.
"""

from collections.abc import Mapping
from typing import Final, Protocol
from xml.parsers import expat

from voicejob_worker.errors import InvalidInputError

MAX_DEPTH: Final = 200
"""Elements within one another."""


class Handler(Protocol):
    """What is called as the document is read; ``place`` is such as ``line 3, column 8``."""

    def start(self, tag: str, attributes: Mapping[str, str], line: int, place: str) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str, line: int) -> None:
        """Text, which begins on the line."""


def read_xml(source: str | bytes, handler: Handler, what: str) -> None:
    """Read a document, called ``what`` in errors such as ``the SSML``.

    Raises:
        InvalidInputError: It is broken or cut off, too deep, or declares what could expand.
    """
    given = source.encode("utf-8", "replace") if isinstance(source, str) else source
    parser = expat.ParserCreate("utf-8" if isinstance(source, str) else None)
    parser.buffer_text = True
    reader = _Reader(parser, handler, what)
    try:
        parser.Parse(given, True)
    except expat.ExpatError as error:
        raise InvalidInputError(
            f"{what} is broken at line {error.lineno}, column {error.offset + 1}: "
            f"{_explained(error.code, reader.open)}"
        ) from None
    except (LookupError, ValueError):
        if reader.has_begun:
            raise
        raise InvalidInputError(
            f"{what} declares an encoding that is not known: use UTF-8"
        ) from None


def _explained(code: int, still_open: list[str]) -> str:
    codes, errors = expat.errors.codes, expat.errors
    if code == codes[errors.XML_ERROR_NO_ELEMENTS]:
        if not still_open:
            return "there is no element"
        return f"it ends there, and the element {still_open[-1]} is still open"
    broken = expat.ErrorString(code) or "not well-formed"
    if code == codes[errors.XML_ERROR_TAG_MISMATCH] and still_open:
        return f"{broken}, the element {still_open[-1]} is still open"
    if code == codes[errors.XML_ERROR_UNDEFINED_ENTITY]:
        return f"{broken}; write the character itself, or its number as in &#160;"
    if code == codes[errors.XML_ERROR_INVALID_TOKEN]:
        return f"{broken}; write & as &amp; and < as &lt;"
    return broken


class _Reader:
    def __init__(self, parser: expat.XMLParserType, handler: Handler, what: str) -> None:
        self.open: list[str] = []
        self.has_begun = False
        """Whether an element was met, and so the encoding is known."""
        self._parser = parser
        self._handler = handler
        self._what = what
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped
        parser.ExternalEntityRefHandler = self._external

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise InvalidInputError(
                f"{self._what} has over {MAX_DEPTH} elements within one another at {self._place()}"
            )
        self.has_begun = True
        self.open.append(tag[:60])
        self._handler.start(tag, attributes, self._parser.CurrentLineNumber, self._place())

    def _end(self, tag: str) -> None:
        self.open.pop()
        self._handler.end(tag)

    def _data(self, text: str) -> None:
        self._handler.data(text, self._parser.CurrentLineNumber - text.count("\n"))

    def _doctype(
        self, name: str, system_id: str | None, public_id: str | None, has_internal_subset: bool
    ) -> None:
        if has_internal_subset:
            self._entity()

    def _entity(self, *_: object) -> None:
        raise InvalidInputError(
            f"{self._what} declares a document type of its own at {self._place()}: it is refused, "
            "for its entities could expand; take the declarations out"
        )

    def _skipped(self, name: str, is_parameter_entity: bool) -> None:
        raise InvalidInputError(
            f"{self._what} has an undefined entity at {self._place()}; write the character "
            "itself, or its number as in &#160;"
        )

    def _external(self, *_: object) -> int:
        self._entity()
        return 0

    def _place(self) -> str:
        return (
            f"line {self._parser.CurrentLineNumber}, column {self._parser.CurrentColumnNumber + 1}"
        )
