"""Percentages, units, ordinals, ranges and plain numbers in words.

As in ``addresses``: every quantifier is bounded or possessive, and a look-behind keeps every
pattern from starting in the middle of a number, so the time is linear in the text.
"""

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.agreement import agree_in_gender
from voicejob_worker.text.amounts import AMOUNT, BLANK
from voicejob_worker.text.fractions import say_fractions, say_measured_fractions
from voicejob_worker.text.identifiers import say_identifiers
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.money import say_money
from voicejob_worker.text.numerals import Numerals
from voicejob_worker.text.wordlists import one_of

_START: Final = r"(?<![\w.,])"
_SPACED_THOUSANDS: Final = re.compile(
    r"(?<![\w.,])([0-9]{1,3})((?:(?:\u00a0|\u202f)[0-9]{3}){1,4})(?![0-9])"
)
_PLAIN_SPACED_THOUSANDS: Final = re.compile(
    rf"(?<![\w.,+])(?<![0-9] )([0-9]{{1,3}})((?:{BLANK}[0-9]{{3}}){{1,7}})"
    rf"(?![0-9]|(?:{BLANK}|-)[0-9])"
)
_SPACING_LANGUAGES: Final = frozenset(
    [
        "de",
        "es",
        "fr",
        "it",
        "ru",
        "pl",
        "cs",
        "sk",
        "sv",
        "nb",
        "nn",
        "no",
        "fi",
        "hu",
        "uk",
        "bg",
        "et",
        "lv",
        "lt",
    ]
)

_PERCENT_RANGE: Final = re.compile(
    rf"{_START}({AMOUNT}){BLANK}?%?{BLANK}?[-–−]{BLANK}?(?={AMOUNT}{BLANK}?%)"
)
_PERCENT: Final = re.compile(rf"{_START}([-−+]?)({AMOUNT}){BLANK}?([%‰])")
_RANGE: Final = re.compile(
    rf"(?<![\w.,-])({AMOUNT})({BLANK}?[-–−]{BLANK}?)({AMOUNT})(?![-–−]?[0-9]|-[a-z]{{1,3}}-)"
)
_NEGATIVE: Final = re.compile(r"(?<![\w.,)\]%-])[-−](?=\.?[0-9])")
_BETWEEN_NUMBERS: Final = re.compile("(?<=[0-9])[:–-](?=[0-9])")
_BARE_FRACTION: Final = re.compile(r"(?<![\w.,])\.([0-9]++)(?![.,]?[0-9])")
_DIMENSIONS: Final = re.compile(r"([0-9](?: ?(?:mm|cm|km|m|ft|in|px))?) ?[x×] ?(?=[0-9])")
_DECADE: Final = re.compile(r"(?<![\w.,])((?:1[1-9]|20)?)'?([2-9]0)'?s\b")
_NUMBER: Final = re.compile(AMOUNT)

_FEMININE_MARKS: Final = frozenset({"ª", "ªs", "a", "as"})


_QUOTED_THOUSANDS: Final = re.compile(r"(?<![\w.,'])[0-9]{1,3}(?:'[0-9]{3})+(?![\w'])")
"""Matches how Switzerland writes them: 1'000'000."""


def join_thousands(text: str, language: str) -> str:
    """Take out the blanks that some languages write between thousands (10 000)."""

    def joined(found: re.Match[str]) -> str:
        return re.sub(BLANK, "", found.group())

    if "'" in text:
        text = _QUOTED_THOUSANDS.sub(lambda found: found.group().replace("'", ""), text)
    if primary_subtag(language) in _SPACING_LANGUAGES:
        return _PLAIN_SPACED_THOUSANDS.sub(joined, text)
    return _SPACED_THOUSANDS.sub(joined, text)


