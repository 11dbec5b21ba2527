"""Arabic dates, years, ordinals and times of day."""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.languages.arabic_amounts import (
    LETTER,
    START,
    Say,
    place_of,
    say_counted,
)
from voicejob_worker.text.languages.arabic_numbers import say_whole
from voicejob_worker.text.languages.arabic_words import (
    DAYS,
    HOURS,
    LEVANTINE_MONTHS,
    MAGHREBI_MONTHS,
    MONTH_NAMES,
    MONTHS,
    UNITS,
)
from voicejob_worker.text.wordlists import one_of

_DATE: Final = re.compile(
    r"(?<![\w./-])(?:([0-3]?[0-9])([/.-])([01]?[0-9])\2((?:1[0-9]|20)[0-9]{2})"
    r"|((?:1[0-9]|20)[0-9]{2})([/-])([01]?[0-9])\6([0-3]?[0-9]))(?![\w/-]|[.,][0-9])"
)
_MONTH_NAMES: Final = one_of(MONTH_NAMES)
_DAYS_OF_MONTH: Final = re.compile(
    rf"{START}([0-3]?[0-9])(?: ?[-–] ?| (?:إلى|الى|حتى) )"
    rf"(?=([0-3]?[0-9]) (?:من )?(?:{_MONTH_NAMES})(?![{LETTER}]))"
)
_PARTS_OF_DAY: Final = "صباحا|صباحًا|مساء|مساءً|ظهرا|ظهرًا|عصرا|عصرًا|ليلا|ليلًا|فجرا|فجرًا"
_HOUR_OF_DAY: Final = re.compile(
    rf"(?<![\w:.,/-])(?P<lead>الساعة )?(1[0-2]|[1-9])(?= (?:{_PARTS_OF_DAY})(?![{LETTER}\u064b]))"
)
_DAY_OF_MONTH: Final = re.compile(
    rf"{START}([0-3]?[0-9]) (?:من )?({_MONTH_NAMES})(?![{LETTER}])"
    r"(?:(?: من)?(?: عام| سنة)?[ ،,]{1,2}([12][0-9]{3})(?![0-9.,/-]*[0-9]))?"
)
_MONTH_OF_YEAR: Final = re.compile(
    rf"(?<![{LETTER}])({_MONTH_NAMES})( |/| عام | سنة )([12][0-9]{{3}})(?![0-9]|[.,/-][0-9])"
)
_ERA: Final = re.compile(rf"{START}([0-9]{{3,4}}) ?(هـ|ه|م)\.?(?![{LETTER}²³/])")
_ORDINAL: Final = re.compile(
    rf"(?<![{LETTER}])((?:القرن|المركز|الفصل|الصف|الطابق|الباب|الجزء|اليوم) )"
    r"([12]?[0-9]|3[01])(?![\w.,/:%-])"
)
"""Nouns that a number after them counts off: الطابق الثالث."""
_TIME: Final = re.compile(
    r"((?:الساعة )?)(?<![\w:.])([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?(?![\w:])"
    rf"(?: ?([صم])(?![{LETTER}])| ?([aApP])\.?[mM]\b)?"
)
_O_CLOCK: Final = re.compile(
    rf"((?<=الساعة ))(1[0-2]|[1-9])()()(?![0-9:.,])(?: ([صم])(?![{LETTER}])| ?([aApP])[mM]\b)?"
)
_LEVANT: Final = frozenset({"sy", "lb", "jo", "iq", "ps"})
_MAGHREB: Final = frozenset({"dz", "tn"})


def months_of(regions: frozenset[str]) -> tuple[str, ...]:
    """The names of the months in a country, by the subtags of a language."""
    if regions & _LEVANT:
        return LEVANTINE_MONTHS
    return MAGHREBI_MONTHS if regions & _MAGHREB else MONTHS


def _date(months: tuple[str, ...]) -> Say:
    def said(found: re.Match[str]) -> str:
        day, month = int(found[1] or found[8]), int(found[3] or found[7])
        year = found[4] or found[5]
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return found.group()
        return f"{_day(day)} من {months[month - 1]} {_year(year)}"

    return said


def _day(day: int) -> str:
    return DAYS[day - 1].replace("_", " ")


def _year(year: str) -> str:
    """As it stands after عام, which is meant where it is not written."""
    return say_whole(int(year), oblique=True)


def _day_of_month(found: re.Match[str]) -> str:
    day = int(found[1])
    if not 1 <= day <= 31:
        return found.group()
    end = found.group()[found.start(3) - found.start() :] if found[3] else ""
    between = found.string[found.end(2) : found.start(3)] if found[3] else ""
    return f"{_day(day)} من {found[2]}{between}{_year(found[3]) if end else ''}"


def _days_of_month(found: re.Match[str]) -> str:
    first, second = int(found[1]), int(found[2])
    return f"{_day(first)} إلى " if 1 <= first < second <= 31 else found.group()


def _hour_of_day(found: re.Match[str]) -> str:
    lead = found["lead"] or ("" if _follows_hour(found) else "الساعة ")
    return f"{lead}{HOURS[int(found[2])].replace('_', ' ')}"


def _month_of_year(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{_year(found[3])}"


def _era(found: re.Match[str]) -> str:
    """A year of the Hijri or the common era; fewer than a thousand of م are metres."""
    year, era = found.groups()
    if era == "م" and not "1000" <= year < "2200":
        return found.group()
    said = say_whole(int(year), oblique=place_of(found).oblique)
    return f"{said} {'ميلادية' if era == 'م' else 'هجرية'}"


def _time(found: re.Match[str]) -> str:
    """A time of day: الساعة العاشرة والنصف."""
    hour, minute = int(found[2]) % 24, int(found[3] or 0)
    half = found[5] or found[6]
    if minute == 45:
        hour, minutes = (hour + 1) % 24, "إلا ربعا"
    else:
        minutes = {0: "", 15: "والربع", 20: "والثلث", 30: "والنصف"}.get(minute) or _minutes(minute)
    seconds = f"و{say_counted(found[4], UNITS['s'], oblique=False)}" if found[4] else ""
    part = ""
    if half:
        part = "صباحا" if half.lower() in ("ص", "a") else "مساء"
        hour = hour % 12 or 12
    name = HOURS[hour].replace("_", " ")
    lead = found[1] or ("" if _follows_hour(found) else "الساعة ")
    return " ".join(filter(None, (f"{lead}{name}", minutes, seconds, part)))


def _follows_hour(found: re.Match[str]) -> bool:
    return found.string[max(found.start() - 7, 0) : found.start()].endswith("ساعة ")


def _minutes(minute: int) -> str:
    return f"و{say_counted(str(minute), UNITS['min'], oblique=False)}" if minute else ""


def _ordinal(found: re.Match[str]) -> str:
    return f"{found[1]}{_day(int(found[2]))}" if int(found[2]) else found.group()


def dates(regions: frozenset[str]) -> tuple[tuple[re.Pattern[str], Say], ...]:
    """The replacements, with the names that months have in a country."""
    return (
        (_DATE, _date(months_of(regions))),
        (_DAYS_OF_MONTH, _days_of_month),
        (_DAY_OF_MONTH, _day_of_month),
        (_HOUR_OF_DAY, _hour_of_day),
        (_MONTH_OF_YEAR, _month_of_year),
        (_ERA, _era),
        (_ORDINAL, _ordinal),
        (_TIME, _time),
        (_O_CLOCK, _time),
    )
