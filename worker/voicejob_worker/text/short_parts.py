"""Short forms of several parts that no table of abbreviations holds: spoons, and months in Roman.

``1 c. à s.``, ``2 col. (sopa)`` (the language's ``Shortening.parts``), ``12-X-1954``.
"""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.lexicon import lexicon_for
from voicejob_worker.text.roman import roman_value

_ROMAN_MONTH: Final = re.compile(
    r"(?<![\w.,/-])([0-3]?[0-9])([-./]) ?([IVX]{1,4})\2 ?([12][0-9]{3})(?![\w/-]|[.,][0-9])"
)
_MONTHS: Final = range(1, 13)
_LOST_POINT: Final = re.compile(r"(?<=[^\W\d_]{2})\.(?= ?[:;](?:\s|\Z)|,(?:\s|\Z))")
"""Matches the point of a short form before another sign of pause: it ends nothing."""


def write_parts_out(text: str, language: str) -> str:
    """Replace them by words, or by what the language's steps say."""
    lexicon = lexicon_for(language)
    for pattern, written in lexicon.shortening.parts if lexicon else ():
        text = pattern.sub(written, text)
    return _ROMAN_MONTH.sub(_roman_month, text)


def without_lost_points(text: str) -> str:
    """The text without points that another sign of pause follows."""
    return _LOST_POINT.sub("", text)


def _roman_month(found: re.Match[str]) -> str:
    month = roman_value(found[3])
    if month not in _MONTHS:
        return found.group()
    return f"{found[1]}.{month:02}.{found[4]}"
