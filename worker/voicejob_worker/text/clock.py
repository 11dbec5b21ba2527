"""Times of day in words."""

import re
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.lexicon.schema import Clock
from voicejob_worker.text.numerals import Number, Numerals
from voicejob_worker.text.symbols import symbols_of

_TIME_RANGE: Final = re.compile(
    r"(?<![\w:.,])([0-9]{1,2}[:h][0-9]{2} ?(?:[aApP][mM])?) ?[–-] ?(?=[0-9]{1,2}[:h][0-9]{2})"
)
_HOUR_RANGE: Final = re.compile(r"(?<![\w:.,])([0-9]{1,2}) ?(h?) ?[–-] ?(?=[0-9]{1,2} ?h\b)")
_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4])(:|[hH]| h )([0-5][0-9])"
    r"(?:(?::|(?: ?min ?|m)(?=[0-9]{1,2} ?s\b))([0-5]?[0-9])(?: ?s\b)?(?:[.,][0-9]{1,9})?)?"
    r"(Z\b| Uhr\b| ?min(?:utos)?\b|m\b| ?hr?s?\b| horas\b)?(?![\w:])(?=(\s?[aApP]\.?\s?[mM]\b)?)"
)
_OF_TWELVE: Final = re.compile(
    r"(?<![\w:.,])(0?[0-9]|1[0-2])(:[0-5][0-9](?::[0-5][0-9])?) ?([aApP])(?:\.[mM]\b\.?|[mM]\b)"
)
_SENTENCE_ENDS: Final = re.compile(r"\s*(?:\Z|[A-ZÀ-ÖØ-Þ\n])")
_HALF_OF_DAY: Final = re.compile(r"(?<=[0-9]) ?([aApP])\.? ?[mM]\b")
_HALF_RANGE: Final = re.compile(r"(?<=[0-9] [AP]M) ?[–-] ?(?=[0-9])")
_LONE_HOUR: Final = re.compile(r"(?<![\w:.,])([01]?[0-9]|2[0-4]) ?(?:hs|hrs|H)\b(?![./])")
_PART_OF_DAY: Final = re.compile(r" da (?:madrugada|manhã|tarde|noite)\b")
_LONGEST_HOURS: Final = 4
"""Hours up to which a time of one digit with seconds is taken for what something took."""


