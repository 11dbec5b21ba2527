"""Patterns of amounts, which the modules that say numbers build theirs from."""

import re
from functools import lru_cache
from typing import Final

AMOUNT: Final = r"[0-9]++(?:[.,][0-9]++)*+"
"""Digits with any separators. Possessive: a row of digits is read once, whatever follows it."""
BLANK: Final = "[ \u00a0\u202f]"
"""A space, or one of those that do not break."""
CAPITAL_NEXT: Final = "\x01"
"""Stands before a blank and a number that starts a sentence, until the number is a word."""
_COMMA_SUM: Final = r"([0-9]{1,3}(?:\.[0-9]{3})++|[0-9]++),([0-9]{1,2})(?![0-9]|[.,][0-9])"


def without_apostrophe(text: str, behind: str = r"(?<![\w'])", most: int = 2) -> str:
    """Take the apostrophe from a year that is written short: ``'68``.

    Args:
        text: Of any language.
        behind: Look-behind pattern of where one begins.
        most: Digits that it may have; two at least.
    """
    return _short_year(behind, most).sub("", text) if "'" in text else text


@lru_cache(8)
def _short_year(behind: str, most: int) -> re.Pattern[str]:
    return re.compile(rf"{behind}'(?=[0-9]{{2,{most}}}(?![\w']))")


def with_decimal_points(text: str, signs: str) -> str:
    """Write ``€5,50`` and ``1.234,5 €`` with a decimal point, and no signs between thousands.

    Args:
        text: Of a language that writes decimal points itself.
        signs: Pattern of the signs of money, without groups of its own.
    """
    for pattern in _comma_sums(signs):
        text = pattern.sub(_pointed, text)
    return text


@lru_cache(8)
def _comma_sums(signs: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    before = rf"((?:{signs}){BLANK}?){_COMMA_SUM}"
    after = rf"(?<![0-9])(?<![0-9][.,])(){_COMMA_SUM}(?={BLANK}?(?:{signs})(?![A-Za-z0-9]))"
    return re.compile(before), re.compile(after)


def _pointed(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2].replace('.', '')}.{found[3]}"
