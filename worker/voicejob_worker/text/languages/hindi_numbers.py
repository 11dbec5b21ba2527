"""Numbers in Hindi, which num2words does not know."""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस "
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास "
    "पचास इक्यावन बावन तिरेपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरेसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी "
    "नब्बे इक्यानबे बानबे तिरानबे चौरानबे पंचानबे छियानबे सत्तानबे अट्ठानबे निन्यानबे"
)
_BELOW_HUNDRED: Final = tuple(_NAMES.split())
_SCALES: Final = (
    (10**17, "शंख"),
    (10**15, "पद्म"),
    (10**13, "नील"),
    (10**11, "खरब"),
    (10**9, "अरब"),
    (10**7, "करोड़"),
    (10**5, "लाख"),
    (10**3, "हज़ार"),
    (100, "सौ"),
)
_LONGEST: Final = 19
"""Digits that the scales reach to; longer numbers are read digit by digit."""
_IRREGULAR: Final = {1: "पहला", 2: "दूसरा", 3: "तीसरा", 4: "चौथा", 6: "छठा"}
_POINT: Final = "दशमलव"


def say_hindi(number: str) -> str:
    """A number of digits, with or without a point and decimals, in words.

    What a zero leads (05, 073) and what is longer than the scales goes digit by digit.
    """
    whole, point, fraction = number.partition(".")
    is_amount = len(whole) <= _LONGEST and (len(whole) == 1 or whole[0] != "0")
    said = say_whole(int(whole)) if is_amount else say_digits(whole)
    return f"{said} {_POINT} {say_digits(fraction)}" if point else said


def say_year(year: int) -> str:
    """A year by its hundreds (उन्नीस सौ सत्तर); those from 2000 to 2099 are numbers."""
    hundreds, rest = divmod(year, 100)
    if year < 1100 or hundreds % 10 == 0:
        return say_whole(year)
    return f"{say_whole(hundreds)} सौ {say_whole(rest) if rest else ''}".rstrip()


def say_ordinal(number: int) -> str:
    """पहला, दूसरा, पाँचवां: in the masculine."""
    return _IRREGULAR.get(number) or f"{say_whole(number)}वां"


def say_digits(digits: str) -> str:
    """Each digit by itself."""
    return " ".join(_BELOW_HUNDRED[int(digit)] for digit in digits)


def say_whole(number: int) -> str:
    """A whole number in words, with its lakhs and crores."""
    words: list[str] = []
    for size, name in _SCALES:
        many, number = divmod(number, size)
        if many:
            words += say_whole(many), name
    if number or not words:
        words.append(_BELOW_HUNDRED[number])
    return " ".join(words)


def with_quarter(whole: int, quarters: int) -> str:
    """A number and a half or quarters: डेढ़, ढाई, साढ़े तीन, सवा चार, पौने पाँच."""
    if quarters == 2:
        fixed = {0: "आधा", 1: "डेढ़", 2: "ढाई"}
        return fixed.get(whole) or f"साढ़े {say_whole(whole)}"
    if quarters == 1:
        return "चौथाई" if whole == 0 else "सवा" if whole == 1 else f"सवा {say_whole(whole)}"
    return "पौन" if whole == 0 else f"पौने {say_whole(whole + 1)}"


QUARTERS_OF: Final = {"25": 1, "5": 2, "50": 2, "75": 3}
"""Quarters by the decimals that they are written as."""


def quarters_of(whole: str, part: str) -> str | None:
    """A number with a half or quarters by its decimals; None if it has others."""
    quarters = QUARTERS_OF.get(part)
    return with_quarter(int(whole), quarters) if quarters else None
