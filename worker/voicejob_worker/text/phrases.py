"""A transcript in phrases, and how long each should take to say."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from voicejob_worker.text.characters import CLOSING_SIGNS

_FINAL: Final = ".!?…‽؟۔।"
_FINAL_WIDE: Final = "。！？．"
_INNER: Final = ",;:،؛–—"
_INNER_WIDE: Final = "，、；：——"
_BORDER: Final = re.compile(
    rf"(?<=[{_FINAL}{_INNER}])[{re.escape(CLOSING_SIGNS)}]*\s+"
    rf"|[{_FINAL_WIDE}{_INNER_WIDE}—]+[{re.escape(CLOSING_SIGNS)}]*\s*"
    r"|\s*\n\s*"
)
"""Matches the end of a phrase: behind punctuation and a space (3.14 and 1,000 have none), behind
punctuation of full width, and at the end of a line."""

_DIGIT: Final = 4.0
_IDEOGRAPH: Final = 3.0
_KANA: Final = 1.7
"""How many letters of an alphabet take as long to say: a digit is a word, an ideograph a
syllable. Chinese is read at 4 to 6 ideographs, English at 12 to 18 letters per second."""


@dataclass(frozen=True)
class Phrase:
    """Part of a transcript between two marks of punctuation."""

    text: str
    letters: float
    """Length in letters, as ``letters`` counts them."""
    ends_sentence: bool


def phrases(transcript: str) -> tuple[Phrase, ...]:
    """The transcript's phrases in order; joined by spaces they are the transcript."""
    found: list[Phrase] = []
    start = 0
    for end in (*(match.end() for match in _BORDER.finditer(transcript)), len(transcript)):
        text = transcript[start:end]
        if letters(text) or (end == len(transcript) and text.strip() and found):
            start = end
            if letters(text):
                found.append(Phrase(text.strip(), letters(text), _ends_sentence(text)))
            else:  # punctuation alone belongs to what it follows
                last = found.pop()
                found.append(Phrase(f"{last.text} {text.strip()}", last.letters, True))
    return tuple(found)


def letters(text: str) -> float:
    """How long a text takes to say, counted in letters of an alphabet."""
    return sum(map(_weight, text))


def closed(transcript: str) -> str:
    """The transcript on one line, with the end that engines expect of a finished sentence.

    F5-TTS continues the transcript with the text to speak, and was taught that a sentence ends
    with a mark and a space; a comma at the end of a cut transcript would join the two.
    """
    line = " ".join(transcript.split())
    bare = line.rstrip(CLOSING_SIGNS)
    if bare and bare[-1] in _FINAL_WIDE:
        return line
    if bare and bare[-1] in _FINAL:
        return f"{line} "
    return f"{line.rstrip(f'{_INNER}{_INNER_WIDE}- ')}. "


def _ends_sentence(text: str) -> bool:
    bare = text.strip().rstrip(CLOSING_SIGNS)
    return bool(bare) and bare[-1] in _FINAL + _FINAL_WIDE


def _weight(character: str) -> float:
    category = unicodedata.category(character)
    if category[0] == "N":
        return _DIGIT
    if category[0] != "L":
        return 0.0
    name = unicodedata.name(character, "")
    if name.startswith(("CJK ", "HANGUL ")):
        return _IDEOGRAPH
    return _KANA if name.startswith(("HIRAGANA", "KATAKANA")) else 1.0
