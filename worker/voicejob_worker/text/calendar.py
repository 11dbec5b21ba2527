"""Dates in words."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from voicejob_worker.text.date_labels import say_told_days
from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Numerals
from voicejob_worker.text.wordlists import one_of

_ISO_DATE: Final = re.compile(
    r"(?<![\w./-])([0-9]{4})(?:([-/])([0-9]{1,2})\2([0-9]{1,2})|\.([0-9]{2})\.([0-9]{2}))"
    r"(?:T(?=[0-9]{2}:)|(?![\w/-]|\.[0-9]))"
)
_SLASH_DATE: Final = re.compile(
    r"(?<![\w./-])([0-9]{1,2})[º°]?([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})"
    r"(?![\w/-])(?!\.[0-9])"
)
_MONTH_OF_YEAR: Final = re.compile(r"(?<![\w./-])(0?[1-9]|1[0-2])/((?:1[89]|20)[0-9]{2})(?![\w/])")
_DAY_OF_MONTH: Final = re.compile(
    r"(?<![\w.,/-])(?:([Dd]ias? )([0-9]{1,2})[º°]?/([0-9]{1,2})"
    r"|([0-3][0-9]|1[º°])/([01][0-9]))(?![\w/])"
)
_DAY_RANGE: Final = re.compile(r"(?<=[0-9]/[0-9]{2}) ?[-–] ?(?=[0-9]{2}/[0-9]{2}(?![0-9]))")
_CENTURY_TURN: Final = 50
"""Years of two digits up to here are of this century."""


def say_dates(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace 2026-11-21, 21/11/2026, 21/nov/26, 11/2026 and, beside a month, its days by words.

    What is no date of the calendar stays.
    """
    month_first = lexicon.month_first

    def iso(found: re.Match[str]) -> str:
        year, month, day = (int(found[1]), int(found[3] or found[5]), int(found[4] or found[6]))
        said = _say_date(year, month, day, numerals, lexicon) or found.group()
        return f"{said} " if found.group().endswith("T") else said

    def slashed(found: re.Match[str]) -> str:
        if found[2] != "/" and len(found[4]) == 2:
            return found.group()
        first, second, year = int(found[1]), int(found[3]), _full_year(found[4])
        month_leads = first <= 12 and (month_first or second > 12)
        month, day = (first, second) if month_leads else (second, first)
        return _say_date(year, month, day, numerals, lexicon) or found.group()

    def named(month: int, day: int) -> str:
        name = lexicon.months[month - 1]
        return f"{name} {day}" if month_first else f"{day} {lexicon.of} {name}".replace("  ", " ")

    text = say_told_days(
        text, lexicon.days, month_first=month_first, until=lexicon.until, named=named
    )
    text = _SLASH_DATE.sub(slashed, _ISO_DATE.sub(iso, text))
    text = _say_named(text, numerals, lexicon)
    if lexicon.date_day == "ordinal":
        return _say_ranked_days(text, numerals, lexicon)
    return _say_counted_days(text, numerals, lexicon)


def _full_year(written: str) -> int:
    year = int(written)
    if len(written) == 4:
        return year
    return 2000 + year if year <= _CENTURY_TURN else 1900 + year


def _say_date(year: int, month: int, day: int, numerals: Numerals, lexicon: Lexicon) -> str | None:
    try:
        date(year, month, day)
    except ValueError:
        return None
    return lexicon.date.format(
        day=_say_day(day, numerals, lexicon),
        month=lexicon.months[month - 1],
        year=numerals.year_or_number(f"{year:04d}"),
    )


def _say_day(day: int, numerals: Numerals, lexicon: Lexicon) -> str | None:
    if day == 1:
        return lexicon.first_of_month
    return (
        numerals.ordinal(str(day)) if lexicon.date_day == "ordinal" else numerals.cardinal(str(day))
    )


