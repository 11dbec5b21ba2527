"""A text as words that can be compared: what was to be said with what was heard.

Two spellings of one word become one: British and American ones, abbreviations that a voice reads
out. The keys are for comparison alone; that some words fall together (four and for) is no loss, for
they sound alike.
"""

from __future__ import annotations

import re
from typing import Final

from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.normalise import normalise

_SIGN: Final = (
    "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\U00020000-\U0003ffff]"
)
"""Scripts without blanks between words: kana, Chinese characters, Thai, Lao, Burmese, Khmer."""
_TOKEN: Final = re.compile(rf"{_SIGN}|(?:(?!{_SIGN})[^\W_])+(?:['’](?!{_SIGN})[^\W_]+)*")
SIGNS_PER_WORD: Final = 2
"""What a word is in them, roughly."""

_READ_OUT: Final = {
    "dr": "doctor",
    "e g": "for example",
    "etc": "et cetera",
    "i e": "that is",
    "mr": "mister",
    "mrs": "missus",
    "ok": "okay",
    "prof": "professor",
    "vs": "versus",
}
_ABBREVIATION: Final = re.compile(rf"\b(?:{'|'.join(_READ_OUT)})\b")
_SPELLINGS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"is(?=(?:e|ed|es|er|ing|ation|ations)$)", "iz"),
        (r"ys(?=(?:e|ed|es|er|ing)$)", "yz"),
        (r"our", "or"),
        (r"tre(?=s?$)", "ter"),
        (r"ogue(?=s?$)", "og"),
        (r"ence(?=s?$)", "ense"),
        (r"^gr[ae]y", "gray"),
        (r"([a-z])\1", r"\1"),
        (r"'", ""),
    )
)


def words(text: str, language: str) -> list[str]:
    """The words of a text in the order in which they are said, each as its key.

    Args:
        text: Normalised, or as a recogniser writes it: digits become words.
        language: Its BCP 47 tag.
    """
    if any(character.isdigit() for character in text):
        text = normalise(text, language).text
    found = _TOKEN.findall(text.casefold().replace("’", "'"))
    if primary_subtag(language) != "en":
        return found
    whole = _ABBREVIATION.sub(lambda short: _READ_OUT[short.group()], " ".join(found))
    return [_key(word) for word in whole.split()]


def is_sign(word: str) -> bool:
    """Whether a word is one sign of a script without blanks."""
    return re.fullmatch(_SIGN, word) is not None


def _key(word: str) -> str:
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return word
