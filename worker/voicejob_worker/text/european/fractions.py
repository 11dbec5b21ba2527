"""Fractions, ratios and scores in words: 1/2, 2 3/4, ½, 3:1."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.amounts import BLANK
from voicejob_worker.text.european.grammar import Noun
from voicejob_worker.text.european.sums import unit_of, unit_pattern

if TYPE_CHECKING:
    from voicejob_worker.text.european.grammar import Grammar, Speaker

_FRACTION: Final = re.compile(
    r"(?<![\w.,/])(?:([0-9]{1,4}) )?([0-9]{1,4})/"
    r"([0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{3}){1,3})(?![\w/])(?![.,][0-9])"
)
_GLYPH: Final = re.compile("(?:(?<![0-9.,])([0-9]{1,4}) ?)?([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
_OF_GLYPH: Final = dict(
    zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞",
        [
            *((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5), (4, 5)),
            *((1, 6), (5, 6), (1, 8), (3, 8), (5, 8), (7, 8)),
        ],
        strict=True,
    )
)
_HALF: Final = re.compile(
    r"(?<![\w.,/])([0-9]{1,3}) ?(?:½|(?<= )1/2(?![\w/])) ([a-zà-ÿ]{3,30})(?!\w)"
)
_LONE_HALF: Final = re.compile(r"(?<![\w.,/])(?<![0-9] )(?:½|1/2) ([A-ZÄÖÜ]?[a-zà-ÿ]{3,30})(?!\w)")
_NAMES: Final = frozenset([("9", "11"), ("24", "7")])
_MARK: Final = re.compile(r"(?<![\w.,/])([0-9]{1,2}[.,][0-9]{1,2})/([0-9]{1,3})(?![\w/]|[.,][0-9])")
_RATIO: Final = re.compile(r"(?<![\w.,:])([0-9]{1,3}):([0-9]{1,3})(?![\w:]|[.,][0-9])")


def say_fractions(text: str, speaker: Speaker) -> str:
    """Replace fractions, and the units after them, by words; 2023/24 is two numbers."""
    grammar = speaker.grammar

    def fraction(found: re.Match[str]) -> str:
        whole, over, written = found.groups()
        under = written.replace(".", "")
        of_year = len(under) == 4 and under[:2] in ("19", "20") and over != "1"
        if (
            of_year
            or len(over) == 4
            or (over[0] == "0") != (under == "0")
            or under[:-1].startswith("0")
        ):
            return found.group().replace("/", " ")
        if (over, under) in _NAMES:
            return f"{speaker.cardinal(over)} {speaker.cardinal(under)}"
        if over == under == "50" and whole is None:
            return f"{speaker.cardinal(over)} {speaker.cardinal(under)}"
        if under in grammar.marks and over != "1" and whole is None:
            return f"{speaker.cardinal(over)} {grammar.over} {speaker.cardinal(under)}"
        return grammar.fraction(speaker, int(whole or 0), int(over), int(under), None)

    def mark(found: re.Match[str]) -> str:
        got, best = found.groups()
        return f"{speaker.number(speaker.read(got))} {grammar.over} {speaker.cardinal(best)}"

    def glyph(found: re.Match[str]) -> str:
        said = grammar.fraction(speaker, int(found[1] or 0), *_OF_GLYPH[found[2]], None)
        start = " " if found.string[max(found.start() - 1, 0) : found.start()].isalnum() else ""
        return start + said

    def measured(found: re.Match[str]) -> str:
        whole, over, under, own_whole, sign, unit = found.groups()
        noun = unit_of(unit, grammar)
        if sign:
            return grammar.fraction(speaker, int(own_whole or 0), *_OF_GLYPH[sign], noun)
        return grammar.fraction(speaker, int(whole or 0), int(over), int(under), noun)

    def half(found: re.Match[str]) -> str:
        digits, noun = found.groups()
        if digits == "1":
            noun = grammar.singular_of(noun)
        gender = grammar.gender_of(noun)
        return f"{grammar.joined(speaker.whole(digits, gender), noun)} {grammar.halves[gender]}"

    def lone_half(found: re.Match[str]) -> str:
        noun = Noun(found[1], found[1], grammar.gender_of(found[1]))
        return grammar.fraction(speaker, 0, 1, 2, noun)

    def ratio(found: re.Match[str]) -> str:
        first, second = (speaker.cardinal(part) for part in found.groups())
        return f"{first} {grammar.ratio} {second}".replace("  ", " ")

    if ":" in text:
        text = _RATIO.sub(ratio, text)
    if "/" not in text and not any(sign in text for sign in _OF_GLYPH):
        return text
    if "/" in text:
        text = _MARK.sub(mark, text)
    text = _measured_pattern(grammar).sub(measured, text)
    if grammar.halves:
        text = _HALF.sub(half, text)
    if grammar.lone_halves:
        text = _LONE_HALF.sub(lone_half, text)
    return _GLYPH.sub(glyph, _FRACTION.sub(fraction, text))


@lru_cache(8)
def _measured_pattern(grammar: Grammar) -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w.,/])(?:(?:([0-9]{1,4}) )?([1-9][0-9]{0,3})/([1-9][0-9]{0,3})"
        rf"|(?:([0-9]{{1,4}}) ?)?([{''.join(_OF_GLYPH)}]))"
        rf"{BLANK}?({unit_pattern(grammar)})(?![\w²³/'])"
    )