@lru_cache(2)
def _named_patterns(months: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of ``10/jan/2024`` and ``jan/24``."""
    month = f"({one_of(months)})"
    full = rf"(?<![\w.,/-])([0-9]{{1,2}})([/-]){month}\2([0-9]{{4}}|[0-9]{{2}})(?![\w/-])"
    of_year = rf"\b{month}/([0-9]{{4}}|[0-9]{{2}})(?![\w/-])"
    return re.compile(full, re.IGNORECASE), re.compile(of_year, re.IGNORECASE)


def _say_named(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    months = lexicon.short_months

    def full(found: re.Match[str]) -> str:
        month, year = months.index(found[3].lower()) + 1, _full_year(found[4])
        return _say_date(year, month, int(found[1]), numerals, lexicon) or found.group()

    def of_year(found: re.Match[str]) -> str:
        month = months.index(found[1].lower()) + 1
        return _say_month(month, _full_year(found[2]), numerals, lexicon)

    in_full, in_year = _named_patterns(months)
    if "/" in text or "-" in text:
        text = in_year.sub(of_year, in_full.sub(full, text))
    return _MONTH_OF_YEAR.sub(
        lambda found: _say_month(int(found[1]), int(found[2]), numerals, lexicon), text
    )


def _say_month(month: int, year: int, numerals: Numerals, lexicon: Lexicon) -> str:
    joint = f" {lexicon.of} " if lexicon.of else " "
    return f"{lexicon.months[month - 1]}{joint}{numerals.year_or_number(str(year))}"


_DAY_ALONE: Final = re.compile(r"\b([Dd]ia )0?([1-9])(?![\w/]|[.,:][0-9]|[ºª°])")
_PORTUGUESE_DAY: Final = re.compile(r"(?<![\w.,/])0?([1-9])(?= (?:de )?([a-zç]{4,9})\b)", re.I)


def _say_counted_days(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """``25/12`` and ``dia 5/3``, and the first of a month as such."""

    def short(found: re.Match[str]) -> str:
        cue, month = found[1] or "", int(found[3] or found[5])
        day = int((found[2] or found[4]).rstrip("º°"))
        before = found.string[max(found.start() - 14, 0) : found.start()]
        if (
            not 1 <= day <= 31
            or not 1 <= month <= 12
            or lexicon.amounts.rating_ahead.search(before)
        ):
            return found.group()
        said = _say_day(day, numerals, lexicon)
        return f"{cue}{said} {lexicon.of} {lexicon.months[month - 1]}"

    def alone(found: re.Match[str]) -> str:
        return f"{found[1]}{_say_day(int(found[2]), numerals, lexicon)}"

    def first(found: re.Match[str]) -> str:
        is_month = found[2].lower() in lexicon.months
        if not is_month:
            return found.group()
        return _say_day(int(found[1]), numerals, lexicon) or found.group()

    text = _DAY_OF_MONTH.sub(short, _DAY_RANGE.sub(f" {lexicon.until} ", text))
    return _DAY_ALONE.sub(alone, _PORTUGUESE_DAY.sub(first, text))


@lru_cache(2)
def _ranked_patterns(months: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """``January 5``, ``January 5-7`` and ``the 5th of January``, ``5 January``."""
    named = one_of(months)
    day = r"([0-3]?[0-9])(?:st|nd|rd|th)?"
    after = rf"\b({named}) {day}(?: ?([-–]) ?{day})?(?![\w:/%–-]|[.,][0-9])(?! ?%)"
    before = rf"(?<![\w.,:$/-])(the )?{day} (?:of )?({named})\b"
    return re.compile(after), re.compile(before, re.IGNORECASE)


def _say_ranked_days(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    def after(found: re.Match[str]) -> str:
        days = [int(day) for day in (found[2], found[4]) if day]
        if not all(1 <= day <= 31 for day in days):
            return found.group()
        said = f" {lexicon.until} ".join(numerals.ordinal(str(day)) or "" for day in days)
        return f"{found[1]} {said}"

    def before(found: re.Match[str]) -> str:
        day = int(found[2])
        if not 1 <= day <= 31 or not found[3][0].isupper():
            return found.group()
        return f"{found[1] or 'the '}{numerals.ordinal(str(day))} of {found[3]}"

    month_first, day_first = _ranked_patterns(lexicon.months)
    return day_first.sub(before, month_first.sub(after, text))
