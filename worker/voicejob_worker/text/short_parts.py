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
_HOURS: Final = re.compile(
    r"(?<![\w.,/-])(?:(24)/(36|48|72)|(36)/(48|72)|(48)/(72|96))(?= ?[^\W\d_])"
)
"""Matches a span of hours that shops write as a fraction: 24/48 h."""
_POINTED: Final = re.compile(r"(?<=[0-9] )(min|seg|sec|sek)\.(?= [a-zà-ÿ])")
"""Matches the point of a unit within a sentence."""
_VOLTS: Final = re.compile(r"(?<=[0-9][VAWВА])/(?=[0-9])|(?<=[0-9] [VAWВА])/(?=[0-9])")
_CASELESS: Final = "\u0600-\u06ff\u0900-\u0963\u3040-\u30ff\u3400-\u9fff"
_STEP: Final = rf"(?:[A-ZÀ-ÞŐŰА-ЯЁ][a-zß-ÿőűа-яё]|[{_CASELESS}]{{2}})[\w'{_CASELESS}-]{{0,30}}"
_MENU: Final = re.compile(rf"(?<![\w{_CASELESS}])({_STEP}) [>›] (?={_STEP}(?P<goes_on> [>›] )?)")
"""Matches a step of a menu before the next: Settings > Privacy."""
_SENTENCE_BEGINS: Final = re.compile(r"(?:\A|[.!?\n]\s?)\Z")
_MONTHS: Final = range(1, 13)
_LOST_POINT: Final = re.compile(r"(?<=[^\W\d_]{2})\.(?= ?[:;](?:\s|\Z)|,(?:\s|\Z))")
"""Matches the point of a short form before another sign of pause: it ends nothing."""


def write_parts_out(text: str, language: str) -> str:
    """Replace them by words, or by what the language's steps say."""
    lexicon = lexicon_for(language)
    for pattern, written in lexicon.shortening.parts if lexicon else ():
        text = pattern.sub(written, text)
    text = _POINTED.sub(r"\1", text)
    text = _VOLTS.sub(", ", text) if "/" in text else text
    text = _HOURS.sub(_span_of_hours, text) if "/" in text else text
    text = _say_menus(text) if ">" in text or "›" in text else text
    return _ROMAN_MONTH.sub(_roman_month, text)


def _say_menus(text: str) -> str:
    """``Settings, Privacy``: the steps of a menu, for what only two begin a sentence with is said.

    ``Cats > Dogs`` may be a comparison.
    """
    last = -1

    def said(found: re.Match[str]) -> str:
        nonlocal last
        ahead = found.string[max(found.start() - 2, 0) : found.start()]
        has_case = found[1][0].lower() != found[1][0].upper()
        is_alone = has_case and not found["goes_on"] and found.start() != last
        if is_alone and _SENTENCE_BEGINS.search(ahead):
            return found.group()
        last = found.end()
        return f"{found[1]}, "

    return _MENU.sub(said, text)


def _span_of_hours(found: re.Match[str]) -> str:
    first, last = (hours for hours in found.groups() if hours)
    return f"{first}-{last}"


def without_lost_points(text: str) -> str:
    """The text without points that another sign of pause follows."""
    return _LOST_POINT.sub("", text)


def _roman_month(found: re.Match[str]) -> str:
    month = roman_value(found[3])
    if month not in _MONTHS:
        return found.group()
    return f"{found[1]}.{month:02}.{found[4]}"
