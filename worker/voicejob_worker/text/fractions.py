"""Fractions in words: 1/2, 3/8, 2 1/2, ½."""

import re
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Numerals

_FRACTION: Final = re.compile(
    r"(?<![\w.,/])(?:([0-9]{1,3}) )?([0-9]{1,4})/([0-9]{1,4})(?![\w/])(?![.,][0-9])"
)
_GLYPH_FRACTION: Final = re.compile("(?:([0-9]) ?)?([½⅓⅔¼¾])")
_OF_GLYPH: Final = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4)}
_RATING: Final = re.compile(r"(?:nota|avaliação|score|rated|rate it|rating)(?: of| de)? \Z", re.I)
_OF_A_YEAR: Final = re.compile(
    r"(?<![\w.,/])([0-9]++(?:\.[0-9]{3})*+)/((?:19|20)[0-9]{2})(?![\w/])(?![.,][0-9])"
)
"""Matches numbers of laws and cases: ``8.080/1990``."""
_RATED: Final = frozenset(["10", "100"])


def say_fractions(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace fractions by words; what is not below one (24/7) is two numbers side by side."""

    def spoken(found: re.Match[str]) -> str:
        whole, top, bottom = found.groups()
        said = _say(top, bottom, found, numerals, lexicon)
        if whole is None:
            return said
        joint = lexicon.conjunction if int(top) < int(bottom) else ""
        return f"{whole} {joint} {said}".replace("  ", " ")

    def glyph(found: re.Match[str]) -> str:
        named = lexicon.fractions[_OF_GLYPH[found[2]]]
        return f"{found[1]} {lexicon.conjunction} {named}" if found[1] else named

    if lexicon.language == "pt" and "/" in text:
        text = _OF_A_YEAR.sub(rf"\1 {lexicon.of} \2", text)
    if "/" in text:
        text = _FRACTION.sub(spoken, text)
    return _GLYPH_FRACTION.sub(glyph, text) if any(sign in text for sign in _OF_GLYPH) else text


def _say(top: str, bottom: str, found: re.Match[str], numerals: Numerals, lexicon: Lexicon) -> str:
    over, under = int(top), int(bottom)
    if lexicon.out_of and bottom in _RATED and over <= under:
        before = found.string[max(found.start() - 20, 0) : found.start()]
        if lexicon.language == "en" or _RATING.search(before):
            return f"{top} {lexicon.out_of} {bottom}"
    if (over, under) == (9, 11) and lexicon.language == "en":
        return f"{top} {bottom}"
    if (over, under) == (24, 7) and lexicon.language == "pt":
        return f"{top} {lexicon.by} {bottom}"
    if over >= under:
        return f"{top} {bottom}"
    named = lexicon.fractions.get((over, under)) or _say_parts(over, under, numerals, lexicon)
    return named or f"{top} {lexicon.over} {bottom}"


def _say_parts(over: int, under: int, numerals: Numerals, lexicon: Lexicon) -> str | None:
    """``three eighths``, ``três oitavos``, ``cinco doze avos``."""
    if not lexicon.out_of or not over or under < 2:
        return None
    count = numerals.cardinal(str(over))
    if lexicon.language == "en":
        part = numerals.ordinal(str(under)) if under <= 20 else None
        return part and f"{count} {part}{'' if over == 1 else 's'}"
    part = {3: "terço"}.get(under) or (
        numerals.ordinal(str(under))
        if under <= 10 or under in (100, 1000)
        else f"{numerals.cardinal(str(under))} avo"
    )
    return f"{count} {part}{'' if over == 1 and not str(part).endswith(' avo') else 's'}"
