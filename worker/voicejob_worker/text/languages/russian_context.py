"""What the words beside a Russian number say about its case and gender.

Nobody writes the case of ``5 мая`` or ``до 40 км``: the word before the number tells it, or the
ending of the noun after it. Where neither does, it is the nominative.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from voicejob_worker.text.amounts import BLANK
from voicejob_worker.text.languages.russian_numbers import (
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
)
from voicejob_worker.text.languages.russian_words import (
    DATIVE_AFTER,
    GENITIVE_AFTER,
    INSTRUMENTAL_AFTER,
    MASCULINE_IN_A,
    NOT_OBLIQUE,
    PLACES,
    PREPOSITIONAL_AFTER,
)

Say = Callable[[re.Match[str]], str]
Steps = tuple[tuple[re.Pattern[str], Say], ...]
START: Final = r"(?<![\w.,])"
TO: Final = rf"{BLANK}?[-–—−]{BLANK}?"
_SENTENCE_ENDS: Final = re.compile(r"[\s\"»)\x01]*(?:[А-ЯЁA-Z](?![А-ЯЁA-Z])|\Z)|[\"»)]*\n")
_WORD_BEFORE: Final = re.compile(r"([а-яё-]+)[\s\x01(«\"]{1,3}\Z", re.IGNORECASE)
_WINDOW: Final = 24
"""Characters before a number that are looked at."""
_BETWEEN: Final = re.compile(r"\bмежду [^.!?]{1,40}\Z", re.IGNORECASE)
_NEXT_WORD: Final = re.compile(r"[ \u00a0]([а-яё]{1,40})", re.IGNORECASE)
_INSTRUMENTAL_ENDING: Final = ("ами", "ями", "ьми")


def word_before(text: str, start: int) -> str:
    """The word before a position, in lower case; empty if there is none."""
    found = _WORD_BEFORE.search(text, max(start - _WINDOW, 0), start)
    return found[1].lower() if found else ""


def words_after(text: str, end: int) -> tuple[str, str]:
    """The two words that follow a position, in lower case."""
    first = _NEXT_WORD.match(text, end)
    second = _NEXT_WORD.match(text, first.end()) if first else None
    return (first[1].lower() if first else "", second[1].lower() if second else "")


def case_of_number(text: str, start: int, end: int, last: int) -> str:
    """The case of a number that stands between two positions.

    Args:
        text: What it stands in.
        start: Where it begins.
        end: Where the word that it counts may follow.
        last: Its last two digits, which decide what form a noun after it has.
    """
    before = word_before(text, start)
    first, second = words_after(text, end)
    noun = second if first.endswith(("ых", "их", "ым", "им", "ыми", "ими")) else first
    told = _by_ending(noun, before)
    if last % 10 == 1 and before in ("с", "со") and noun.endswith(("ом", "ем", "ой", "ей", "ью")):
        told = INSTRUMENTAL
    if told is None:
        told = _by_word(text, start, before)
    if told is None and last % 10 in (2, 3, 4) and not 10 < last < 20:
        told = GENITIVE if noun.endswith(("ов", "ев")) and len(noun) > 4 else None
    return told or NOMINATIVE


def _by_ending(noun: str, before: str) -> str | None:
    if noun.endswith(_INSTRUMENTAL_ENDING):
        return INSTRUMENTAL
    if noun.endswith(("ам", "ям")) and before in DATIVE_AFTER:
        return DATIVE
    if noun.endswith(("ах", "ях")) and before in PLACES | PREPOSITIONAL_AFTER:
        return PREPOSITIONAL
    return None


def _by_word(text: str, start: int, before: str) -> str | None:
    for case, words in _CASES:
        if before in words:
            return case
    is_second = before == "и" and _BETWEEN.search(text, max(start - 48, 0), start)
    return INSTRUMENTAL if is_second else None


_CASES: Final = (
    (GENITIVE, GENITIVE_AFTER | {"с", "со"}),
    (DATIVE, DATIVE_AFTER),
    (INSTRUMENTAL, INSTRUMENTAL_AFTER),
    (PREPOSITIONAL, PREPOSITIONAL_AFTER),
)


def gender_of_counted(first: str, second: str, last: int, case: str) -> str:
    """The gender of what a number that ends in 1 or 2 counts, by the ending of the noun.

    After 2 the noun is in the genitive singular (две книги, два дома), after 1 in the nominative;
    in another ``case`` it is in that itself.
    """
    noun = (
        second if second and first.endswith(("ых", "их", "ая", "ое", "ый", "ий", "ой")) else first
    )
    if case != NOMINATIVE and last % 10 == 1:
        return "f" if noun.endswith(("ы", "и", "ой", "ей")) else "m"
    if last % 10 == 2:
        is_feminine = first.endswith(("ые", "ие")) or noun.endswith(("ы", "и"))
        return "f" if is_feminine and noun not in MASCULINE_IN_A else "m"
    if first.endswith(("ая", "яя")) or noun.endswith(("а", "я")):
        return "f"
    if first.endswith(("ое", "ее")) or noun.endswith(("о", "е", "ё")):
        return "n"
    return "m"


def is_feminine_oblique(word: str) -> bool:
    """Whether a word is a feminine noun or adjective in an oblique case (пятой *улицы*)."""
    return word.endswith(("ой", "ей", "ы", "и", "е")) and word not in NOT_OBLIQUE


def full_stop(found: re.Match[str], end: int) -> str:
    """The full stop of an abbreviation, where it ends the sentence too."""
    return "." if _SENTENCE_ENDS.match(found.string, end) else ""
