"""What no one can foresee the sound of: letters of foreign scripts, and rows of letters.

A voice that meets a letter of a script its language does not use drops it, reads it or names it
("Hebrew letter shin"); one that meets a row of letters that is no word spells it, sings it or makes
a sound of it. Whatever it does is no fault, but it bounds what can be expected.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from voicejob_worker.text.language import primary_subtag

WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d")
VOWELS: Final = re.compile("[aeiouyæøœıαεηιουωаеёиіїоуыэюяєў]+")
SPELLED_AT_MOST: Final = 5
"""Letters of a word in capitals up to which it may be an abbreviation that is spelled."""
SIGN_LANGUAGES: Final = frozenset({"ja", "zh", "yue", "th", "ko", "lo", "km", "my"})
"""Written without blanks, or in long rows of signs."""

_LONGEST_WORD: Final = 45
"""Letters. Longer ones than this are no words: the longest in use are German, of under 40."""
_DRAWN_OUT: Final = re.compile(r"^(\w)\1\1|(\w)\2\2$|(\w)\3{3}", re.IGNORECASE)
"""A letter three times in a row at an end of a word, as in "Nooo" and "Zzz", or four times: German
writes "Schifffahrt"."""
_CYRILLIC: Final = ("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "tt", "uk")
_ARABIC: Final = ("ar", "ckb", "fa", "ps", "sd", "ug", "ur")
_DEVANAGARI: Final = ("bho", "hi", "mr", "ne", "sa")
_SCRIPTS: Final = {
    **dict.fromkeys(_CYRILLIC, frozenset({"CYRILLIC"})),
    **dict.fromkeys(_ARABIC, frozenset({"ARABIC"})),
    **dict.fromkeys(_DEVANAGARI, frozenset({"DEVANAGARI"})),
    "am": frozenset({"ETHIOPIC"}),
    "as": frozenset({"BENGALI"}),
    "bn": frozenset({"BENGALI"}),
    "el": frozenset({"GREEK"}),
    "gu": frozenset({"GUJARATI"}),
    "he": frozenset({"HEBREW"}),
    "hy": frozenset({"ARMENIAN"}),
    "ja": frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    "ka": frozenset({"GEORGIAN"}),
    "km": frozenset({"KHMER"}),
    "kn": frozenset({"KANNADA"}),
    "ko": frozenset({"HANGUL", "CJK"}),
    "lo": frozenset({"LAO"}),
    "ml": frozenset({"MALAYALAM"}),
    "my": frozenset({"MYANMAR"}),
    "or": frozenset({"ORIYA"}),
    "pa": frozenset({"GURMUKHI"}),
    "si": frozenset({"SINHALA"}),
    "ta": frozenset({"TAMIL"}),
    "te": frozenset({"TELUGU"}),
    "th": frozenset({"THAI"}),
    "yi": frozenset({"HEBREW"}),
    "yue": frozenset({"CJK"}),
    "zh": frozenset({"CJK"}),
}
"""Scripts of languages that are not written in Latin letters alone, as Unicode names their letters.
Latin letters are not foreign to them."""
_LATIN: Final = frozenset({"LATIN"})
_ALPHABETS: Final = frozenset({"LATIN", "GREEK", "CYRILLIC"})


def is_foreseeable(text: str, language: str) -> bool:
    """Whether it is known which words a voice says for ``text`` in the language of that tag."""
    primary = primary_subtag(language)
    if any(foreign_letters(word, primary) for word in WORD.findall(text)):
        return False
    return not has_rows(text, primary)


def has_rows(text: str, primary: str) -> bool:
    """Whether a row of letters in ``text`` may be sung or spelled: "Hmmm", "xkcdqwrt"."""
    return any(is_row(word, primary) for word in WORD.findall(text))


def foreign_letters(word: str, primary: str) -> int:
    """How many letters of ``word`` are of scripts that the language ``primary`` does not use."""
    known = _SCRIPTS.get(primary, _LATIN) | _LATIN
    return sum(alphabet(letter) not in known for letter in word if letter.isalpha())


def is_row(word: str, primary: str) -> bool:
    """Whether ``word`` is rather a row of letters: too long, without vowels, or drawn out."""
    is_long = len(word) > SPELLED_AT_MOST and word.isascii()
    if is_long and not VOWELS.search(word.lower()):
        return True
    may_be_abbreviation = word.isupper() and len(word) <= SPELLED_AT_MOST
    if _DRAWN_OUT.search(word) and is_alphabetic(word[0]) and not may_be_abbreviation:
        return True
    return len(word) > _LONGEST_WORD and primary not in SIGN_LANGUAGES


@lru_cache(maxsize=4096)
def alphabet(letter: str) -> str:
    """The first word of a letter's name in Unicode, which is its script; empty without name."""
    return unicodedata.name(letter, "").partition(" ")[0]


def is_alphabetic(letter: str) -> bool:
    """Whether a letter is of an alphabet that writes vowels as letters of their own."""
    return alphabet(letter) in _ALPHABETS
