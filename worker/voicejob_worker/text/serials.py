"""What is written for machines, and said sign by sign in every language: ISBN, IBAN, UUID, codes.

Each becomes single digits with a comma between its groups, for the language's own steps to say.
"""

from __future__ import annotations

import re
from typing import Final

_SERIAL: Final = re.compile(
    r"(?<!\w)(IS[BS]N(?:-1[03])?(?: ?(?:n[o.º°]{0,2}|Nr\.?|number))?[: ]{1,2})"
    r"((?:97[89][ -]?)?[0-9](?:[ -]?[0-9]){6,8}[ -]?[0-9X])(?![\w-])"
)
_IBAN: Final = re.compile(
    r"(?<!\w)([A-Z]{2})([0-9]{2})((?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)(?![\w-])"
)
_UUID: Final = re.compile(
    r"(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])"
)
_MAC: Final = re.compile(r"(?<![\w:-])[0-9A-F]{2}(?::[0-9A-F]{2}){5}(?![\w:-])", re.IGNORECASE)
_CODE: Final = re.compile(
    r"(?<![\w.,/@#:-])(?=[A-Z]{0,6}[0-9])(?=[0-9]{0,12}[A-Z])[A-Z0-9]{10,40}(?![\w/@-]|\.\w)"
)
_MIN_CODE_DIGITS: Final = 6
_MIN_DIGITS: Final = 10
"""Of an account's number, behind its check digits: fewer are of something else."""
_FILE: Final = re.compile(r"(?<![\w.,/〒-])(?<!〒 )([0-9]{2,4})-(00[0-9]{2,6})(?![\w-]|[.,][0-9])")
"""Matches the number of a file within its year: 24-00123."""
_HEX: Final = re.compile(r"(?<![\w.,])0x([0-9A-Fa-f]{2,16})(?!\w)")
_GROUPS: Final = re.compile("[0-9X]+")
_BLOCKS: Final = re.compile("[A-Z]+|[0-9]{1,4}")


def say_serials(text: str) -> str:
    """Take the numbers of books, magazines and accounts apart."""
    if "ISBN" in text or "ISSN" in text:
        text = _SERIAL.sub(_serial, text)
    text = _IBAN.sub(_iban, text)
    if "-" in text:
        text = _FILE.sub(_spelled, _UUID.sub(_spelled, text))
    if ":" in text:
        text = _MAC.sub(_spelled, text)
    if "0x" in text:
        text = _HEX.sub(_hexadecimal, text)
    return _CODE.sub(_code, text)


def _hexadecimal(found: re.Match[str]) -> str:
    return "0 X, " + ", ".join(map(" ".join, _BLOCKS.findall(found[1].upper())))


def _spelled(found: re.Match[str]) -> str:
    groups = re.split("[:-]", found.group().upper())
    return ", ".join(" ".join(group) for group in groups)


def _code(found: re.Match[str]) -> str:
    """``1 Z 9 9 9 A A 1 0``: a parcel's number and the like, of many digits."""
    code = found.group()
    if sum(map(str.isdigit, code)) < _MIN_CODE_DIGITS:
        return code
    return ", ".join(map(" ".join, _BLOCKS.findall(code)))


def _serial(found: re.Match[str]) -> str:
    groups = _GROUPS.findall(found[2])
    if len(groups) == 1:
        digits = groups[0]
        groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    return found[1] + ", ".join(" ".join(group) for group in groups)


def _iban(found: re.Match[str]) -> str:
    rest = found[3].replace(" ", "")
    if sum(map(str.isdigit, rest)) < _MIN_DIGITS:
        return found.group()
    parts = [" ".join(found[1]), " ".join(found[2])]
    parts += [" ".join(block) for block in _BLOCKS.findall(rest)]
    return ", ".join([" ".join(parts[:2]), *parts[2:]])
