"""Arabic whole numbers in words, in the gender and case that stand beside a noun."""

from __future__ import annotations

from typing import Final

_UNITS: Final = (
    *("", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"),
)
"""As they are counted, and beside masculine nouns."""
_BESIDE_FEMININE: Final = (
    *("", "واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر"),
)
_TENS: Final = ("عشر", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع")
_HUNDREDS: Final = ("ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع")
_RANKS: Final = (
    *("", "حادي", "ثاني", "ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع", "عاشر"),
)
_FIRST: Final = "أول"
_SCALES: Final = (
    (10**12, "تريليون", "تريليونات", "تريليونًا"),
    (10**9, "مليار", "مليارات", "مليارًا"),
    (10**6, "مليون", "ملايين", "مليونًا"),
    (10**3, "ألف", "اَلاف", "ألفًا"),
)
_TEN_THOUSANDS: Final = "آلاف"
LONGEST: Final = 15
"""Digits that the scales reach to."""
ZERO: Final = "صفر"


def say_whole(
    number: int, *, feminine: bool = False, oblique: bool = False, construct: bool = False
) -> str:
    """A whole number below 10^15.

    Args:
        number: What is said.
        feminine: It counts a feminine noun: three to ten lose their ending then.
        oblique: In the genitive or accusative: عشرين, مئتين.
        construct: A noun follows at once: مئتا كتاب, not مئتان.
    """
    if number == 0:
        return ZERO
    parts: list[str] = []
    for size, one, few, many in _SCALES:
        count, number = divmod(number, size)
        if not count:
            continue
        closed = construct and not number
        parts.append(_scaled(count, (one, few, many), oblique, closed))
    if number:
        parts.append(_below_thousand(number, feminine, oblique, construct))
    return " و".join(parts)


def _scaled(count: int, forms: tuple[str, str, str], oblique: bool, construct: bool) -> str:
    one, few, many = forms
    last = count % 100
    if count == 1:
        return one
    if count == 2:
        return one + _dual(oblique, construct)
    said = _below_thousand(count, False, oblique, last == 0)
    if last == 10 and one == "ألف":
        few = _TEN_THOUSANDS
    if 3 <= last <= 10:
        return f"{said} {few}"
    return f"{said} {one if construct or last < 3 else many}"


def _dual(oblique: bool, construct: bool) -> str:
    if construct:
        return "ي" if oblique else "ا"
    return "ين" if oblique else "ان"


def _below_thousand(number: int, feminine: bool, oblique: bool, construct: bool) -> str:
    hundreds, rest = divmod(number, 100)
    parts: list[str] = []
    if hundreds == 1:
        parts.append("مئة")
    elif hundreds == 2:
        parts.append("مئت" + _dual(oblique, construct and not rest))
    elif hundreds:
        parts.append(f"{_HUNDREDS[hundreds - 3]}مئة")
    if rest:
        parts.append(_below_hundred(rest, feminine, oblique))
    return " و".join(parts)


def _below_hundred(number: int, feminine: bool, oblique: bool) -> str:
    names = _BESIDE_FEMININE if feminine else _UNITS
    if number <= 10:
        return _in_case(names[number], oblique) if number == 2 else names[number]
    if number < 20:
        return _teen(number - 10, feminine, oblique)
    tens, ones = divmod(number, 10)
    ten = _TENS[tens - 2] + ("ين" if oblique else "ون")
    if not ones:
        return ten
    one = "إحدى" if feminine and ones == 1 else names[ones]
    if feminine and ones == 8:
        one = "ثمان"
    return f"{_in_case(one, oblique) if ones == 2 else one} و{ten}"


def _teen(ones: int, feminine: bool, oblique: bool) -> str:
    if ones == 1:
        return "إحدى عشرة" if feminine else "أحد عشر"
    if ones == 2:
        stem = "اثنت" if feminine else "اثن"
        return f"{stem}{'ي' if oblique else 'ا'} {'عشرة' if feminine else 'عشر'}"
    return f"{_BESIDE_FEMININE[ones]} عشرة" if feminine else f"{_UNITS[ones]} عشر"


def _in_case(word: str, oblique: bool) -> str:
    return f"{word[:-2]}ين" if oblique else word


def say_ordinal(number: int) -> str:
    """The masculine with its article (الثالث, الحادي والعشرون), as it stands after a noun."""
    larger, rest = divmod(number, 100)
    if not rest:
        return f"ال{say_whole(number)}"
    tens, ones = divmod(rest, 10)
    if rest <= 10:
        said = f"ال{_FIRST if rest == 1 else _RANKS[rest]}"
    elif rest < 20:
        said = f"ال{_RANKS[ones]} عشر"
    else:
        joint = f"ال{_RANKS[ones]} و" if ones else ""
        said = f"{joint}ال{_TENS[tens - 2]}ون"
    return f"{said} بعد ال{say_whole(larger * 100, oblique=True)}" if larger else said


def say_digits(digits: str) -> str:
    """Each digit by itself."""
    return " ".join(_UNITS[int(digit)] or ZERO for digit in digits)
