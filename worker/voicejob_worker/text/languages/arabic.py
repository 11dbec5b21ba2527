"""Arabic: numbers in gender and case, dates, times, money and units.

A row of replacements as in ``chinese``; digits are 0 to 9 by then. Small words that are written
onto a number (و25, ب25) stay on its first word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from voicejob_worker.text.date_labels import say_told_days
from voicejob_worker.text.languages.arabic_amounts import (
    AMOUNT,
    LETTER,
    START,
    TO,
    Say,
    place_of,
    say_amount,
    say_counted,
    say_written,
)
from voicejob_worker.text.languages.arabic_dates import dates, months_of
from voicejob_worker.text.languages.arabic_numbers import LONGEST, say_digits, say_whole
from voicejob_worker.text.languages.arabic_parts import write_parts_out
from voicejob_worker.text.languages.arabic_short import say_short
from voicejob_worker.text.languages.arabic_words import (
    DAYS_TOLD,
    FEMININE_PLURALS,
    FRACTIONS,
    MASCULINE_IN_AT,
    MONEY,
    NUMBERED,
    UNITS,
    Coin,
)
from voicejob_worker.text.numbered import say_numbered
from voicejob_worker.text.wordlists import one_of, words

_DIGIT: Final = re.compile("[0-9¼-¾⅐-⅞]")
_POINT_THOUSANDS: Final = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?:,[0-9]{3})++(?![0-9])")
_COMMA_THOUSANDS: Final = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?:\.[0-9]{3})++(?![0-9])")
_COMMA: Final = re.compile(r"(?<![0-9.,])([0-9]++),(?=[0-9]++(?![0-9,]))")
_DECIMAL_SIGN: Final = re.compile("(?<=[0-9])٫(?=[0-9])")
_TATWEEL: Final = re.compile("(?<=[بلوكفا])ـ(?=[0-9])")

_SCORE: Final = re.compile(r"(?<![\w:.,])([0-9]{1,3}):([0-9]{1,3})(?![\w:])")
_LARGE: Final = re.compile(rf"{START}([12]) (ألف|مليون|مليار)(?![{LETTER}])")
_PERCENT_RANGE: Final = re.compile(rf"{START}({AMOUNT}) ?%?{TO}({AMOUNT}) ?%")
_TELEPHONE: Final = re.compile(
    r"(?<![0-9A-Za-z.,])(\+|00)?([0-9]{2,4}(?:[ -][0-9]{2,4}){2,4}|0[0-9]{6,12}|(?<=\+)[0-9]{7,14})"
    r"(?![0-9A-Za-z]|[.,-][0-9])"
)
_NEGATIVE: Final = re.compile(r"(?<![\w.,)\]%-])[-−](?=[0-9])")
_SIGNS: Final = one_of(MONEY)
_SCALE: Final = "(?: (ألف|آلاف|مليون|ملايين|مليار|مليارات|تريليون))?"
_MONEY: Final = re.compile(
    rf"(?<![\w$])({_SIGNS}) ?({AMOUNT}){_SCALE}(?![{LETTER}])|"
    rf"{START}({AMOUNT}){_SCALE} ?({_SIGNS})(?![\w$]|\.\w)\.?"
)
_PERCENT: Final = re.compile(rf"{START}({AMOUNT}) ?%|% ?({AMOUNT})")
_UNIT: Final = re.compile(rf"{START}({AMOUNT})(?:{TO}({AMOUNT}))? ?({one_of(UNITS)})(?![\w²³/])")
_UNIT_BEFORE: Final = re.compile(rf"(?<![\w])(°C|°F|f|c)({AMOUNT})(?![\w.,])")
_FAHRENHEIT: Final = re.compile(rf"{START}({AMOUNT}) ?f(?!\w)")
_FRACTION: Final = re.compile(
    r"(?<![\w.,/])(?:([0-9]{1,4}) )?([0-9]{1,9})/([0-9]{1,9})(?![\w/]|[.,][0-9])"
)
_SINGLE_FRACTION: Final = re.compile(r"(?:(?<![0-9.,])([0-9]{1,15}))?([¼-¾⅐-⅞])")
_RANGE: Final = re.compile(rf"{START}(?<!-)({AMOUNT}){TO}({AMOUNT})(?![\w-]|[.,][0-9])")
_VERSION: Final = re.compile(r"(?<![\w.])[0-9]{1,6}(?:\.[0-9]{1,6}){2,8}(?![\w.])")
_NUMBER: Final = re.compile(rf"({AMOUNT})(?= ?([{LETTER}]++)?)")
_PERCENT_WORDS: Final = "في المائة"
_COMMA_DECIMALS: Final = frozenset({"ma", "dz", "tn", "mr"})


def say_arabic(text: str, regions: frozenset[str] = frozenset()) -> str:
    """Say the numbers of a text in Arabic; its digits are 0 to 9.

    Args:
        text: After ``clean``.
        regions: Subtags of the language, in lower case: months have other names in Syria and in
            Algeria, and 1,500 is a decimal in Morocco.
    """
    text = say_short(write_parts_out(text))
    if not _DIGIT.search(text):
        return text
    text = _TATWEEL.sub("", _DECIMAL_SIGN.sub(".", text))
    if regions & _COMMA_DECIMALS:
        text = _COMMA_THOUSANDS.sub(lambda found: found.group().replace(".", ""), text)
    else:
        text = _POINT_THOUSANDS.sub(lambda found: found.group().replace(",", ""), text)
    text = _COMMA.sub(r"\1.", text)
    text = say_numbered(text, NUMBERED, lambda written: say_amount(written, False), _year)
    months = months_of(regions)
    text = say_told_days(
        text,
        DAYS_TOLD,
        month_first=False,
        until="إلى",
        named=lambda month, day: f"{day} {months[month - 1]}",
    )
    for pattern, say in (*dates(regions), *_STEPS):
        text = pattern.sub(say, text)
    return text


def _year(written: str) -> str:
    return say_whole(int(written), oblique=True)


def _unit(found: re.Match[str]) -> str:
    amount, until, sign = found.groups()
    place = place_of(found)
    if until:
        first = say_amount(amount, place.oblique, counts=True, feminine=UNITS[sign].feminine)
        return f"{first} إلى {say_counted(until, UNITS[sign], oblique=True)}"
    return say_counted(amount, UNITS[sign], oblique=place.oblique)


def _unit_before(found: re.Match[str]) -> str:
    sign = found[1]
    if sign == "f":
        return f"{say_amount(found[2], False)} فهرنهايت"
    return say_counted(found[2], UNITS["°C" if sign == "c" else sign], oblique=False)


def _percent(found: re.Match[str]) -> str:
    place = place_of(found)
    return f"{say_amount(found[1] or found[2], place.oblique)} {_PERCENT_WORDS}"


def _percent_range(found: re.Match[str]) -> str:
    low, high = found.groups()
    first = say_amount(low, place_of(found).oblique, counts=True)
    return f"{first} إلى {say_amount(high, True, counts=True)} {_PERCENT_WORDS}"


def _large(found: re.Match[str]) -> str:
    """One and two thousands and on: مليون, مليونان."""
    if found[1] == "1":
        return found[2]
    return found[2] + ("ين" if place_of(found).oblique else "ان")


def _money(found: re.Match[str]) -> str:
    sign, amount = found[1] or found[6], found[2] or found[4]
    scale = found[3] or found[5]
    coin, place = MONEY[sign], place_of(found)
    if scale:
        return f"{say_amount(amount, place.oblique, counts=True)} {scale} {coin.name}"
    return _price(amount, coin, place.oblique)


def _price(amount: str, coin: Coin, oblique: bool) -> str:
    """Both coins of an amount; the large one keeps its form, as it is read beside a sign."""
    whole, _, decimals = amount.partition(".")
    places = len(str(coin.parts)) - 1
    if len(decimals) > places or len(whole) > LONGEST:
        return f"{say_amount(amount, oblique, counts=True)} {coin.name}"
    small = int(decimals.ljust(places, "0")) if decimals else 0
    parts = []
    if whole == "1" and not small:
        first = coin.name.partition(" ")[0]
        parts.append(f"{coin.name} {'واحدة' if first.endswith('ة') else 'واحد'}")
    elif int(whole) or not small:
        parts.append(f"{say_whole(int(whole), oblique=oblique)} {coin.name}")
    if small:
        name = coin.few if 3 <= small <= 10 else coin.small
        parts.append(f"{say_whole(small, feminine=coin.feminine, oblique=oblique)} {name}")
    return " و".join(parts)


def _fraction(found: re.Match[str]) -> str:
    return _mixed(found[1] or "", found[2], found[3])


def _single_fraction(found: re.Match[str]) -> str:
    upper, _, lower = unicodedata.normalize("NFKC", found[2]).partition("⁄")
    return _mixed(found[1] or "", upper, lower)


def _mixed(whole: str, upper: str, lower: str) -> str:
    names = FRACTIONS.get(int(lower))
    count = int(upper)
    if names and count == 1:
        said = names[0]
    elif names and count == 2:
        said = names[1]
    elif names and 3 <= count <= 10:
        said = f"{say_whole(count)} {names[2]}"
    else:
        said = f"{say_amount(upper, False)} على {say_amount(lower, False)}"
    return f"{say_amount(whole, False)} و{said}" if whole else said


def _telephone(found: re.Match[str]) -> str:
    plus = "زائد " if found[1] == "+" else "صفر صفر " if found[1] else ""
    return plus + "، ".join(map(say_digits, re.split("[ -]", found[2])))


def _range(found: re.Match[str]) -> str:
    low, high = found.groups()
    place = place_of(found)
    joint = " إلى " if float(low) < float(high) else " "
    return f"{say_amount(low, place.oblique)}{joint}{say_amount(high, joint != ' ')}"


def _version(found: re.Match[str]) -> str:
    return " نقطة ".join(say_amount(part, False) for part in found.group().split("."))


def _number(found: re.Match[str]) -> str:
    """A number, in the gender of the noun that follows it and the case of what precedes it."""
    written, noun = found[1], found[2] or ""
    place = place_of(found)
    is_noun = bool(noun) and noun not in _NO_NOUNS and not noun.startswith("و")
    whole = written.partition(".")[0]
    last = int(whole[-2:])
    feminine = is_noun and _is_feminine(noun, last)
    if "." in written:
        said = say_amount(written, place.oblique, counts=is_noun)
    else:
        construct = is_noun and last == 0 and not noun.startswith("ال")
        said = say_written(whole, feminine=feminine, oblique=place.oblique, construct=construct)
    if place.prefix.endswith("ال"):
        said = said.replace(" و", " وال")
    text = found.string
    glued = text[found.start() - 1 : found.start()].isalnum() and not place.prefix
    before = " " if glued else ""
    after = " " if text[found.end() : found.end() + 1].isalnum() else ""
    return f"{before}{said}{after}"


_MASCULINE: Final = words(
    "ريال درهم دولار دينار جنيه كتاب يوم شهر عام شخص طالب كيلومتر متر لتر غرام سؤال "
    "منزل بيت رجل ولد موظف عامل طفل مليون مليار كيلوغرام قلم ملف"
)
_ONE_OR_TWO: Final = re.compile(
    rf"{START}(?<![-–:/])([12]) "
    rf"({one_of(_MASCULINE)}|(?:سن|ساع|دقيق|ثاني|مر|لير|روبي|سيار|طالب|صفح|غرف"
    r"|كلم|خطو|درج|نقط|ليل|رسال)ة)"
    rf"(?![{LETTER}])"
)
"""Matches one and two of what is common: كتاب واحد, كتابان."""
_NAMED_BY_NUMBER: Final = re.compile(
    rf"(?<![{LETTER}])(?:[وفبك]?ال[{LETTER}]+|لل[{LETTER}]+|رقم|قناة|صفحة|فصل|جزء|غرفة) \Z"
)
"""Matches what the number names: القناة 2."""


def _one_or_two(found: re.Match[str]) -> str:
    count, noun = found.groups()
    if _NAMED_BY_NUMBER.search(found.string, max(found.start() - 20, 0), found.start()):
        return found.group()
    is_feminine = noun.endswith("ة")
    if count == "1":
        return f"{noun} {'واحدة' if is_feminine else 'واحد'}"
    stem = f"{noun[:-1]}ت" if is_feminine else noun
    return stem + ("ين" if place_of(found).oblique else "ان")


_NO_NOUNS: Final = frozenset(
    words(
        "في من إلى الى على عن مع أو او ثم هو هي هذا هذه التي الذي لم لن لا قد كان كانت ما حتى "
        "بين إن أن و"
    )
)


def _is_feminine(noun: str, last: int) -> bool:
    if noun.endswith("ة"):
        return last > 10 or last in (0, 1, 2) or noun in FEMININE_PLURALS
    if 3 <= last <= 10:
        is_regular = noun.endswith("ات") and not noun.startswith(("ا", "إ", "ت"))
        return noun in FEMININE_PLURALS or (is_regular and noun not in MASCULINE_IN_AT)
    return False


_STEPS: Final[tuple[tuple[re.Pattern[str], Say], ...]] = (
    (_SCORE, lambda found: f"{found[1]} مقابل {found[2]}"),
    (_TELEPHONE, _telephone),
    (_NEGATIVE, lambda _: "ناقص "),
    (_MONEY, _money),
    (_LARGE, _large),
    (_PERCENT_RANGE, _percent_range),
    (_PERCENT, _percent),
    (_UNIT_BEFORE, _unit_before),
    (_FAHRENHEIT, lambda found: f"{say_amount(found[1], False)} فهرنهايت"),
    (_UNIT, _unit),
    (_SINGLE_FRACTION, _single_fraction),
    (_FRACTION, _fraction),
    (_VERSION, _version),
    (_ONE_OR_TWO, _one_or_two),
    (_RANGE, _range),
    (_NUMBER, _number),
)
