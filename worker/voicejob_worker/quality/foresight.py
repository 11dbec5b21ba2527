"""What no one can foresee the sound of: letters of foreign scripts, and rows of letters.

A voice that meets a letter of a script its language does not use drops it, reads it or names it
("Hebrew letter shin"); one that meets a row of letters that is no word spells it, sings it or makes
a sound of it. Whatever it does is no fault, but it bounds what can be expected.
"""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.scripts import LATIN, script_of, scripts_of

WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d")
VOWELS: Final = re.compile("[aeiouyæøœıαεηιουωаеёиіїоуыэюяєў]+")
SPELLED_AT_MOST: Final = 5
"""Letters of a word in capitals up to which it may be an abbreviation that is spelled."""
SIGN_LANGUAGES: Final = frozenset({"ja", "zh", "yue", "th", "ko", "lo", "km", "my"})
"""Written without blanks, or in long rows of signs."""

_MAX_WORD: Final = 45
"""Letters. Longer ones than this are no words: the longest in use are German, of under 40."""
_DRAWN_OUT: Final = re.compile(r"^(\w)\1\1|(\w)\2\2$|(\w)\3{3}", re.IGNORECASE)
"""A letter three times in a row at an end of a word, as in "Nooo" and "Zzz", or four times: German
writes "Schifffahrt"."""
SHORT_CAPITALS: Final = 3
"""Capitals up to which they may stand for words, as in "AAA"."""
_ROMAN: Final = frozenset("IVXLCDM")
_ALPHABETS: Final = frozenset({LATIN, "Greek", "Cyrillic"})


def is_foreseeable(text: str, language: str) -> bool:
    """Whether it is known which words a voice says for ``text`` in the language of that tag."""
    primary = primary_subtag(language)
    return not any(
        foreign_letters(word, primary) or may_be_spelled(word, primary)
        for word in WORD.findall(text)
    )


def row_letters(text: str, primary: str) -> int:
    """How many letters of ``text`` stand in rows, which may be sung, hissed or spelled."""
    return sum(len(word) for word in WORD.findall(text) if is_row(word, primary))


def foreign_letters(word: str, primary: str) -> int:
    """How many letters of ``word`` are of scripts that the language ``primary`` does not use."""
    # Latin letters are foreign to nobody: brands and terms are written in them everywhere.
    known = (scripts_of(primary) or frozenset()) | {LATIN}
    return sum(script_of(letter) not in known for letter in word if letter.isalpha())


def is_row(word: str, primary: str) -> bool:
    """Whether ``word`` is rather a row of letters: drawn out ("Hmmm"), or what may be spelled."""
    return _is_drawn_out(word) or may_be_spelled(word, primary)


def may_be_spelled(word: str, primary: str) -> bool:
    """Whether ``word`` is too long for a word, or a long one without vowels ("xkcdqwrt")."""
    if len(word) > _MAX_WORD:
        return primary not in SIGN_LANGUAGES
    is_long = len(word) > SPELLED_AT_MOST and word.isascii()
    return is_long and not VOWELS.search(word.lower())


def _is_drawn_out(word: str) -> bool:
    may_be_short_for = word.isupper() and (len(word) <= SHORT_CAPITALS or _ROMAN.issuperset(word))
    return bool(_DRAWN_OUT.search(word)) and is_alphabetic(word[0]) and not may_be_short_for


def is_alphabetic(letter: str) -> bool:
    """Whether a letter is of an alphabet that writes vowels as letters of their own."""
    return script_of(letter) in _ALPHABETS