def say_times(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace 10:30, 10:30:05, 14h30, 8h15min and 3 p.m. by words."""

    def spoken(found: re.Match[str]) -> str:
        if "h" in found[2].lower() and not lexicon.clock.has_letters:
            return found.group()
        return _say_time(found, numerals, lexicon)

    until = lexicon.until_time or lexicon.until
    if lexicon.clock.has_halves:
        text = _HALF_OF_DAY.sub(lambda found: f" {found[1].upper()}M", text)
        text = _HALF_RANGE.sub(f" {until} ", text)
    text = _TIME.sub(spoken, _TIME_RANGE.sub(rf"\1 {until} ", text))
    if lexicon.clock.has_bare_hours:
        text = _HOUR_RANGE.sub(rf"\1\2 {until} ", _LONE_HOUR.sub(r"\1h", text))
    return text


def write_24_hours(text: str, language: str) -> str:
    """Write ``2:30pm`` as 14:30 where the language has no words for the halves of the day."""
    keeps = symbols_of(language).keeps_halves

    def written(found: re.Match[str]) -> str:
        hour, rest, half = found.groups()
        if keeps:
            return f"{hour}{rest} {found.group()[found.start(3) - found.start() :]}"
        of_day = int(hour) % 12 + (12 if half in "pP" else 0)
        is_last = found.group()[-1] == "." and _SENTENCE_ENDS.match(text, found.end())
        return f"{of_day}{rest}{'.' if is_last else ''}"

    return _OF_TWELVE.sub(written, text) if ":" in text else text


def _say_time(found: re.Match[str], numerals: Numerals, lexicon: Lexicon) -> str:
    hour, minute, second = int(found[1]), int(found[3]), int(found[4] or 0)
    if _has_all_parts(found, lexicon.clock):
        return _say_all_parts(hour, minute, second, numerals, lexicon)
    if _has_lasted(found, lexicon.clock) or (
        lexicon.counts_seconds and _is_duration(found, second, lexicon.clock)
    ):
        return _say_parts(hour, minute, second, numerals, lexicon)
    hour_words = lexicon.hours.get(hour) or numerals.cardinal(str(hour))
    has_half_of_day = found[6] is not None
    if minute and lexicon.clock.counts_hours and not _is_at_an_hour(found, lexicon.clock):
        counted = _count(hour, "h", numerals, lexicon)
        said = f"{counted} {lexicon.conjunction} {_say_minute(minute, numerals, lexicon)}"
    elif minute or (second and lexicon.clock.says_nought):
        said = lexicon.time.format(hour=hour_words, minute=_say_minute(minute, numerals, lexicon))
    elif has_half_of_day:
        said = str(hour_words)
    elif lexicon.singular_below_two:
        said = _count(hour, "h", numerals, lexicon)
    else:
        template = lexicon.full_hour_one if hour == 1 else lexicon.full_hour
        said = template.format(hour=hour_words)
    if second:
        said += " " + lexicon.seconds.format(seconds=numerals.cardinal(str(second)))
    return said


def _has_all_parts(found: re.Match[str], clock: Clock) -> bool:
    """Whether ``14:30:05`` stands by itself, so that its hours, minutes and seconds are counted.

    After a word that asks for a time of the day it is said as one, and up to four hours of one
    digit are what something took.
    """
    text = found.string
    return bool(
        found[2] == ":"
        and found[4] is not None
        and not found[5]
        and not _is_at_an_hour(found, clock)
        and (found[6] is not None or not _is_short(found) or _PART_OF_DAY.match(text, found.end()))
    )


def _is_short(found: re.Match[str]) -> bool:
    return len(found[1]) == 1 and int(found[1]) <= _LONGEST_HOURS


def _say_all_parts(
    hour: int, minute: int, second: int, numerals: Numerals, lexicon: Lexicon
) -> str:
    """``fourteen hours, thirty minutes and five seconds``, also where one of them is zero."""
    parts = [
        _count(value, sign, numerals, lexicon)
        for value, sign in ((hour, "h"), (minute, "min"), (second, "s"))
    ]
    return f"{parts[0]}{lexicon.clock.joint}{parts[1]} {lexicon.conjunction} {parts[2]}"


def _count(value: int, sign: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """So many hours, minutes or seconds; nought of them are in the plural."""
    if sign == "s" and sign not in lexicon.units:
        sign = "sec"
    singular, plural = lexicon.units[sign]
    return numerals.count(Number(str(value)), singular if value else plural, plural)


def _has_lasted(found: re.Match[str], clock: Clock) -> bool:
    """``1:05:30`` is a time that something took, ``14:30:05`` one of the day."""
    return (
        clock.short_lasts
        and not _is_at_an_hour(found, clock)
        and found[4] is not None
        and _is_short(found)
        and found[2] == ":"
        and found[6] is None
    )


def _is_duration(found: re.Match[str], second: int, clock: Clock) -> bool:
    """Whether the units are said: with seconds, and with ``min`` after anything but ``às``."""
    if second:
        return True
    if not (found[5] or "").strip().startswith("m"):
        return False
    return not _is_at_an_hour(found, clock)


def _is_at_an_hour(found: re.Match[str], clock: Clock) -> bool:
    """Whether a word says that it is a time of the day: ``às 14h30``, ``14h30 às 15h``."""
    before = found.string[max(found.start() - 8, 0) : found.start()]
    is_first = found.string.startswith(clock.until_an_hour, found.end())
    return is_first or clock.at_an_hour.search(before) is not None


def _say_parts(hour: int, minute: int, second: int, numerals: Numerals, lexicon: Lexicon) -> str:
    """``duas horas, cinco minutos e um segundo``."""
    counted = [
        _count(value, sign, numerals, lexicon)
        for value, sign in ((hour, "h"), (minute, "min"), (second, "s"))
        if value or (sign == "h" and lexicon.clock.says_nought)
    ]
    *first, last = counted
    return f" {lexicon.conjunction} ".join(filter(None, (", ".join(first), last)))


def _say_minute(minute: int, numerals: Numerals, lexicon: Lexicon) -> str:
    words = numerals.cardinal(str(minute)) or str(minute)
    return f"{lexicon.clock.zero}{words}" if minute < 10 else words
