"""Money, percentages, units, ordinals, ranges, fractions and plain numbers in words.

As in ``addresses``: every quantifier is bounded or possessive, and a look-behind keeps every
pattern from starting in the middle of a number, so the time is linear in the text.
"""

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Number, Numerals

_AMOUNT: Final = r"[0-9]++(?:[.,][0-9]++)*+"
_START: Final = r"(?<![\w.,])"
_BLANK: Final = "[ \u00a0\u202f]"
_SPACED_THOUSANDS: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,3})((?:(?:\u00a0|\u202f)[0-9]{3}){1,4})(?![0-9])"
)
_PLAIN_SPACED_THOUSANDS: Final = re.compile(
    rf"(?<![\w.,])(?<![0-9] )([0-9]{{1,3}})((?:{_BLANK}[0-9]{{3}}){{1,4}})(?![0-9]|{_BLANK}[0-9])"
)
_SPACING_LANGUAGES: Final = frozenset(
    ["fr", "ru", "pl", "cs", "sk", "sv", "nb", "nn", "no", "fi", "hu", "uk", "bg", "et", "lv", "lt"]
)

_CURRENCY_OF_SIGN: Final = {
    "US$": "USD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "USD": "USD",
    "EUR": "EUR",
    "GBP": "GBP",
    "JPY": "JPY",
    "BRL": "BRL",
    "INR": "INR",
}
_SIGN: Final = "|".join(map(re.escape, _CURRENCY_OF_SIGN))
_CENTS: Final = re.compile(rf"{_START}({_AMOUNT}){_BLANK}?¢")
_PERCENT: Final = re.compile(rf"{_START}([-−+]?)({_AMOUNT}){_BLANK}?([%‰])")
_PHONE: Final = re.compile(
    r"(?<![\w.,+])(?:\+[0-9]{1,3}[ .-]?(?:\(?[0-9]{1,4}\)?[ .-]?){1,3}[0-9]{3,5}[ .-]?[0-9]{4}"
    r"|[0-9]{1,10}(?:-[0-9]{1,10}){2,8}"
    r"|(?:1[ .-])?\(?[0-9]{2,3}\)?[ .-][0-9]{3,5}[.-][0-9]{4})(?![\w-])"
)
_RANGE: Final = re.compile(
    rf"(?<![\w.,-])({_AMOUNT})({_BLANK}?[-–−]{_BLANK}?)({_AMOUNT})(?![-–−]?[0-9])"
)
_FRACTION: Final = re.compile(r"(?<![\w.,/])([0-9]{1,3})[/]([0-9]{1,3})(?![\w/])")
_GLYPH_FRACTION: Final = re.compile("(?:([0-9]) ?)?([½⅓⅔¼¾])")
_FRACTION_OF_GLYPH: Final = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4)}
_NEGATIVE: Final = re.compile(r"(?<![\w.,)\]%-])[-−](?=[0-9])")
_BETWEEN_NUMBERS: Final = re.compile("(?<=[0-9])[:–-](?=[0-9])")
_BARE_FRACTION: Final = re.compile(r"(?<![\w.,])\.(?=[0-9])")
_DIMENSIONS: Final = re.compile(r"(?<=[0-9]) ?[x×] ?(?=[0-9])")
_DECADE: Final = re.compile(r"(?<![\w.,])((?:1[1-9]|20)?)'?([2-9]0)s\b")
_NUMBER: Final = re.compile(_AMOUNT)

_ORDINAL_MARKS: Final = {
    "en": r"(st|nd|rd|th|ST|ND|RD|TH)\b",
    "pt": r"\.?([ºª°])(?![CF])",
    "es": r"\.?([ºª]|er\b)",
    "it": r"\.?([ºª])",
    "fr": r"(er|re|ère|nd|nde|ème|eme|e)\b",
    "de": r"(\.)(?= (?:{months}))",
}
_FEMININE_MARKS: Final = frozenset({"ª", "re", "ère", "nde"})


def join_thousands(text: str, language: str) -> str:
    """Take out the blanks that some languages write between thousands (10 000)."""

    def joined(found: re.Match[str]) -> str:
        return re.sub(_BLANK, "", found.group())

    if primary_subtag(language) in _SPACING_LANGUAGES:
        return _PLAIN_SPACED_THOUSANDS.sub(joined, text)
    return _SPACED_THOUSANDS.sub(joined, text)


