"""Times of day in words."""

import re
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Number, Numerals

_TIME_RANGE: Final = re.compile(
    r"(?<![\w:.,])([0-9]{1,2}[:h][0-9]{2} ?(?:[aApP][mM])?) ?[–-] ?(?=[0-9]{1,2}[:h][0-9]{2})"
)
_HOUR_RANGE: Final = re.compile(r"(?<![\w:.,])([0-9]{1,2}) ?(h?) ?[–-] ?(?=[0-9]{1,2} ?h\b)")
_TIME: Final = re.compile(
    r"(?<![\w:.,])([01]?[0-9]|2[0-4])(:|[hH]| h )([0-5][0-9])"
    r"(?:(?::|(?: ?min ?|m)(?=[0-9]{1,2} ?s\b))([0-5]?[0-9])(?: ?s\b)?(?:[.,][0-9]{1,9})?)?"
    r"(Z\b| Uhr\b| ?min(?:utos)?\b|m\b| ?hr?s?\b| horas\b)?(?![\w:])(?=(\s?[aApP]\.?\s?[mM]\b)?)"
)
_HALF_OF_DAY: Final = re.compile(r"(?<=[0-9]) ?([aApP])\.? ?[mM]\b")
_HALF_RANGE: Final = re.compile(r"(?<=[0-9] [AP]M) ?[–-] ?(?=[0-9])")
_LONE_HOUR: Final = re.compile(r"(?<![\w:.,])([01]?[0-9]|2[0-4]) ?(?:hs|hrs|H)\b(?![./])")
_AT_AN_HOUR: Final = re.compile(r"\b(?:às?|as|das|até|pelas|ou|entre|e|para|desde)\s\Z", re.I)


def say_times(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace 10:30, 10:30:05, 14h30, 8h15min and 3 p.m. by words."""

    def spoken(found: re.Match[str]) -> str:
        if "h" in found[2].lower() and lexicon.language == "en":
            return found.group()
        return _say_time(found, numerals, lexicon)

    until = lexicon.until_time or lexicon.until
    if lexicon.language == "en":
        text = _HALF_OF_DAY.sub(lambda found: f" {found[1].upper()}M", text)
        text = _HALF_RANGE.sub(f" {until} ", text)
    text = _TIME.sub(spoken, _TIME_RANGE.sub(rf"\1 {until} ", text))
    if lexicon.language == "pt":
        text = _HOUR_RANGE.sub(rf"\1\2 {until} ", _LONE_HOUR.sub(r"\1h", text))
    return text


def _say_time(found: re.Match[str], numerals: Numerals, lexicon: Lexicon) -> str:
    hour, minute, second = int(found[1]), int(found[3]), int(found[4] or 0)
    if lexicon.counts_seconds and _is_duration(found, second):
        return _say_parts(hour, minute, second, numerals, lexicon)
    hour_words = lexicon.hours.get(hour) or numerals.cardinal(str(hour))
    has_half_of_day = found[6] is not None
    if minute or second:
        said = lexicon.time.format(hour=hour_words, minute=_say_minute(minute, numerals, lexicon))
    elif has_half_of_day:
        said = str(hour_words)
    elif lexicon.singular_below_two:
        said = numerals.count(Number(str(hour)), *lexicon.units["h"])
    else:
        template = lexicon.full_hour_one if hour == 1 else lexicon.full_hour
        said = template.format(hour=hour_words)
    if second:
        said += " " + lexicon.seconds.format(seconds=numerals.cardinal(str(second)))
    return said


def _is_duration(found: re.Match[str], second: int) -> bool:
    """Whether the units are said: with seconds, and with ``min`` after anything but ``às``."""
    if second:
        return True
    if not (found[5] or "").strip().startswith("m"):
        return False
    before = found.string[max(found.start() - 8, 0) : found.start()]
    return _AT_AN_HOUR.search(before) is None


def _say_parts(hour: int, minute: int, second: int, numerals: Numerals, lexicon: Lexicon) -> str:
    """``duas horas, cinco minutos e um segundo``."""
    counted = [
        numerals.count(Number(str(value)), *lexicon.units[sign])
        for value, sign in ((hour, "h"), (minute, "min"), (second, "s"))
        if value or sign == "h"
    ]
    *first, last = counted
    return f" {lexicon.conjunction} ".join(filter(None, (", ".join(first), last)))


def _say_minute(minute: int, numerals: Numerals, lexicon: Lexicon) -> str:
    words = numerals.cardinal(str(minute)) or str(minute)
    return f"oh {words}" if lexicon.language == "en" and minute < 10 else words
