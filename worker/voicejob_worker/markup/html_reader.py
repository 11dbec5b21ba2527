"""HTML, by lxml's parser, which calls for each tag and keeps no tree: time and memory are linear.

(A parser of HTML 5 that builds the tree takes quadratic time for 100,000 nested elements.) It
has no network, runs no script and knows no style sheet. What is left out and what becomes of the
rest is said in docs/texts.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voicejob_api.text_source import Unspoken
from voicejob_worker.markup.composer import Composer, manner_of_language
from voicejob_worker.markup.html_elements import (
    BLOCKS,
    CHAPTERS,
    CODE,
    CODE_CLASSES,
    HEADINGS,
    LISTS,
    RAISED,
    SILENT,
    SILENT_CLASSES,
    SILENT_ROLES,
    SILENT_TYPES,
    VOID,
)
from voicejob_worker.markup.language_tags import language_tag
from voicejob_worker.markup.options import MARKUP_PER_CHARACTER, MarkupOptions
from voicejob_worker.markup.pauses import RULE_PAUSE
from voicejob_worker.text.passages import AS_THE_REST, Manner, Script

CELL_SIGN: Final = ", "
"""Between the cells of a table's row."""
NUMBER_SIGN: Final = ", "
"""Between the number of a list's item and the item: a full stop would end a sentence, and makes
an ordinal of it in half of Europe's languages."""
MAX_EXPANSION: Final = 200
"""Characters of a title that is said instead of its abbreviation."""
MAX_DIRECTION: Final = 200
"""Characters of emphasis that may be a sentence of its own."""
_AUTHOR_NAMES: Final = frozenset(("author", "dc.creator", "article:author"))
_WHOLE: Final = re.compile(r"-?\d{1,9}")
_EMPTY_LINES: Final = re.compile(r"\n\s*\n")
LINE: Final = "data-source-line"
_BLANKS: Final = re.compile(r"[^\S\u00a0]+")
_HIDDEN_STYLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SENTENCE_ENDS: Final = frozenset('.!?…。！？"”»')


def read_html(source: str, language: str, options: MarkupOptions) -> Script:
    """Read a page.

    Raises:
        InvalidInputError: It is too long.
    """
    options.check_size(len(source), times=MARKUP_PER_CHARACTER)
    composer = Composer(options)
    head = read_into(composer, source, language, options)
    return composer.script(title=head.title, author=head.author, language=head.language)


@dataclass
class Head:
    """What a page tells about itself; empty where it does not."""

    title: str = ""
    author: str = ""
    language: str = ""


@dataclass(frozen=True)
class PageReading:
    """How a page is read that may be a part of something larger."""

    chapters: frozenset[str] = CHAPTERS
    """Headings that a chapter begins with."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """Titles of chapters, by the ``id`` of the element that each begins with."""
    tells_language: bool = True
    """Whether the page's own language counts as that of the whole."""
    has_lines: bool = False
    """Whether elements tell their line in the source that the page was made of (``LINE``)."""


WHOLE_PAGE: Final = PageReading()


def read_into(
    composer: Composer,
    source: str,
    language: str,
    options: MarkupOptions,
    reading: PageReading = WHOLE_PAGE,
) -> Head:
    """Go on with a page in the language ``language``, and say what it tells about itself."""
    from lxml import etree

    if not source.strip():
        return Head()
    reader = _Reader(composer, language, options, reading)
    parser = etree.HTMLParser(target=reader, huge_tree=True, encoding="utf-8", no_network=True)
    text = _CONTROLS.sub("", source.replace("\x00", "\ufffd"))
    parser.feed(text.encode("utf-8", "replace"))
    parser.close()
    composer.manner = AS_THE_REST
    composer.end_paragraph()
    return reader.head


@dataclass
class _Open:
    """An element that is open."""

    tag: str
    manner: Manner
    is_silent: bool = False
    is_code: bool = False
    begins_sentence: bool = False
    """Whether it is emphasis that begins where a sentence does."""
    said: int = 0
    """Of emphasis: how much had been said when it began."""


@dataclass
class _List:
    """A list that is open; ``number`` is that of its next item, None where they have none."""

    number: int | None
    step: int = 1


