"""Tells what a text is written in, where nobody said so."""

import re
from typing import Final

from voicejob_api.text_source import TextFormat
from voicejob_worker.markup.front_matter import read_front_matter
from voicejob_worker.markup.reasoning import LOST_OPENING, OPENING

_LOOKED_AT: Final = 65_536
"""Characters from the beginning that tell."""
_BY_NAME: Final = {
    "md": TextFormat.MARKDOWN,
    "markdown": TextFormat.MARKDOWN,
    "text/markdown": TextFormat.MARKDOWN,
    "html": TextFormat.HTML,
    "htm": TextFormat.HTML,
    "xhtml": TextFormat.HTML,
    "text/html": TextFormat.HTML,
    "application/xhtml+xml": TextFormat.HTML,
    "ssml": TextFormat.SSML,
    "application/ssml+xml": TextFormat.SSML,
    "epub": TextFormat.EPUB,
    "application/epub+zip": TextFormat.EPUB,
}
_XML_START: Final = re.compile(
    r"\s{0,1000}(?:<\?xml[^<>]{0,200}\?>\s{0,1000}|<!--(?:(?!-->)[\s\S]){0,2000}-->\s{0,1000}"
    r"|<!DOCTYPE[^<>\[]{0,500}>\s{0,1000}){0,8}"
)
_SSML: Final = re.compile(r"<(?:[a-z]+:)?speak[\s>/]")
_SSML_TYPE: Final = re.compile(
    r"^\s{0,100}(?:<\?xml[^<>]{0,200}\?>\s{0,100})?<!DOCTYPE\s{1,9}speak\b"
)
_HTML: Final = re.compile(r"<(?:html|head|body)[\s>]|<!DOCTYPE\s+html", re.IGNORECASE)
_BLOCK_TAG: Final = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|table|tr|td|section|article|blockquote|span|br|strong|em|b|i|a)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_FIRST_TAG: Final = re.compile(
    r"\s{0,1000}<(?:p|div|h[1-6]|ul|ol|table|section|article|main|blockquote|header)"
    r"(?:\s[^<>]{0,500})?>",
    re.IGNORECASE,
)
_MARKDOWN: Final = (
    # A mark, and how often it must be met: what one line of prose may hold by chance, twice.
    (OPENING, 1),
    (LOST_OPENING, 1),
    (re.compile(r"(?m)^ {0,3}#{1,6} [^\s#]"), 1),
    (re.compile(r"(?m)^ {0,3}(?:`{3,}|~{3,})[\w+#.-]{0,30}[ \t]*$"), 1),
    (re.compile(r"(?m)^ {0,3}\|?[ \t]*:?-{2,}:?[ \t]*\|[-:| \t]{0,500}$"), 1),
    (re.compile(r"!?\[[^\[\]\n]{0,300}\]\((?:https?:|mailto:|[#/.\w])[^()\s]{0,500}\)"), 1),
    (re.compile(r"(?<![\w*])\*\*(?=[^\s*])[^*\n]{1,300}(?<=[^\s*])\*\*(?![\w*])"), 1),
    (re.compile(r"(?<![\w`])`[^`\n]{1,200}`(?![\w`])"), 1),
    (re.compile(r"(?m)^ {0,12}[-*+] \[[ xX]\] \S"), 1),
    (re.compile(r"(?m)^ {0,3}[-*+] \S"), 2),
    (re.compile(r"(?m)^ {0,3}> ?\S"), 1),
    (re.compile(r"(?m)^ {0,3}\d{1,3}[.)] \S"), 2),
    (re.compile(r"(?m)(?:^|\n)\n {0,3}(?:\* ?\* ?\*|- ?- ?-|_ ?_ ?_)[ \t]*\n\n"), 1),
    (re.compile(r"(?m)^[^\s].{0,200}\n(?:={3,}|-{3,})[ \t]*$"), 1),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])[^*\n]{1,200}(?<=[^\s*])\*(?![\w*])"), 1),
)  # fmt: skip
_ZIP: Final = b"PK\x03\x04"


def detect(source: str | bytes, name_or_content_type: str = "") -> TextFormat:
    """The format of a text: by its content, and by its name where that leaves it open.

    Never ``Script``: that a line's beginning is a speaker's name is for the user to say. What is
    told to be Markdown and is not loses no word by it.
    """
    named = _named(name_or_content_type)
    if isinstance(source, bytes):
        if source.startswith(_ZIP):
            return TextFormat.EPUB
        source = source[: _LOOKED_AT * 4].decode("utf-8", "replace")
    start = source[:_LOOKED_AT].removeprefix("\ufeff")
    start = start.replace("\r\n", "\n").replace("\r", "\n")
    return _by_document(start) or named or _by_marks(start)


def _by_document(start: str) -> TextFormat | None:
    """The format of what begins as a whole document does."""
    prolog = _XML_START.match(start)
    after_prolog = prolog.end() if prolog else 0
    if _SSML.match(start, after_prolog) or _SSML_TYPE.search(start, 0, 1000):
        return TextFormat.SSML
    if _HTML.match(start, after_prolog) or _HTML.search(start[:after_prolog]):
        return TextFormat.HTML
    return None


def _by_marks(start: str) -> TextFormat:
    if _FIRST_TAG.match(start) and len(_BLOCK_TAG.findall(start)) >= 2:
        return TextFormat.HTML
    if read_front_matter(start).length or any(
        _has(mark, start, times) for mark, times in _MARKDOWN
    ):
        return TextFormat.MARKDOWN
    if len(_BLOCK_TAG.findall(start)) >= 4:
        return TextFormat.HTML
    return TextFormat.PLAIN


def _named(name: str) -> TextFormat | None:
    """By a file's name, an address, or a content type."""
    bare = name.partition(";")[0].partition("?")[0].partition("#")[0].strip().lower()
    return _BY_NAME.get(bare) or _BY_NAME.get(bare.rpartition(".")[2])


def _has(mark: re.Pattern[str], text: str, times: int) -> bool:
    found = mark.finditer(text)
    return all(next(found, None) is not None for _ in range(times))