def say_quantities(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace everything that a number is part of, save for the plain numbers."""
    text = _phones(text, numerals, lexicon)
    text = _money(text, numerals, lexicon)
    text = _percentages(text, numerals, lexicon)
    text = _ranges(text, numerals, lexicon)
    text = _NEGATIVE.sub(f"{lexicon.minus} ", text)
    text = _measures(text, numerals, lexicon)
    text = _ordinals(text, numerals, lexicon)
    text = _fractions(text, lexicon)
    if lexicon.language == "en":
        text = _decades(text, numerals)
    text = _DIMENSIONS.sub(f" {lexicon.by} ", text)
    return _BARE_FRACTION.sub(f"{lexicon.point} ", text)


def say_numbers(text: str, numerals: Numerals) -> str:
    """Replace the plain numbers, wherever they stand; words that hold digits are taken apart."""
    if not numerals.supported:
        return text
    text = _BETWEEN_NUMBERS.sub(" ", text)

    def spoken(found: re.Match[str]) -> str:
        said = _say_written(found.group(), numerals)
        if said is None:
            return found.group()
        before = " " if text[found.start() - 1 : found.start()].isalnum() else ""
        after = " " if text[found.end() : found.end() + 1].isalnum() else ""
        return f"{before}{said}{after}"

    return _NUMBER.sub(spoken, text)


def _say_written(written: str, numerals: Numerals) -> str | None:
    if written.isdigit():
        return numerals.year_or_number(written)
    number = numerals.parse(written)
    if number is not None:
        return numerals.say(number)
    dot = numerals.lexicon.address.dot if numerals.lexicon else ""
    parts = [numerals.year_or_number(part) or part for part in re.split("[.,]", written)]
    return f" {dot} ".join(parts)


def _parsed(written: str, numerals: Numerals) -> Number:
    return numerals.parse(written) or Number(re.sub("[.,]", "", written))


def _phones(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    def spoken(found: re.Match[str]) -> str:
        groups = re.findall("[0-9]+", found.group())
        said = ", ".join(numerals.digit_by_digit(group) or group for group in groups)
        return f"{lexicon.plus} {said}" if found.group().startswith("+") else said

    return _PHONE.sub(spoken, text)


def _money(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    def spoken(found: re.Match[str]) -> str:
        minus, sign, written, scale = found.groups()
        said = _say_money(sign, written, scale, numerals, lexicon)
        after = " " if found.string[found.end() : found.end() + 1].isalnum() else ""
        return (f"{lexicon.minus} {said}" if minus else said) + after

    def spoken_after(found: re.Match[str]) -> str:
        minus, written, scale, sign = found.groups()
        said = _say_money(sign, written, scale, numerals, lexicon)
        return f"{lexicon.minus} {said}" if minus else said

    before, after = _money_patterns((*lexicon.scales, *lexicon.scale_signs))
    text = after.sub(spoken_after, before.sub(spoken, text))
    return _CENTS.sub(rf"\1 {lexicon.currencies['USD'].cents}", text)


@lru_cache(8)
def _money_patterns(scales: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns for ``$5 million`` and ``5 million €``."""
    longest_first = sorted(map(re.escape, scales), key=len, reverse=True)
    scale = rf"(?:{_BLANK}?({'|'.join(longest_first)})(?!\w))?"
    before = rf"(?<![\w$.,])([-−]?)({_SIGN}){_BLANK}?({_AMOUNT}){scale}"
    joint = rf"(?:{_BLANK}(?:de|di|d'))?"
    after = rf"(?<![\w.,])([-−]?)({_AMOUNT}){scale}{joint}{_BLANK}?({_SIGN})(?!\w)"
    return re.compile(before), re.compile(after)


def _say_money(
    sign: str, written: str, scale: str | None, numerals: Numerals, lexicon: Lexicon
) -> str:
    currency = lexicon.currencies[_CURRENCY_OF_SIGN[sign]]
    number = _parsed(written, numerals)
    if scale:
        scale = lexicon.scale_signs.get(scale, scale)
        return f"{numerals.say(number)} {scale} {_of(currency.plural, lexicon)}"
    if len(number.fraction) > 2:
        return f"{numerals.say(number)} {currency.plural}"
    cents = Number(number.fraction.ljust(2, "0").lstrip("0"))
    units = Number(number.whole)
    units_said = (
        f"{numerals.before_noun(units, currency.one)} "
        f"{currency.singular if units.is_one else currency.plural}"
    )
    if not number.fraction or not cents.whole:
        return units_said
    cents_said = (
        f"{numerals.before_noun(cents, lexicon.one_before_noun)} "
        f"{currency.cent if cents.is_one else currency.cents}"
    )
    if not number.whole.strip("0"):
        return cents_said
    return f"{units_said} {lexicon.cents_joint} {cents_said}"


def _of(noun: str, lexicon: Lexicon) -> str:
    if lexicon.language == "fr" and noun[0] in "aeiou":
        return f"d'{noun}"
    return f"{lexicon.of} {noun}".strip()


def _percentages(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    signs = {"": "", "-": f"{lexicon.minus} ", "−": f"{lexicon.minus} ", "+": f"{lexicon.plus} "}

    def spoken(found: re.Match[str]) -> str:
        sign, written, mark = found.groups()
        said = numerals.before_noun(_parsed(written, numerals), lexicon.one_before_noun)
        return f"{signs[sign]}{said} {lexicon.percent if mark == '%' else lexicon.per_mille}"

    return _PERCENT.sub(spoken, text)


def _ranges(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """10-20 becomes "10 to 20"; 3-1 and 24-7, which go down, are two numbers side by side."""

    def spoken(found: re.Match[str]) -> str:
        first, joint, second = found.groups()
        if "-" in joint and joint != "-" and " " in joint:
            return f"{first} {lexicon.minus} {second}"
        rises = _size(first, numerals) < _size(second, numerals)
        return f"{first} {lexicon.until} {second}" if rises else f"{first} {second}"

    return _RANGE.sub(spoken, text)


def _size(written: str, numerals: Numerals) -> float:
    number = _parsed(written, numerals)
    return float(f"{number.whole[:300]}.{number.fraction[:20] or 0}")


def _measures(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    def spoken(found: re.Match[str]) -> str:
        written, sign = found.groups()
        number = _parsed(written, numerals)
        singular, plural = lexicon.units[sign]
        said = numerals.before_noun(number, lexicon.one_before_noun)
        return f"{said} {singular if number.is_one else plural}"

    return _measure_pattern(tuple(lexicon.units)).sub(spoken, text)


@lru_cache(8)
def _measure_pattern(signs: tuple[str, ...]) -> re.Pattern[str]:
    units = "|".join(map(re.escape, signs))
    return re.compile(rf"(?<![\w.,])({_AMOUNT}){_BLANK}?({units})(?![\w'/²³])")


def _ordinals(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    feminine_one = {"fr": "première"}.get(lexicon.language)

    def spoken(found: re.Match[str]) -> str:
        digits, mark = found.groups()
        feminine = mark in _FEMININE_MARKS
        if feminine_one and digits == "1" and feminine:
            return feminine_one
        said = numerals.ordinal(digits, feminine and lexicon.language != "fr") or found.group()
        if lexicon.language == "de":
            return said + "n"
        return said.removesuffix("o") if mark == "er" else said

    return _ordinal_pattern(lexicon).sub(spoken, text)


_ORDINAL_PATTERNS: Final[dict[str, re.Pattern[str]]] = {}


def _ordinal_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    pattern = _ORDINAL_PATTERNS.get(lexicon.language)
    if pattern is None:
        marks = _ORDINAL_MARKS[lexicon.language].format(months="|".join(lexicon.months))
        pattern = re.compile(rf"(?<![\w.,])([0-9]{{1,15}}+){marks}")
        _ORDINAL_PATTERNS[lexicon.language] = pattern
    return pattern


def _fractions(text: str, lexicon: Lexicon) -> str:
    def spoken(found: re.Match[str]) -> str:
        top, bottom = int(found[1]), int(found[2])
        named = lexicon.fractions.get((top, bottom))
        if named:
            return named
        joint = f" {lexicon.over} " if top < bottom else " "
        return f"{found[1]}{joint}{found[2]}"

    def glyph(found: re.Match[str]) -> str:
        named = lexicon.fractions[_FRACTION_OF_GLYPH[found[2]]]
        return f"{found[1]} {lexicon.conjunction} {named}" if found[1] else named

    return _GLYPH_FRACTION.sub(glyph, _FRACTION.sub(spoken, text))


def _decades(text: str, numerals: Numerals) -> str:
    """The 1990s: "nineteen nineties"."""

    def spoken(found: re.Match[str]) -> str:
        tens = (numerals.cardinal(found[2]) or found[2]).removesuffix("y") + "ies"
        century = numerals.cardinal(found[1]) if found[1] else ""
        return f"{century} {tens}".strip()

    return _DECADE.sub(spoken, text)
