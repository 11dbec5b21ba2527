"""Days behind words that ask for one, and a colon: ``Fecha: 4/5``, ``Due date: 12/25``.

Without the word 4/5 is four fifths. The words are the language's (``Lexicon.date_labels``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SHARE_OF: Final = re.compile(r" (?:[^\W\d_]{3}|(?:of|d[eiu]|av) |d')")
"""Matches the noun that a share is of: 1/2 hora, 2/3 of the rent."""
_MOST_MONTHS: Final = 12
_MOST_DAYS: Final = 31


def say_labelled_days(
    text: str, labels: str, *, month_first: bool, until: str, named: Callable[[int, int], str]
) -> str:
    """Replace them by what ``named`` makes of a month and a day.

    Args:
        text: Of a language that has ``labels``.
        labels: Pattern of alternatives; "" for none.
        month_first: Whether 4/5 is a day in April. What can be only the other way round is that.
        until: Stands between two days.
        named: Writes a month and a day.
    """
    if not labels or "/" not in text or ":" not in text:
        return text

    def day_of(first: str, second: str) -> str | None:
        leading, following = int(first), int(second)
        leads = leading <= _MOST_MONTHS and (month_first or following > _MOST_MONTHS)
        month, day = (leading, following) if leads else (following, leading)
        is_day = 1 <= month <= _MOST_MONTHS and 1 <= day <= _MOST_DAYS
        return named(month, day) if is_day else None

    def spoken(found: re.Match[str]) -> str:
        label, first, second, *last = found.groups()
        may_be_share = int(first) < int(second) <= _MOST_MONTHS
        if may_be_share and not last[0] and _SHARE_OF.match(found.string, found.end()):
            return found.group()  # Plazo: 1/2 hora
        start, end = day_of(first, second), day_of(*last) if last[0] else ""
        if start is None or end is None:
            return found.group()
        return f"{label}{start} {until} {end}" if end else f"{label}{start}"

    return _pattern(labels).sub(spoken, text)


@lru_cache(16)
def _pattern(labels: str) -> re.Pattern[str]:
    day = r"([0-9]{1,2})/([0-9]{1,2})(?![\w/%]|[.,][0-9])"
    return re.compile(rf"(?<!\w)((?:{labels}) ?: ?){day}(?: ?[-–] ?{day})?", re.IGNORECASE)
