"""Numbers in Hindi, which num2words does not know."""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस "
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास "
    "पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी "
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
)
_BELOW_HUNDRED: Final = tuple(_NAMES.split())
_SCALES: Final = (
    (10**11, "खरब"),
    (10**9, "अरब"),
    (10**7, "करोड़"),
    (10**5, "लाख"),
    (10**3, "हज़ार"),
    (100, "सौ"),
)
_LONGEST: Final = 13
"""Digits that the scales reach to; longer numbers are read digit by digit."""
_POINT: Final = "दशमलव"


def say_hindi(number: str) -> str:
    """A number of digits, with or without a point and decimals, in words."""
    whole, point, fraction = number.partition(".")
    said = _whole(int(whole)) if len(whole) <= _LONGEST else _digits(whole)
    return f"{said} {_POINT} {_digits(fraction)}" if point else said


def _digits(digits: str) -> str:
    return " ".join(_BELOW_HUNDRED[int(digit)] for digit in digits)


def _whole(number: int) -> str:
    words: list[str] = []
    for size, name in _SCALES:
        many, number = divmod(number, size)
        if many:
            words += _whole(many), name
    if number or not words:
        words.append(_BELOW_HUNDRED[number])
    return " ".join(words)
