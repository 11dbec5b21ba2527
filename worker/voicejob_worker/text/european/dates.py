"""Dates of digits alone, the same in every language but for what is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import BLANK
from voicejob_worker.text.wordlists import one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    DayOf = Callable[[int, int, str, str], str]
    """Says day, month and year ("" for none); the last is what stands before the date."""

_BACK: Final = 40
_YEAR_FIRST: Final = re.compile(
    r"(?<![\w.,/-])([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})(?:T(?=[0-9]{2}:)|(?![\w/-])(?!\.[0-9]))"
)
_YEAR_LAST: Final = re.compile(
    rf"(?<![\w.,/-])([0-9]{{1,2}})(?:([/-])([0-9]{{1,2}})\2|\.{BLANK}?([0-9]{{1,2}})\.{BLANK}?)"
    r"([0-9]{4}|(?<=/)[0-9]{2}|(?<=[0-9][0-9]\.)[0-9]{2})(?![\w/-])(?!\.[0-9])"
)
_MONTH: Final = re.compile(
    r"(?<![\w.,/-])(?:((?:1[0-9]|20)[0-9]{2})-(0[1-9]|1[0-2])"
    r"|(0[1-9]|1[0-2]|[2-9](?=/))[/.]((?:1[89]|20)[0-9]{2}))(?![\w/-])(?!\.[0-9])"
)
_MONTHS: Final = range(1, 13)
_DAYS: Final = range(1, 32)
_CENTURY_TURN: Final = 50
"""Years of two digits up to here are of this century."""


def say_numeric_dates(text: str, said: DayOf, month_said: Callable[[int, str], str]) -> str:
    """Replace 2026-11-21, 21.11.2026, 21/11/26 and 11/2026; what has no such month stays."""

    def year_first(found: re.Match[str]) -> str:
        year, _, month, day = found.groups()
        return _said(found, int(day), int(month), year, said) + (
            " " if found.group().endswith("T") else ""
        )

    def year_last(found: re.Match[str]) -> str:
        day, _, month, dotted, year = found.groups()
        return _said(found, int(day), int(month or dotted), full_year(year), said)

    def of_year(found: re.Match[str]) -> str:
        year, month = found[1] or found[4], int(found[2] or found[3])
        return month_said(month, year)

    return _MONTH.sub(of_year, _YEAR_LAST.sub(year_last, _YEAR_FIRST.sub(year_first, text)))


def _said(found: re.Match[str], day: int, month: int, year: str, said: DayOf) -> str:
    if month not in _MONTHS and day in _MONTHS:
        day, month = month, day
    if month not in _MONTHS or day not in _DAYS:
        return found.group()
    return said(day, month, year, before(found))


def full_year(written: str) -> str:
    """``2026`` of 26, ``1978`` of 78."""
    if len(written) != 2:
        return written
    return f"{20 if int(written) <= _CENTURY_TURN else 19}{written}"


def before(found: re.Match[str]) -> str:
    """What stands before a find on its line, as far as it matters."""
    return found.string[max(found.start() - _BACK, 0) : found.start()].rpartition("\n")[2]


def month_numbers(months: Sequence[str], short: Mapping[str, int]) -> dict[str, int]:
    """The number of a month by its name or short name, in lower case."""
    full = {name.lower(): number for number, name in enumerate(months, start=1)}
    return {**short, **full}


def month_pattern(months: Sequence[str], short: Mapping[str, int]) -> str:
    """A pattern of a month's name, or its short name with or without a point."""
    full = one_of(months)
    shortened = one_of(short)
    return rf"((?:{full})(?!\w)|(?:{shortened})(?!\w)\.?)"
