"""Fractions in words: 1/2, 3/8, 2 1/2, ½."""

import re
from functools import lru_cache
from typing import Final

from voicejob_worker.text.amounts import BLANK
from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Numerals
from voicejob_worker.text.wordlists import one_of

_FRACTION: Final = re.compile(
    r"(?<![\w.,/])(?:([0-9]{1,3}) )?([0-9]{1,6})/([0-9]{1,4})(?![\w/])(?![.,][0-9])"
)
_OF_GLYPH: Final = {
    **{"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5)},
    **{"⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8)},
    **{"⅞": (7, 8)},
}
_GLYPHS: Final = "".join(_OF_GLYPH)
_GLYPH_FRACTION: Final = re.compile(rf"(?:((?<![0-9])[0-9]{{1,3}}) ?)?([{_GLYPHS}])")
_NOUN: Final = re.compile(r" ([a-zà-ÿ]{3,20})(?!\w)")
_OF_A_YEAR: Final = re.compile(
    r"(?<![\w.,/])([0-9]++(?:\.[0-9]{3})*+)/((?:19|20)[0-9]{2})(?![\w/])(?![.,][0-9])"
)
"""Matches numbers of laws and cases: ``8.080/1990``."""
_RATED: Final = frozenset(["10", "100"])
_SCORE: Final = re.compile(
    r"(?<![\w.,/])([0-9]{1,3}[.,][0-9]{1,2})/(5|10|20|100)(?![\w/]|[.,][0-9])"
)
"""Matches ratings with decimals: ``4.5/5``."""
_MAX_DAY: Final = 31
"""What is larger in both its parts cannot be a date."""


def say_fractions(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace fractions by words; what is not below one (24/7) is two numbers side by side."""

    def spoken(found: re.Match[str]) -> str:
        whole, top, bottom = found.groups()
        said = _say(top, bottom, found, numerals, lexicon)
        return _joined(whole, said, _noun(found), numerals, lexicon)

    def glyph(found: re.Match[str]) -> str:
        said = _named(*_OF_GLYPH[found[2]], numerals, lexicon)
        return _joined(found[1], said, _noun(found), numerals, lexicon) if said else found.group()

    if lexicon.of and "/" in text:
        text = _OF_A_YEAR.sub(rf"\1 {lexicon.of} \2", text)
    if "/" in text:
        text = _FRACTION.sub(spoken, text)
        if lexicon.out_of:
            text = _SCORE.sub(rf"\1 {lexicon.out_of} \2", text)
    return _GLYPH_FRACTION.sub(glyph, text) if any(sign in text for sign in _OF_GLYPH) else text


def say_measured_fractions(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace ``1/2 kg`` and ``2½ L`` by words, with the unit in the form that they ask for."""

    def spoken(found: re.Match[str]) -> str:
        whole, top, bottom, sign, unit = found.groups()
        over, under = _OF_GLYPH[sign] if sign else (int(top), int(bottom))
        said = _named(over, under, numerals, lexicon) if 0 < over < under else None
        if said is None:
            return found.group()
        singular, plural = lexicon.units[unit]
        if whole:
            is_one = whole == "1" and lexicon.singular_below_two
            noun = singular if is_one else plural
            return f"{_joined(whole, said, noun, numerals, lexicon)} {noun}"
        if lexicon.amounts.part_of is not None:
            return lexicon.amounts.part_of(said, under, singular)
        joint = " " if under == 2 else f" {lexicon.of} "
        return f"{_in_gender(said, singular, lexicon)}{joint}{singular}"

    if not lexicon.out_of or not ("/" in text or any(sign in text for sign in _GLYPHS)):
        return text
    return _measured_pattern(tuple(lexicon.units)).sub(spoken, text)


@lru_cache(4)
def _measured_pattern(signs: tuple[str, ...]) -> re.Pattern[str]:
    units = one_of(signs)
    return re.compile(
        rf"(?<![\w.,/])(?:([0-9]{{1,3}})(?: |(?=[{_GLYPHS}])))?"
        rf"(?:([0-9]{{1,2}})/([0-9]{{1,2}})|([{_GLYPHS}])){BLANK}?({units})(?![\w²³/'])"
    )


def _noun(found: re.Match[str]) -> str:
    following = _NOUN.match(found.string, found.end())
    return following[1] if following else ""


def _joined(whole: str | None, said: str, noun: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """``dois e meio``, before a feminine noun ``duas e meia``; ``três quartos de``."""
    if whole is None:
        of = noun in lexicon.amounts.parted and said != lexicon.fractions.get((1, 2))
        return f"{said} {lexicon.of}" if of else _in_gender(said, noun, lexicon)
    joint = f" {lexicon.conjunction} " if lexicon.out_of else " "
    gender = lexicon.amounts.gender
    if gender.is_feminine(noun):
        whole = gender.in_feminine(numerals.cardinal(whole) or whole)
    return f"{whole}{joint}{_in_gender(said, noun, lexicon)}"


def _in_gender(said: str, noun: str, lexicon: Lexicon) -> str:
    gender = lexicon.amounts.gender
    is_half = bool(gender.half) and said == lexicon.fractions.get((1, 2))
    return gender.half if is_half and gender.is_feminine(noun) else said


def _named(over: int, under: int, numerals: Numerals, lexicon: Lexicon) -> str | None:
    return lexicon.fractions.get((over, under)) or _say_parts(over, under, numerals, lexicon)


def _say(top: str, bottom: str, found: re.Match[str], numerals: Numerals, lexicon: Lexicon) -> str:
    over, under = int(top), int(bottom)
    if lexicon.out_of and over <= under and _is_rated(bottom, found, lexicon):
        return f"{top} {lexicon.out_of} {bottom}"
    if (over, under) in lexicon.amounts.pairs:
        return f"{top}{lexicon.amounts.pairs[over, under]}{bottom}"
    if over == under and lexicon.out_of and over not in (20, 50):
        return f"{top} {lexicon.out_of} {bottom}"
    is_improper = found[1] is not None or (over != under and min(over, under) > _MAX_DAY)
    if over >= under and not (is_improper and lexicon.out_of):
        return f"{top} {bottom}"
    return _named(over, under, numerals, lexicon) or f"{top} {lexicon.over} {bottom}"


def _is_rated(bottom: str, found: re.Match[str], lexicon: Lexicon) -> bool:
    """Whether something is rated: 8/10 anywhere in English, else beside a word that says so."""
    before = found.string[max(found.start() - 20, 0) : found.start()]
    amounts = lexicon.amounts
    has_cue = amounts.rating_ahead.search(before) or amounts.rating_behind.match(
        found.string, found.end()
    )
    if bottom in _RATED:
        return bool(has_cue) or amounts.rates_by_ten
    return bottom == "5" and bool(has_cue)


def _say_parts(over: int, under: int, numerals: Numerals, lexicon: Lexicon) -> str | None:
    """``three eighths``, ``três oitavos``, ``cinco doze avos``."""
    if not lexicon.out_of or not over or under < 2:
        return None
    return lexicon.amounts.say_parts(
        over,
        under,
        lambda number: numerals.cardinal(str(number)),
        lambda number: numerals.ordinal(str(number)),
    )
