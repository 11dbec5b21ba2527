"""Dates and times of day in words."""

import re
from datetime import date
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Numerals

_ISO_DATE: Final = re.compile(
    r"(?<![\w.-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T(?=[0-9]{2}:)|(?![\w-]))"
)
_SLASH_DATE: Final = re.compile(
    r"(?<![\w./])([0-9]{1,2})([/.])([0-9]{1,2})\2([0-9]{4})(?![\w/])(?!\.[0-9])"
)
_TIME_RANGE: Final = re.compile(
    r"(?<![\w:.,])([0-9]{1,2}[:h][0-9]{2} ?(?:[aApP][mM])?) ?[–-] ?(?=[0-9]{1,2}[:h][0-9]{2})"
)
_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4])(:|h)([0-5][0-9])(?::([0-5][0-9])(?:[.,][0-9]{1,9})?)?"
    r"(Z\b| Uhr\b|min\b)?(?![\w:])(?=(\s?[aApP]\.?\s?[mM]\b)?)"
)


def say_dates(text: str, numerals: Numerals, lexicon: Lexicon, language: str) -> str:
    """Replace 2026-11-21 and 21/11/2026 by words; what is no date of the calendar stays."""
    month_first = lexicon.month_first and language.lower() in ("en", "en-us", "en-ph")

    def iso(found: re.Match[str]) -> str:
        year, month, day = map(int, found.groups())
        said = _say_date(year, month, day, numerals, lexicon) or found.group()
        return f"{said} " if found.group().endswith("T") else said

    def slashed(found: re.Match[str]) -> str:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        month, day = (first, second) if month_first and first <= 12 else (second, first)
        return _say_date(year, month, day, numerals, lexicon) or found.group()

    return _SLASH_DATE.sub(slashed, _ISO_DATE.sub(iso, text))


def say_times(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace 10:30, 10:30:05 and 14h30 by words."""

    def spoken(found: re.Match[str]) -> str:
        if found[2] == "h" and lexicon.language == "en":
            return found.group()
        return _say_time(found, numerals, lexicon)

    return _TIME.sub(spoken, _TIME_RANGE.sub(rf"\1 {lexicon.until} ", text))


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


def _say_time(found: re.Match[str], numerals: Numerals, lexicon: Lexicon) -> str:
    hour, minute, second = int(found[1]), int(found[3]), found[4]
    hour_words = lexicon.hours.get(hour) or numerals.cardinal(str(hour))
    has_half_of_day = found[6] is not None
    if minute or second:
        said = lexicon.time.format(hour=hour_words, minute=_say_minute(minute, numerals, lexicon))
    elif has_half_of_day:
        said = str(hour_words)
    else:
        template = lexicon.full_hour_one if hour == 1 else lexicon.full_hour
        said = template.format(hour=hour_words)
    if second and int(second):
        said += " " + lexicon.seconds.format(seconds=numerals.cardinal(str(int(second))))
    return said


def _say_minute(minute: int, numerals: Numerals, lexicon: Lexicon) -> str:
    words = numerals.cardinal(str(minute)) or str(minute)
    return f"oh {words}" if lexicon.language == "en" and minute < 10 else words
