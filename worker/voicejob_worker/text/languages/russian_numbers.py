"""Russian numbers in the case, gender and number that the words around them ask for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from num2words import num2words  # type: ignore[import-untyped]

from voicejob_worker.text.numerals import MAX_DIGITS, Number, numerals_for

if TYPE_CHECKING:
    from voicejob_worker.text.languages.russian_words import Noun

NOMINATIVE, GENITIVE, DATIVE, ACCUSATIVE, INSTRUMENTAL, PREPOSITIONAL = "ngdaip"
_CACHED: Final = 16384
_PARTS: Final = ("десят", "сот", "тысячн", "десятитысячн", "стотысячн", "миллионн")
"""Stems of tenths, hundredths and on."""
_FEW: Final = (2, 3, 4)
_WHOLE_FORMS: Final = {
    NOMINATIVE: ("целая", "целых"),
    GENITIVE: ("целой", "целых"),
    DATIVE: ("целой", "целым"),
    ACCUSATIVE: ("целую", "целых"),
    INSTRUMENTAL: ("целой", "целыми"),
    PREPOSITIONAL: ("целой", "целых"),
}
_PART_FORMS: Final = {
    NOMINATIVE: ("ая", "ых"),
    GENITIVE: ("ой", "ых"),
    DATIVE: ("ой", "ым"),
    ACCUSATIVE: ("ую", "ых"),
    INSTRUMENTAL: ("ой", "ыми"),
    PREPOSITIONAL: ("ой", "ых"),
}


def parse(written: str) -> Number:
    """A number as Russian writes it: a comma before decimals."""
    return numerals_for("ru").read(written)


@lru_cache(_CACHED)
def cardinal(number: int, case: str = NOMINATIVE, gender: str = "m") -> str:
    """A whole number in words. ``gender``: of what it counts (m, f, n)."""
    said = str(num2words(number, lang="ru", case=case, gender=gender, animate=False))
    return said.partition(" ")[2] if 1000 <= number < 2000 else said  # тысяча, not одна тысяча


@lru_cache(_CACHED)
def ordinal(number: int, case: str = NOMINATIVE, gender: str = "m", plural: bool = False) -> str:
    """An ordinal in words; its last word alone is declined."""
    said = num2words(
        number, lang="ru", to="ordinal", case=case, gender=gender, plural=plural, animate=False
    )
    return str(said)


def digits(written: str) -> str:
    """Each digit by itself."""
    return " ".join(cardinal(int(digit)) for digit in written)


def amount(number: Number, case: str = NOMINATIVE, gender: str = "m") -> str:
    """A number with its decimals: две целых три десятых."""
    if number.fraction and len(number.fraction) <= len(_PARTS):
        whole, part = int(number.whole), int(number.fraction)
        return (
            f"{whole_words(number.whole, case, 'f')} {_WHOLE_FORMS[case][not _ends_in_one(whole)]} "
            f"{cardinal(part, case, 'f')} "
            f"{_PARTS[len(number.fraction) - 1]}{_PART_FORMS[case][not _ends_in_one(part)]}"
        )
    said = whole_words(number.whole, case, gender)
    return f"{said} запятая {digits(number.fraction)}" if number.fraction else said


def whole_words(written: str, case: str = NOMINATIVE, gender: str = "m") -> str:
    """Digits as a number; those of a code (007), and too many, one by one."""
    is_code = written[0] == "0" and 1 < len(written) < 4
    if is_code or len(written) > MAX_DIGITS:
        return digits(written)
    return cardinal(int(written), case, gender)


def counted(number: Number, noun: Noun, case: str = NOMINATIVE) -> str:
    """A number and the noun that it counts, in a case (nominative or genitive)."""
    return f"{amount(number, case, noun.gender)} {form(number, noun, case)}"


def form(number: Number, noun: Noun, case: str = NOMINATIVE) -> str:
    """The form of a noun after a number."""
    if number.fraction:
        return noun.part
    last = int(number.whole[-2:])
    if 10 < last < 20:
        return noun.many
    if last % 10 == 1:
        return noun.one if case in (NOMINATIVE, ACCUSATIVE) else noun.few
    if last % 10 in _FEW and case in (NOMINATIVE, ACCUSATIVE):
        return noun.few
    return noun.many


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11
