"""Arabic amounts: with their decimals, with what they count, and in the case of their place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicejob_worker.text.languages.arabic_numbers import LONGEST, say_digits, say_whole
from voicejob_worker.text.languages.arabic_words import (
    OBLIQUE_AFTER,
    Unit,
)

Say = Callable[[re.Match[str]], str]
LETTER: Final = "\u0621-\u064a"
START: Final = r"(?<![0-9A-Za-z.,])"
AMOUNT: Final = r"[0-9]++(?:\.[0-9]++)?+"
TO: Final = " ?[-–—−] ?"
_PREFIX: Final = re.compile(rf"(?:^|[^{LETTER}])([وف]?[بلك]?(?:ال)?)\Z")
_WORD_BEFORE: Final = re.compile(rf"(?<![{LETTER}])([{LETTER}]{{1,12}}) \Z")
_BETWEEN: Final = re.compile(rf"(?<![{LETTER}])بين [^.؟!،]{{1,30}} \Z")
_PARTS: Final = ("عشرة", "مئة", "ألف", "عشرة آلاف")
_POINT: Final = "فاصلة"


@dataclass(frozen=True)
class Place:
    """What stands before a number: small words written onto it, and what its case is."""

    prefix: str
    oblique: bool


def place_of(found: re.Match[str]) -> Place:
    """What stands before what was found."""
    text, start = found.string, found.start()
    prefix = _PREFIX.search(text, max(start - 6, 0), start)
    joined = prefix[1] if prefix else ""
    start -= len(joined)
    word = _WORD_BEFORE.search(text, max(start - 14, 0), start)
    before = word[1] if word else ""
    is_oblique = before in OBLIQUE_AFTER or before.removeprefix("و") in OBLIQUE_AFTER
    if joined.startswith("و") and not is_oblique:
        is_oblique = bool(_BETWEEN.search(text, max(start - 40, 0), start))
    return Place(joined, is_oblique or bool(set(joined) & set("بلك") - {"ل"}) or joined[:1] == "ل")


def say_written(digits: str, *, feminine: bool, oblique: bool, construct: bool = False) -> str:
    """A row of digits as a number; those of a code (007), and too many, one by one."""
    if len(digits) > LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return say_digits(digits)
    return say_whole(int(digits), feminine=feminine, oblique=oblique, construct=construct)


def say_amount(written: str, oblique: bool, *, counts: bool = False, feminine: bool = False) -> str:
    """A number with its decimals.

    They are parts of ten, a hundred, a thousand (خمسة من عشرة); before what is counted, which would
    belong to the ten then, they are digits after a point.
    """
    whole, _, decimals = written.partition(".")
    said = say_written(whole, feminine=feminine and not decimals, oblique=oblique)
    if not decimals:
        return said
    if counts or len(decimals) > len(_PARTS) or not int(decimals):
        zeros = len(decimals) - len(decimals.lstrip("0"))
        rest = decimals[zeros:]
        as_number = 0 < len(rest) <= 3
        after = say_whole(int(rest), oblique=oblique) if as_number else say_digits(rest)
        return " ".join(filter(None, (said, _POINT, say_digits("0" * zeros), after)))
    part = say_whole(int(decimals), oblique=oblique)
    return f"{said} و{part} من {_PARTS[len(decimals) - 1]}"


def say_counted(written: str, unit: Unit, *, oblique: bool) -> str:
    """An amount and its unit, in the form that the number asks for."""
    whole, _, decimals = written.partition(".")
    if decimals:
        return f"{say_amount(written, oblique, counts=True)} {unit.one}"
    number = int(whole)
    if len(whole) > LONGEST:
        return f"{say_digits(whole)} {unit.one}"
    if number == 1:
        return f"{unit.one} {'واحدة' if unit.feminine else 'واحد'}"
    if number == 2:
        return _dual(unit.two) if oblique else unit.two
    last = number % 100
    form = unit.few if 3 <= last <= 10 else unit.many if last > 10 else unit.one
    construct = last == 0 and number > 0
    said = say_whole(number, feminine=unit.feminine, oblique=oblique, construct=construct)
    return f"{said} {form}"


def _dual(words: str) -> str:
    return " ".join(f"{word[:-2]}ين" if word.endswith("ان") else word for word in words.split())
