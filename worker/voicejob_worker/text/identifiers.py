"""Numbers that are names, digit by digit: telephones, documents, post codes, cards.

As in ``addresses``: every quantifier is bounded or possessive, and a look-behind keeps every
pattern from starting in the middle of a number, so the time is linear in the text.
"""

import re
from typing import Final

from voicejob_worker.text.lexicon import Lexicon
from voicejob_worker.text.numerals import Numerals

_INTERNATIONAL: Final = re.compile(
    r"(?<![\w.,+])\+[0-9]{1,3}[ .-]?(?:\(?[0-9]{1,4}\)?[ .-]?){1,3}[0-9]{3,5}[ .-]?[0-9]{4}"
    r"(?![\w-])"
)
_PHONE: Final = re.compile(
    r"(?<![\w.,+])(?:[0-9]{1,10}(?:-[0-9]{1,10}){2,8}"
    r"|(?:1[ .-])?\(?[0-9]{2,3}\)?[ .-][0-9]{3,5}[.-][0-9]{4})(?![\w-])"
)
_CARD: Final = re.compile(r"(?<![\w.,-])[0-9]{4}(?:[ -][0-9]{4}){3}(?![\w-])")
_PAIRS: Final = re.compile(
    r"(?<![\w.,+$€£-])(?<![0-9] )[0-9]{2}(?: [0-9]{2}){3,6}(?! ?[0-9]|[.,:/-]?[0-9])"
)
"""Matches telephone numbers that are written in pairs."""
_IP: Final = re.compile(
    r"(?<![\w.,])((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?::([0-9]{1,5})|/([0-9]{1,2}))?(?![\w:]|\.[0-9])"
)
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){3}\Z")
"""Matches what may be a number with points between its thousands."""
_PRIVATE: Final = re.compile(r"(?:10|127|172|192\.168)\.")


def say_identifiers(text: str, numerals: Numerals, lexicon: Lexicon) -> str:
    """Replace them by their digits in words, with a comma between the groups."""

    def spoken(found: re.Match[str]) -> str:
        groups = re.findall("[0-9]+", found.group())
        said = ", ".join(_say_group(group, numerals, lexicon) for group in groups)
        return f"{lexicon.plus} {said}" if found.group().startswith("+") else said

    def called(found: re.Match[str]) -> str:
        return f"{found[1]}{numerals.digits(found[2])}"

    def address(found: re.Match[str]) -> str:
        if _GROUPED.match(found[1]) and not found[2] and not _PRIVATE.match(found[1]):
            return found.group()
        dot = f" {lexicon.address.dot} "
        said = dot.join(numerals.digits(part) for part in found[1].split("."))
        port = lexicon.amounts.port or lexicon.address.colon
        if found[3]:
            return f"{said} {lexicon.address.slash} {found[3]}"
        return f"{said} {port} {numerals.digits(found[2])}" if found[2] else said

    text = _IP.sub(address, text) if "." in text else text
    text = _INTERNATIONAL.sub(spoken, _CARD.sub(spoken, text))
    text = lexicon.amounts.telephones.sub(spoken, text)
    text = lexicon.amounts.calls.sub(called, text)
    return _PHONE.sub(spoken, _PAIRS.sub(spoken, text))


def _say_group(group: str, numerals: Numerals, lexicon: Lexicon) -> str:
    if lexicon.amounts.toll_free.fullmatch(group):
        return f"{numerals.cardinal('0')} {numerals.cardinal(group[1:])}"
    return numerals.digit_by_digit(group) or group
