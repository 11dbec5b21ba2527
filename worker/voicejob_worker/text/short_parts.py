"""Short forms of several parts that no table of abbreviations holds: spoons, and months in Roman.

``1 c. à s.``, ``2 col. (sopa)``, ``12-X-1954``.
"""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.roman import roman_value

_FRENCH: Final = re.compile(r"(?<![\w.])([0-9½¼¾/]{1,5}) ?c\. ?à ?([sct])\.")
_FRENCH_SPOONS: Final = {"s": "à soupe", "c": "à café", "t": "à thé"}
_PORTUGUESE: Final = re.compile(
    r"(?<![\w.])([0-9½¼¾/]{1,5}) col(?:\.|h\.)? ?\(?(?:de )?(sopa|chá|café|sobremesa)\)?"
)
_ROMAN_MONTH: Final = re.compile(
    r"(?<![\w.,/-])([0-3]?[0-9])([-./]) ?([IVX]{1,4})\2 ?([12][0-9]{3})(?![\w/-]|[.,][0-9])"
)
_MONTHS: Final = range(1, 13)
_NOT_MANY: Final = frozenset(["1", "½", "¼", "¾", "1/2", "1/4", "3/4"])
_LOST_POINT: Final = re.compile(r"(?<=[^\W\d_]{2})\.(?= ?[:;](?:\s|\Z)|,(?:\s|\Z))")
"""Matches the point of a short form before another sign of pause: it ends nothing."""


def write_parts_out(text: str, language: str) -> str:
    """Replace them by words, or by what the language's steps say."""
    primary = primary_subtag(language)
    if primary == "fr" and "c. à" in text:
        text = _FRENCH.sub(_french, text)
    if primary == "pt" and " col" in text:
        text = _PORTUGUESE.sub(_portuguese, text)
    return _ROMAN_MONTH.sub(_roman_month, text)


def without_lost_points(text: str) -> str:
    """The text without points that another sign of pause follows."""
    return _LOST_POINT.sub("", text)


def _french(found: re.Match[str]) -> str:
    many = "" if found[1] in _NOT_MANY else "s"
    return f"{found[1]} cuillère{many} {_FRENCH_SPOONS[found[2]]}"


def _portuguese(found: re.Match[str]) -> str:
    many = "" if found[1] in _NOT_MANY else "es"
    return f"{found[1]} colher{many} de {found[2]}"


def _roman_month(found: re.Match[str]) -> str:
    month = roman_value(found[3])
    if month not in _MONTHS:
        return found.group()
    return f"{found[1]}.{month:02}.{found[4]}"