class _Reader:
    """What lxml's parser calls."""

    def __init__(
        self, composer: Composer, language: str, options: MarkupOptions, reading: PageReading
    ) -> None:
        self.head = Head()
        self._reading = reading
        self._composer = composer
        self._whole = language
        self._options = options
        self._open: list[_Open] = []
        self._lists: list[_List] = []
        self._silent = self._pre = self._raised = self._headings = 0
        self._title: list[str] | None = None
        self._line = 0
        self._number = ""
        """Of a list's item, until it has a text."""
        self._sentence = ""
        """The sentence under way, as far as it tells whether one begins."""
        self._after_direction = False
        self._after_break = False

    # What lxml calls

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        tag = _local(tag)
        if self._reading.has_lines and LINE in attributes:
            self._line = _whole(attributes[LINE], 0)
        self._read_head(tag, attributes)
        element = self._element(tag, attributes)
        if tag in BLOCKS and not self._silent:
            self._end_paragraph()
        if attributes.get("id") in self._reading.anchors:
            self._composer.begin_chapter(self._reading.anchors[attributes["id"]])
        if tag in VOID:
            if not self._silent and not element.is_silent:
                self._void(tag, attributes)
            return
        self._open.append(element)
        self._silent += element.is_silent
        if not self._silent:
            self._composer.manner = element.manner
            self._begin(tag, attributes, element)

    def end(self, tag: str) -> None:
        """An element ends."""
        tag = _local(tag)
        if not self._open or self._open[-1].tag != tag:
            return
        element = self._open.pop()
        if tag == "title" and self._title is not None:
            self.head.title = " ".join("".join(self._title).split())
            self._title = None
        self._silent -= element.is_silent
        if self._silent:
            return
        if not element.is_silent:
            self._finish(tag, element)
        self._composer.manner = self._open[-1].manner if self._open else AS_THE_REST

    def data(self, text: str) -> None:
        """Text."""
        if self._title is not None:
            self._title.append(text[:1000])
        if self._silent:
            return
        if self._pre:
            first, *others = _EMPTY_LINES.split(text)
            self._say(first)
            for paragraph in others:
                self._end_paragraph()
                self._say(paragraph)
            return
        if self._raised and text.strip().strip("0123456789+-") in ("", "n"):
            text = text.translate(RAISED)
        self._say(_BLANKS.sub(" ", text))

    def comment(self, text: str) -> None:
        """A comment, which nobody hears."""

    def close(self) -> None:
        """The page ends."""
        self._end_paragraph()

    # What becomes of it

    def _element(self, tag: str, attributes: Mapping[str, str]) -> _Open:
        manner = self._open[-1].manner if self._open else AS_THE_REST
        language = attributes.get("lang") or attributes.get("xml:lang") or ""
        if language and tag not in ("html", "body"):
            manner = manner_of_language(manner, language, self.head.language or self._whole)
        is_note = tag == "a" and self._raised and attributes.get("href", "").startswith("#")
        return _Open(
            tag,
            manner,
            is_silent=(
                tag in SILENT
                or bool(is_note)
                or is_hidden(tag, attributes)
                or self._is_skipped_code(tag, attributes)
            ),
            is_code=has_class(attributes, CODE_CLASSES),
        )

    def _is_skipped_code(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if tag == "pre":
            near = self._open[-3:]
            is_code = has_class(attributes, CODE_CLASSES) or any(one.is_code for one in near)
        else:
            is_code = bool(self._pre) and tag in CODE
        if not is_code or self._silent or self._options.code is Unspoken.SAY:
            return False
        self._composer.notes.add("left out: a block of code", self._line)
        return True

    def _begin(self, tag: str, attributes: Mapping[str, str], element: _Open) -> None:
        if tag == "li":
            self._begin_item(attributes)
        elif tag in LISTS:
            self._lists.append(_new_list(tag, attributes))
        elif tag in ("td", "th"):
            self._composer.join(CELL_SIGN)
        elif tag == "q":
            self._say("“")
        elif tag == "abbr" and 0 < len(attributes.get("title", "").strip()) <= MAX_EXPANSION:
            self._say(attributes["title"].strip())
            element.is_silent = True
            self._silent += 1
        elif tag in ("em", "i"):
            element.begins_sentence = self._begins_sentence()
            self._sentence = "" if element.begins_sentence else self._sentence
        self._pre += tag == "pre"
        self._raised += tag == "sup"
        self._headings += tag in HEADINGS

    def _finish(self, tag: str, element: _Open) -> None:
        self._pre -= tag == "pre"
        self._raised -= tag == "sup"
        self._headings -= tag in HEADINGS
        if tag in LISTS and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._number = ""
        elif tag == "q":
            self._say("”")
        elif tag in ("em", "i") and element.begins_sentence:
            self._after_direction = _is_direction(self._sentence)
        if tag in BLOCKS:
            self._end_paragraph(chapter=tag in self._reading.chapters)

    def _void(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "br" and self._after_break:
            self._end_paragraph()  # two of them are how many part paragraphs
        elif tag == "br":
            self._say("\n")
            self._after_break = True
        elif tag == "hr":
            self._end_paragraph()
            self._composer.pause(RULE_PAUSE)
        elif tag == "img":
            self._say(_BLANKS.sub(" ", attributes.get("alt", "")))

    def _begin_item(self, attributes: Mapping[str, str]) -> None:
        items = self._lists[-1] if self._lists else _List(None)
        if items.number is not None:
            number = _whole(attributes.get("value", ""), items.number)
            self._number = str(number)
            items.number = number + items.step

    def _end_paragraph(self, *, chapter: bool = False) -> None:
        if self._headings:
            self._composer.say(" ")
            return
        self._composer.end_paragraph(chapter=chapter)
        self._sentence = ""
        self._after_direction = self._after_break = False

    def _say(self, text: str) -> None:
        if not text.strip():
            self._composer.say(text)
            return
        if self._number:
            self._composer.say(self._number, self._line)
            self._composer.join(NUMBER_SIGN)
            self._number = ""
        if self._after_direction and text.lstrip()[0].isupper():
            self._composer.say("." if text[0].isspace() else ". ")
        self._after_direction = self._after_break = False
        self._composer.say(text, self._line)
        self._sentence = f"{self._sentence}{text}"[-MAX_DIRECTION:]

    def _begins_sentence(self) -> bool:
        before = self._sentence.rstrip()
        return not before or before[-1] in _SENTENCE_ENDS

    def _read_head(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in ("html", "body") and self._reading.tells_language:
            given = attributes.get("lang") or attributes.get("xml:lang") or ""
            self.head.language = self.head.language or language_tag(given)
        elif tag == "title" and not self.head.title and not self._is_in_picture():
            self._title = []
        elif tag == "meta" and attributes.get("name", "").lower() in _AUTHOR_NAMES:
            self.head.author = self.head.author or attributes.get("content", "").strip()

    def _is_in_picture(self) -> bool:
        return any(one.tag == "svg" for one in self._open[-8:])


def _local(tag: str) -> str:
    return tag.rpartition(":")[2].lower()


def is_hidden(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether nobody who reads the page sees the element, or it is none of its text."""
    if not attributes or tag in ("html", "body"):
        return False
    types = attributes.get("epub:type", "").split()
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden", "").lower() == "true"
        or attributes.get("role", "").lower() in SILENT_ROLES
        or not SILENT_TYPES.isdisjoint(types)
        or _HIDDEN_STYLE.search(attributes.get("style", "")) is not None
        or has_class(attributes, SILENT_CLASSES)
    )


def has_class(attributes: Mapping[str, str], classes: frozenset[str]) -> bool:
    """Whether the element is of one of the classes."""
    return not classes.isdisjoint(attributes.get("class", "").split())


def _new_list(tag: str, attributes: Mapping[str, str]) -> _List:
    if tag != "ol":
        return _List(None)
    step = -1 if "reversed" in attributes else 1
    return _List(_whole(attributes.get("start", ""), 1), step)


def _whole(written: str, otherwise: int) -> int:
    """The number that is written, unless it is none or absurd."""
    return int(written) if _WHOLE.fullmatch(written.strip()) else otherwise


def _is_direction(emphasised: str) -> bool:
    """Whether emphasis that begins a sentence is one by itself: ``*Waves a hand* Nice …``.

    A single word with a capital may be part of a name that goes on behind it.
    """
    words = emphasised.split()
    if not words or not words[-1][-1].isalnum():
        return False
    return len(words) > 1 or words[0][0].islower()