def say_quantities(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace everything that a number is part of, save for the plain numbers."""
    text = say_identifiers(text, numerals, lexicon)
    text = say_money(text, numerals, lexicon)
    text = _percentages(text, numerals, lexicon)
    text = _ranges(_measured_ranges(text, numerals, lexicon), numerals, lexicon)
    text = _NEGATIVE.sub(f"{lexicon.minus} ", text)
    for pattern, written in lexicon.amounts.mends:
        text = pattern.sub(written, text)
    text = _DIMENSIONS.sub(rf"\1 {lexicon.by} ", text)
    text = _measures(say_measured_fractions(text, numerals, lexicon), numerals, lexicon)
    text = _ordinals(text, numerals, lexicon)
    text = say_fractions(text, numerals, lexicon)
    if lexicon.amounts.decades is not None:
        text = _decades(text, numerals, *lexicon.amounts.decades)
    text = _BARE_FRACTION.sub(
        lambda found: f"{lexicon.point} {numerals.digit_by_digit(found[1], pause=False)}", text
    )
    return agree_in_gender(text, numerals, lexicon)


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


def _percentages(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    signs = {"": "", "-": f"{lexicon.minus} ", "−": f"{lexicon.minus} ", "+": f"{lexicon.plus} "}

    def spoken(found: re.Match[str]) -> str:
        sign, written, mark = found.groups()
        said = numerals.before_noun(numerals.read(written), lexicon.one_before_noun)
        return f"{signs[sign]}{said} {lexicon.percent if mark == '%' else lexicon.per_mille}"

    return _PERCENT.sub(spoken, _PERCENT_RANGE.sub(rf"\1 {lexicon.until} ", text))


def _ranges(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """10-20 becomes "10 to 20"; 3-1 and 24-7, which go down, are two numbers side by side."""

    def spoken(found: re.Match[str]) -> str:
        first, joint, second = found.groups()
        if "-" in joint and joint != "-" and " " in joint:
            return f"{first} {lexicon.minus} {second}"
        rises = _size(first, numerals) < _size(second, numerals)
        return f"{first} {lexicon.until} {second}" if rises else f"{first} {second}"

    return _RANGE.sub(spoken, text)


def _measured_ranges(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """1980-1970 kg: from one to the other, whichever is more, and neither is a year."""

    def spoken(found: re.Match[str]) -> str:
        return f"{numerals.say(numerals.read(found[1]))} {lexicon.until} {found[2]}"

    if "-" not in text and "–" not in text:
        return text
    return _measured_range_pattern(tuple(lexicon.units)).sub(spoken, text)


@lru_cache(8)
def _measured_range_pattern(signs: tuple[str, ...]) -> re.Pattern[str]:
    units = one_of(signs)
    return re.compile(
        rf"(?<![\w.,-])({AMOUNT}){BLANK}?[-–]{BLANK}?({AMOUNT})(?={BLANK}?(?:{units})(?![\w²³'-]))"
    )


def _size(written: str, numerals: Numerals) -> float:
    number = numerals.read(written)
    return float(f"{number.whole[:300]}.{number.fraction[:20] or 0}")


def _measures(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    def spoken(found: re.Match[str]) -> str:
        written, sign, under, per = found.groups()
        if lexicon.amounts.is_letter(found, sign):
            return found.group()
        singular, plural = lexicon.units[sign]
        if lexicon.amounts.is_attributive(found.string, *found.span()):
            plural = singular
        said = numerals.count(numerals.read(written), singular, plural)
        if under:
            said = f"{said} {lexicon.per} {lexicon.per_units.get(under) or lexicon.units[under][0]}"
        return f"{said} {lexicon.per} " if per else said

    def shared(found: re.Match[str]) -> str:
        return f" {lexicon.per} {lexicon.per_units.get(found[1]) or lexicon.units[found[1]][0]}"

    measures, per_unit = _measure_patterns(
        tuple(lexicon.units), tuple(lexicon.per_units), bool(lexicon.per)
    )
    text = measures.sub(spoken, text)
    return per_unit.sub(shared, text) if lexicon.per_units and "/" in text else text


@lru_cache(8)
def _measure_patterns(
    signs: tuple[str, ...], per_signs: tuple[str, ...], slashed: bool
) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns of ``5 mg/mL`` and of ``12/kg``.

    ``slashed``: whether ``24h/dia`` is said, with a word for the slash.
    """
    units = one_of(signs)
    both = one_of({*signs, *per_signs})
    under = rf"(?:/({both})(?![\w²³/]))?" if slashed else "()"
    per = r"(/(?=[a-zà-ÿ]{3}))?" if slashed else "()"
    measure = rf"(?<![\w.,])({AMOUNT}){BLANK}?({units}){under}(?![\w²³]){per}(?!['/])"
    return re.compile(measure), re.compile(rf"(?<=[0-9])/({both})(?![\w/²³^'-])")


def _ordinals(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    def spoken(found: re.Match[str]) -> str:
        digits, *marks = found.groups()
        mark = next(filter(None, marks))
        if not lexicon.amounts.is_ordinal(digits, mark):
            return found.group()
        said = numerals.ordinal(digits, mark in _FEMININE_MARKS) or found.group()
        if mark.endswith("s"):
            return " ".join(f"{word}s" for word in said.split())
        return said

    return _ordinal_pattern(lexicon.amounts.ordinal_marks).sub(spoken, text)


@lru_cache(8)
def _ordinal_pattern(marks: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,])([0-9]{{1,15}}+){marks}")


def _decades(text: str, numerals: Numerals, ten: str, years: str) -> str:
    """The 1990s: "nineteen nineties"."""

    def spoken(found: re.Match[str]) -> str:
        tens = (numerals.cardinal(found[2]) or found[2]).removesuffix(ten) + years
        century = numerals.cardinal(found[1]) if found[1] else ""
        return f"{century} {tens}".strip()

    return _DECADE.sub(spoken, text)
