"""Days that are written as fractions are, where a word tells one: ``Fecha: 4/5``, ``until 12/15``.

Without the word 4/5 is four fifths. The words are the language's (``lexicon.schema.DayWords``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.text.lexicon.schema import DayWords

_NOUN: Final = re.compile(r" [^\W\d_]{3}")
"""Matches the noun that a share is of, behind a label: Plazo: 1/2 hora."""
_MEASURED: Final = re.compile('[- ]?(?:"|″|in(?:ch|\\.)|mm|cm| ?[+=×−])')
"""Matches what a part is of: 15/16 inch."""
_MOST_MONTHS: Final = 12
_MOST_DAYS: Final = 31


def say_told_days(
    text: str,
    words: DayWords,
    *,
    month_first: bool,
    until: str,
    named: Callable[[int, int], str],
) -> str:
    """Replace them by what ``named`` makes of a month and a day.

    Args:
        text: Of the language of the words.
        words: What tells a day.
        month_first: Whether 4/5 is a day in April. What can be only the other way round is that.
        until: Stands between two days.
        named: Writes a month and a day.
    """
    if not words.labels or "/" not in text:
        return text

    def day_of(first: str, second: str) -> str | None:
        leading, following = int(first), int(second)
        leads = leading <= _MOST_MONTHS and (month_first or following > _MOST_MONTHS)
        month, day = (leading, following) if leads else (following, leading)
        is_day = 1 <= month <= _MOST_MONTHS and 1 <= day <= _MOST_DAYS
        return named(month, day) if is_day else None

    def spoken(found: re.Match[str]) -> str:
        told, hinted, first, second, *last = found.groups()
        behind = found["behind"]
        if not (told or behind or ((hinted or found["hint"]) and _may_be_only_a_day(found))):
            return found.group()
        if not last[0] and not behind and _is_share(found, told or "", counted):
            return found.group()
        start, end = day_of(first, second), day_of(*last[:2]) if last[0] else ""
        if start is None or end is None:
            return found.group()
        ahead = told or hinted or ""
        return f"{ahead}{start} {until} {end}" if end else f"{ahead}{start}"

    pattern, counted = _patterns(words)
    return pattern.sub(spoken, text)


def _is_share(found: re.Match[str], told: str, counted: re.Pattern[str]) -> bool:
    """``Plazo: 1/2 hora``, ``On Monday, 1/3 of the class``, ``dopo 12/15 minuti``."""
    if told and not int(found[3]) < int(found[4]) <= _MOST_MONTHS:
        return False
    has_noun = ":" in told and _NOUN.match(found.string, found.end())
    return bool(has_noun or counted.match(found.string, found.end()))


def _may_be_only_a_day(found: re.Match[str]) -> bool:
    """Whether no part is written so: 15/12, 03/04; but 3/4, 15/16 inch."""
    first, second = found[3], found[4]
    is_day = max(int(first), int(second)) > _MOST_MONTHS or "0" in (first[0], second[0])
    return is_day and _MEASURED.match(found.string, found.end()) is None


@lru_cache(32)
def _patterns(words: DayWords) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of a day with what tells it, and of what tells a share behind one."""
    day = r"([0-9]{1,2})/([0-9]{1,2})(?![\w/%]|[.,][0-9])"
    told = rf"(?:{words.labels}) ?: ?|(?:{words.weekdays})\.?,? "
    dated = re.compile(
        rf"(?<![\w.,/-])(?:({told})|((?:{words.ahead}) ))?(?<![\w.,/-]){day}(?: ?[-–] ?{day})?"
        rf"(?=(?P<behind>,? (?:{words.times}))?)(?=(?P<hint>{words.behind})?)",
        re.IGNORECASE,
    )
    return dated, re.compile(rf" (?:{words.counted})")
