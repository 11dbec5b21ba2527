"""Traces of markup in plain text: entities, pauses in brackets, footnotes, stage directions."""

import html
import re
from typing import Final

_ENTITY: Final = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TWICE: Final = 2
"""Times that an entity may have been written as one (``&amp;nbsp;``)."""
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_PAUSE: Final = re.compile(
    r"[^\S\n]?\[(?:pause|pausa|break|silence)(?:\s?[:=]?\s?[0-9]{0,6}(?:[.,][0-9]{0,6})?\s?"
    r"(?:m?s|secs?|seconds?|segundos?|milliseconds?)?)\]",
    re.IGNORECASE,
)
_FOOTNOTE: Final = re.compile(r"\[\^[^\]\s]{1,40}\]:?")
_CITED: Final = re.compile(r"(?<=[.,;:!?\"'»”])(?:\[[0-9]{1,3}\])++(?=\s|\Z)")
_RAISED: Final = re.compile(r"[¹²³⁴-⁹⁰]{1,3}(?![\w⁺⁻])")
_NOTED: Final = re.compile(r"(?:[^\W\d_]{4}|[^\W\d_][.,;:!?\"”»)])\Z")
"""Matches what the sign of a footnote stands after: after fewer letters it may be a power."""
_STAGE: Final = re.compile(
    r"(?:^|(?<=[.!?…] )|(?<=[.!?…][\"')”] ))([*_])(?![\s*_])([^*_\n]{1,200})(?<!\s)\1"
    r"(?=[^\S\n]+[\"'(“¿¡]?[A-ZÀ-Þ]|[^\S\n]*$)",
    re.MULTILINE,
)
_PAUSES: Final = frozenset(".!?,;:…")


def resolve_entities(text: str) -> str:
    """``&amp;``, ``&#39;`` and ``&nbsp;`` as the characters that they stand for.

    Signs of the private use area are dropped: they stand for a script's pronunciations.
    """
    for _ in range(_TWICE):
        if "&" not in text or ";" not in text:
            break
        text = _ENTITY.sub(lambda found: _PRIVATE.sub("", html.unescape(found.group())), text)
    return text


def drop_traces(text: str) -> str:
    """Take out what is no word: pauses that were asked for, signs of footnotes, asterisks.

    A pause is a comma's at least. A stage direction between sentences is a sentence: it gets a
    capital and a full stop.
    """
    if "[" in text:
        text = _PAUSE.sub(_said_pause, text)
        text = _CITED.sub("", _FOOTNOTE.sub("", text))
    if not text.isascii():
        text = _RAISED.sub(_unless_note, text)
    if "*" in text or "_" in text:
        text = _STAGE.sub(_staged, text)
    return text


def _unless_note(found: re.Match[str]) -> str:
    before = found.string[max(found.start() - 4, 0) : found.start()]
    return "" if _NOTED.search(before) else found.group()


def _said_pause(found: re.Match[str]) -> str:
    before = found.string[max(found.start() - 1, 0) : found.start()]
    return "," if before.isalnum() else ""


def _staged(found: re.Match[str]) -> str:
    said = found[2][0].upper() + found[2][1:]
    return said if said[-1] in _PAUSES else f"{said}."
