"""Hindi: numbers with lakhs and crores, halves and quarters as words, dates, times, money, units.

A row of replacements as in ``chinese``; digits of Devanagari are 0 to 9 by then.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from voicejob_worker.text.amounts import CAPITAL_NEXT, with_decimal_points
from voicejob_worker.text.date_labels import say_told_days
from voicejob_worker.text.languages.hindi_numbers import (
    QUARTERS_OF,
    quarters_of,
    say_digits,
    say_hindi,
    say_whole,
    say_year,
    with_quarter,
)
from voicejob_worker.text.languages.hindi_parts import write_parts_out
from voicejob_worker.text.languages.hindi_ratios import RATIO, say_ratio
from voicejob_worker.text.languages.hindi_words import (
    CENTS,
    COUNTED,
    DAYS,
    IRREGULAR,
    MONEY,
    MONTH_NAMES,
    MONTHS,
    NUMBERED,
    ONE,
    ORDINALS,
    PER,
    SHORT,
    SPANS,
    TITLES,
    UNITS,
)
from voicejob_worker.text.numbered import say_numbered
from voicejob_worker.text.wordlists import one_of

_Say = Callable[[re.Match[str]], str]

_LETTER: Final = r"[^\W\d_]|[\u0900-\u0963]"
"""Signs of vowels are no letters by their category."""
_END: Final = rf"(?!{_LETTER})"
_START: Final = r"(?<![\w.,/])"
_TITLE: Final = re.compile(rf"(?<![\w\u0900-\u0963])({one_of(TITLES)})\. ?(?={_LETTER})")
_SHORT: Final = re.compile(
    rf"(?<![\w\u0900-\u0963.])({one_of(SHORT)})\.{CAPITAL_NEXT}?(?= ?[0-9])"
    rf"|(?<=[0-9])( ?)({one_of(SHORT)})\.(?=([ \n]|\Z)?)"
)
_PER: Final = re.compile(rf"(?<=[0-9\u0900-\u0963])/({one_of(PER)})(?![\w\u0900-\u0963])")
_NEGATIVE_SUM: Final = re.compile(rf"(?<![\w.,)\]%-])[-−](?=(?:{one_of(MONEY)}) ?[0-9])")
_DIGIT: Final = re.compile("[0-9¼-¾⅐-⅞]")
_AMOUNT: Final = r"[0-9]++(?:\.[0-9]++)?+"
_THOUSANDS: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9])|[0-9]{2},)")
_EXACTLY: Final = re.compile(r"(?<=[0-9]) ?/[-=](?![0-9-])")
"""Stands behind an amount of rupees."""
_ALWAYS: Final = re.compile(r"(?<![\w.,/])24[/x]7(?![\w/])")
_SPACED_UNITS: Final = frozenset("KABCN")
"""Units that need a blank before them: 4K is no temperature."""
_TO: Final = " ?[-–—−] ?"
_DAY: Final = "(0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = "(0?[1-9]|1[0-2])"
_YEAR: Final = "([1-9][0-9]{3})"

_DATE: Final = re.compile(
    rf"(?<![\w./-])(?:([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2{_YEAR}|{_YEAR}-{_MONTH}-{_DAY})"
    r"(?![\w/-]|\.[0-9])"
)
_DAY_AND_MONTH: Final = re.compile(
    r"(?<![\w.,/-])(?:(0[1-9])-([0-3][0-9])|([1-3][0-9])-(0[1-9]))(?![\w/-]|\.[0-9])"
)
_MONTH_OF_YEAR: Final = re.compile(rf"(?<![\w.,/-])(0[1-9]|1[0-2])-{_YEAR}(?![\w/-]|\.[0-9])")
_YEARS: Final = re.compile(rf"{_START}(?<!-){_YEAR}{_TO}{_YEAR}(?![\w-]|[.,][0-9])")
_ERA: Final = re.compile(
    rf"{_START}([0-9]{{1,4}})(?:{_TO}([0-9]{{1,4}}))? ?(ई\.? ?पू\.|ई\.(?! ?पू)|ईसा पूर्व|ईस्वी|ईसवी)"
)
_BEFORE_CHRIST: Final = "ईसा पूर्व"
_LONE_ERA: Final = re.compile(r"(?<![\w\u0900-\u0963])ई\. ?पू\.")
_SAID_ERA: Final = {"ई.": "ईसवी", "ईस्वी": "ईस्वी", "ईसवी": "ईसवी"}
_NAMED_YEAR: Final = re.compile(
    rf"(?:(?<=सन )|(?<=सन् )|(?<=साल )|(?<=वर्ष )){_YEAR}(?![\w-]|[.,][0-9])"
)
_WHEN: Final = "का|की|के|में|से|तक|सदी|दशक|शताब्दी"
_YEAR_BEFORE: Final = re.compile(rf"{_START}(1[1-9][0-9]{{2}}) (?=(?:{_WHEN}){_END})")
_NOT_YEARS: Final = ("से ज़्यादा", "से ज्यादा", "से अधिक", "से कम", "से ऊपर", "के करीब", "के लगभग")
_MONTH_NAMES: Final = one_of(MONTH_NAMES)
_YEAR_AFTER_MONTH: Final = re.compile(rf"({_MONTH_NAMES})(,? (?:सन् )?){_YEAR}(?![\w-]|[.,][0-9])")
_TIME: Final = re.compile(
    r"(?<![\w:.])([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?(?![\w:])"
    rf"(?: ?([aApP])\.?[mM]\b\.?)?(?: ?(?:बजे|बजकर){_END})?"
)
_SUFFIXES: Final = r"वां|वाँ|वीं|वें|वे|ला|ली|ले|रा|री|रे|था|थी|थे|ठा|ठी|ठे"
_ORDINAL: Final = re.compile(rf"{_START}([0-9]{{1,9}})[ -]?(?<=[0-9-])({_SUFFIXES}){_END}")
_ENGLISH_ORDINAL: Final = re.compile(rf"{_START}([0-9]{{1,2}})(?:st|nd|rd|th)(?![A-Za-z])")
_NEGATIVE: Final = re.compile(r"(?<![\w.,)\]%-])[-−](?=[0-9])")
_SIGNS: Final = one_of(MONEY)
_SCALE: Final = "(?: ?((?:हज़ार|हजार|लाख) करोड़|हज़ार|हजार|लाख|करोड़|अरब|खरब))?"
_MONEY: Final = re.compile(
    rf"(?<![A-Za-z$])({_SIGNS}) ?({_AMOUNT})(?:{_TO}({_AMOUNT}))?{_SCALE}(?: ?/-)?"
)
_MONEY_AFTER: Final = re.compile(rf"{_START}({_AMOUNT}){_SCALE} ?({_SIGNS})(?![A-Za-z0-9])")
_UNIT_SIGNS: Final = one_of((*UNITS, *SPANS))
_MEASURE: Final = re.compile(
    rf"{_START}({_AMOUNT})(?: ?(?:{_UNIT_SIGNS})?{_TO}({_AMOUNT}))?{_SCALE} ?({_UNIT_SIGNS})"
    r"(?![A-Za-z0-9²³/]|[\u0900-\u0963])"
)
_BY: Final = re.compile(r"(?<=[0-9]) ?[x×X*] ?(?=[0-9])")
_QUARTERS: Final = re.compile(
    rf"{_START}([0-9]{{1,4}})\.(25|50?|75)(?= ?(?:{one_of(COUNTED)}){_END})"
)
_SINGLE_FRACTION: Final = re.compile(r"(?:(?<![0-9.,])([0-9]{1,15}))?([¼-¾⅐-⅞])")
_FRACTION: Final = re.compile(
    r"(?<![\w.,/])(?:([0-9]{1,4}) )?([0-9]{1,19})/([0-9]{1,19})(?![\w/]|\.[0-9])"
)
_TELEPHONE: Final = re.compile(
    r"(?<![\w.,-])(?:\+([0-9]{1,3})[ -]?)?(?:([6-9][0-9]{9})|([6-9][0-9]{4})[ -]([0-9]{5}))"
    r"(?![\w-]|[.,][0-9])"
)
_ABROAD: Final = re.compile(r"(?<![\w.,-])\+([0-9]{1,3})[ -]?([0-9]{6,12})(?![\w-]|[.,][0-9])")
_LANDLINE: Final = re.compile(r"(?<![\w.,-])(0[0-9]{2,6})[ -]([0-9]{4,8})(?![\w-]|[.,][0-9])")
_NAMED_DIGITS: Final = re.compile(
    "((?:पिन कोड|पिनकोड|पिन|ओटीपी|OTP|PIN|अंक|फ़ोन नंबर|फोन नंबर|मोबाइल नंबर)(?: है| था)?:? )"
    r"([0-9]{3,12})(?![\w]|[.,][0-9])"
)
_RANGE: Final = re.compile(
    rf"{_START}(?<!-)({_AMOUNT}){_TO}({_AMOUNT})(?![\w-]|[.,][0-9])(?=( ?=)?)"
)
_SCHOOL_YEAR: Final = re.compile(r"(?<![\w.,/-])([12][0-9]{3})[-–]([0-9]{2})(?![\w-]|[.,][0-9])")
_VERSION: Final = re.compile(r"(?<![\w.])[0-9]{1,6}(?:\.[0-9]{1,6}){2,8}(?![\w.])")
_NUMBER: Final = re.compile(rf"(?<![0-9])({_AMOUNT})")


def say_hindi_text(text: str) -> str:
    """Say the numbers of a text in Hindi; the digits of ``text`` are 0 to 9."""
    text = _TITLE.sub(lambda found: f"{TITLES[found[1]]} ", text)
    if not _DIGIT.search(text):
        return text
    text = write_parts_out(text.replace(f"रु.{CAPITAL_NEXT}", "रु."))
    text = _PER.sub(lambda found: f" प्रति {PER[found[1]]}", _SHORT.sub(_short, text))
    text = _EXACTLY.sub("", _THOUSANDS.sub("", with_decimal_points(text, _SIGNS)))
    text = say_numbered(text, NUMBERED, say_hindi, lambda written: say_year(int(written)))
    text = say_told_days(text, DAYS, month_first=False, until="से", named=_named_day)
    for pattern, say in _STEPS:
        text = pattern.sub(say, text)
    return text


def _named_day(month: int, day: int) -> str:
    return f"{_day(day)} {MONTHS[month - 1]}"


def _short(found: re.Match[str]) -> str:
    before, blank, behind, ends = found.groups()
    if before:
        return SHORT[before] + (" " if found.string[found.end() : found.end() + 1] != " " else "")
    last = found.string[found.end() :].strip() == "" and ends is not None
    return f"{blank or ' '}{SHORT[behind]}{'.' if last else ''}"


def _quarters(found: re.Match[str]) -> str:
    return with_quarter(int(found[1]), QUARTERS_OF[found[2]])


def _span(written: str) -> str:
    """An amount of time, whose half is a word; other quarters stay decimals beside a sign."""
    whole, _, part = written.partition(".")
    has_word = part in ("5", "50") or (part == "25" and whole != "0")
    if has_word and not (part == "25" and whole == "1"):
        return with_quarter(int(whole), QUARTERS_OF[part])
    return f"सवा {say_whole(1)}" if has_word else say_hindi(written)


def _date(found: re.Match[str]) -> str:
    if found[5]:
        return _said_date(int(found[7]), int(found[6]), found[5])
    first, second = int(found[1]), int(found[3])
    if not (1 <= min(first, second) <= 12 and max(first, second) <= 31):
        return found.group()
    if second > 12:
        return f"{MONTHS[first - 1]} {say_whole(second)} {say_year(int(found[4]))}"
    return _said_date(first, second, found[4])


def _said_date(day: int, month: int, year: str) -> str:
    return f"{_day(day)} {MONTHS[month - 1]} {say_year(int(year))}"


def _day(day: int) -> str:
    return "छः" if day == 6 else say_whole(day)


def _day_and_month(found: re.Match[str]) -> str:
    first, second = int(found[1] or found[3]), int(found[2] or found[4])
    if second == 0 or max(first, second) > 31:
        return found.group()
    if second > 12:
        return f"{MONTHS[first - 1]} {_day(second)}"
    return f"{_day(first)} {MONTHS[second - 1]}"


def _month_of_year(found: re.Match[str]) -> str:
    return f"{MONTHS[int(found[1]) - 1]} {say_year(int(found[2]))}"


def _years(found: re.Match[str]) -> str:
    if int(found[1]) >= int(found[2]):
        return found.group()
    return f"{say_year(int(found[1]))} से {say_year(int(found[2]))}"


def _era(found: re.Match[str]) -> str:
    first, second, era = found.groups()
    say = say_year if era in _SAID_ERA else say_whole
    until = f" से {say(int(second))}" if second else ""
    return f"{say(int(first))}{until} {_SAID_ERA.get(era, _BEFORE_CHRIST)}"


def _year_before(found: re.Match[str]) -> str:
    if found.string.startswith(_NOT_YEARS, found.end()):
        return found.group()
    return f"{say_year(int(found[1]))} "


def _time(found: re.Match[str]) -> str:
    """A time of day: साढ़े तीन बजे, तीन बजकर पाँच मिनट."""
    hour, minute, second, half = int(found[1]), int(found[2]), found[3], found[4]
    part = ""
    if half:
        hour, part = _of_half(hour, half.lower())
    if second and int(second) + minute:
        minutes = f"{say_whole(minute)} मिनट " if minute else ""
        return f"{part}{say_whole(hour)} बजकर {minutes}{say_whole(int(second))} सेकंड"
    if minute in (15, 30) and hour:
        said = "सवा एक" if (hour, minute) == (1, 15) else with_quarter(hour, minute // 15)
        return f"{part}{said} बजे"
    if minute:
        return f"{part}{say_whole(hour)} बजकर {say_whole(minute)} मिनट"
    return f"{part}{say_whole(hour)} बजे"


def _of_half(hour: int, half: str) -> tuple[int, str]:
    """The hour as it is said, and the part of the day before it, of a time with a.m. or p.m."""
    of_day = hour % 12 + (12 if half == "p" else 0)
    for until, name in ((4, "रात"), (12, "सुबह"), (16, "दोपहर"), (20, "शाम"), (24, "रात")):
        if of_day < until:
            return hour, f"{name} "
    return hour, ""


def _ordinal(found: re.Match[str]) -> str:
    number, suffix = found.groups()
    stem = IRREGULAR.get(number)
    if stem and suffix[0] != "व" and stem[-1] == suffix[0]:
        return stem + suffix[1:]
    is_year = suffix == "वीं" and len(number) == 4 and "1100" <= number < "2000"
    if stem and number != "6":
        return stem + {"वीं": "ी", "वें": "े", "वे": "े"}.get(suffix, "ा")
    ending = "वें" if suffix == "वे" else suffix
    return f"{say_year(int(number)) if is_year else say_hindi(number)}{ending}"


def _english_ordinal(found: re.Match[str]) -> str:
    return ORDINALS.get(int(found[1])) or f"{say_hindi(found[1])}वां"


def _money(found: re.Match[str]) -> str:
    sign, amount, until, scale = found.groups()
    first = f"{say_hindi(amount)} से " if until else ""
    return first + _price(until or amount, scale, MONEY[sign])


def _money_after(found: re.Match[str]) -> str:
    amount, scale, sign = found.groups()
    return _price(amount, scale, MONEY[sign])


def _price(amount: str, scale: str | None, name: str) -> str:
    whole, _, cents = amount.partition(".")
    if scale:
        said = quarters_of(whole, cents) or say_hindi(amount)
        return f"{said} {scale} {name}"
    if amount == "1":
        return f"एक {ONE.get(name, name)}"
    if len(cents) != 2 or name not in CENTS:
        return f"{say_hindi(amount)} {name}"
    small = f"{say_whole(int(cents))} {CENTS[name]}" if int(cents) else ""
    large = f"{say_hindi(whole)} {name}" if int(whole) or not small else ""
    return f"{large} {small}".strip()


def _school_year(found: re.Match[str]) -> str:
    return f"{say_year(int(found[1]))} {say_hindi(found[2])}"


def _measure(found: re.Match[str]) -> str:
    amount, until, scale, sign = found.groups()
    if sign in _SPACED_UNITS and found.string[found.start(4) - 1] != " ":
        return found.group()
    say = _span if sign in SPANS else say_hindi
    first = f"{say(amount)} से " if until else ""
    last = until or amount
    name = SPANS.get(sign) or UNITS[sign]
    if name == "साल" and len(last.partition(".")[0]) >= _FORMAL:
        name = "वर्ष"
    if scale:
        whole, _, part = last.partition(".")
        return f"{first}{quarters_of(whole, part) or say_hindi(last)} {scale} {name}"
    return f"{first}{say(last)} {name}{_blank_after(found)}"


_FORMAL: Final = 4
"""Digits of a number of years from which they are वर्ष."""


def _blank_after(found: re.Match[str]) -> str:
    return " " if found.string[found.end() : found.end() + 1].isalnum() else ""


def _single_fraction(found: re.Match[str]) -> str:
    quarters = {"¼": 1, "½": 2, "¾": 3}.get(found[2])
    if quarters:
        return with_quarter(int(found[1] or 0), quarters)
    upper, _, lower = unicodedata.normalize("NFKC", found[2]).partition("⁄")
    return _mixed(found[1] or "", upper, lower)


def _fraction(found: re.Match[str]) -> str:
    return _mixed(found[1] or "", found[2], found[3])


def _mixed(whole: str, upper: str, lower: str) -> str:
    joint = f"{say_hindi(whole)} और " if whole else ""
    return f"{joint}{say_hindi(upper)} बटा {say_hindi(lower)}"


def _telephone(found: re.Match[str]) -> str:
    country, *rest = found.groups()
    number = "".join(filter(None, rest))
    return (f"प्लस {say_digits(country)} " if country else "") + say_digits(number)


def _range(found: re.Match[str]) -> str:
    low, high, equals = found.groups()
    joint = "माइनस" if equals else "से" if float(low) < float(high) else "–"
    return f"{say_hindi(low)} {joint} {say_hindi(high)}"


def _version(found: re.Match[str]) -> str:
    parts = found.group().split(".")
    return " डॉट ".join(map(say_digits if len(parts) == 4 else say_hindi, parts))


def _number(found: re.Match[str]) -> str:
    text = found.string
    before = " " if text[found.start() - 1 : found.start()].isalnum() else ""
    after = " " if text[found.end() : found.end() + 1].isalnum() else ""
    return f"{before}{say_hindi(found[1])}{after}"


_STEPS: Final[tuple[tuple[re.Pattern[str], _Say], ...]] = (
    (_TELEPHONE, _telephone),
    (_ABROAD, _telephone),
    (_LANDLINE, lambda found: f"{say_digits(found[1])} {say_digits(found[2])}"),
    (_NAMED_DIGITS, lambda found: f"{found[1]}{say_digits(found[2])}"),
    (_DATE, _date),
    (_MONTH_OF_YEAR, _month_of_year),
    (_DAY_AND_MONTH, _day_and_month),
    (_ERA, _era),
    (_LONE_ERA, lambda _: _BEFORE_CHRIST),
    (_YEARS, _years),
    (_SCHOOL_YEAR, _school_year),
    (_YEAR_AFTER_MONTH, lambda found: f"{found[1]}{found[2]}{say_year(int(found[3]))}"),
    (_NAMED_YEAR, lambda found: say_year(int(found[1]))),
    (_YEAR_BEFORE, _year_before),
    (_TIME, _time),
    (_ORDINAL, _ordinal),
    (_ENGLISH_ORDINAL, _english_ordinal),
    (_NEGATIVE_SUM, lambda _: "माइनस "),
    (_NEGATIVE, lambda _: "माइनस "),
    (RATIO, say_ratio),
    (_MONEY, _money),
    (_MONEY_AFTER, _money_after),
    (_ALWAYS, lambda _: "चौबीसों घंटे"),
    (_BY, lambda _: " बाई "),
    (_MEASURE, _measure),
    (_QUARTERS, _quarters),
    (_SINGLE_FRACTION, _single_fraction),
    (_FRACTION, _fraction),
    (_VERSION, _version),
    (_RANGE, _range),
    (_NUMBER, _number),
)
