"""How long a text should take: a model of syllables and pauses, with wide bounds around it.

Syllables are counted by script, not by a dictionary: groups of vowel letters in alphabets, one for
each sign of Chinese, kana or Hangul. That is off by a fifth for a sentence, and voices differ by
more; the bounds on it allow for both.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from voicejob_worker.quality.foresight import (
    SPELLED_AT_MOST,
    VOWELS,
    WORD,
    foreign_letters,
    is_alphabetic,
    is_row,
)
from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.scripts import script_of

_RATES: Final = {
    "de": 5.97,
    "en": 6.19,
    "es": 7.82,
    "fr": 7.18,
    "it": 6.99,
    "ja": 7.84,
    "zh": 5.18,
    "yue": 5.18,
    "vi": 5.22,
    "pt": 6.0,
}
"""Syllables per second in read speech, pauses left out. All but pt are the means of table 1 in
Pellegrino, Coupé and Marsico 2011 (Language 87:3); pt is that of the four varieties in Meireles
and Gambarini 2012 (Speech Prosody), who found 4.8 to 6.6. Cantonese is taken as Mandarin."""
_OTHER_RATE: Final = 6.5
"""The mean of the languages above."""
_PAUSE_SECONDS: Final = 0.3
"""At a sign of pause inside a chunk: the median of en_US-joe-medium is 0.28 s."""
_SPEED_POWER: Final = 0.8
"""Of engines at speed 2.0, some take half the time (F5-TTS), some 0.63 of it (Piper)."""
_PACES: Final = (0.6, 2.5)
_END_SECONDS: Final = 0.2
"""By which the last syllable before the end is drawn out, and what sounds after it."""

_PAUSE: Final = re.compile(r"[.,;:!?…()\[\]\"—–。，、；：！？）（」「』『،؛؟।]+")
_LETTERS_PER_SYLLABLE: Final = 2.2
"""In scripts that write few or no vowels, or several signs for a syllable."""
_SYLLABLES_PER_DIGIT: Final = 1.7
"""Of digits that stand where the language's numerals are not known."""

_SPELLED: Final = 1.7
"""Syllables' time for a letter that stands alone: each is stressed."""
_NAMED_AT_MOST: Final = 12.0
"""Syllables of a foreign letter that is named: en_US-joe-medium takes the time of 11 for an
Ethiopic one, of 7 for a Thai, of 4 for a Hebrew one."""
_DRAWN_AT_MOST: Final = 3.0
"""Syllables of a letter in a row that is no word: "w"."""


@dataclass(frozen=True)
class Expected:
    """What a text is to a clock."""

    parts: tuple[float, ...]
    """Syllables between signs of pause; no part is empty."""
    rate: float
    """Syllables per second that are usual in the language."""
    stretch: float = 1.0
    """By how much the speed and the voice make it longer."""
    fewer: float = 0.0
    """Syllables of the parts that may not be spoken."""
    mute: int = 0
    """Parts of which nothing may be spoken."""
    more: float = 0.0
    """Syllables that may be spoken beside them."""

    def least_seconds(self) -> float:
        """What all of it should take, if nothing is said for what no one can foresee."""
        pauses = _PAUSE_SECONDS * min(self.mute, max(len(self.parts) - 1, 0))
        return self.seconds() - (self.fewer / self.rate + pauses) * self.stretch

    def most_seconds(self) -> float:
        """What all of it should take, if much is said for it."""
        return self.seconds() + self.more / self.rate * self.stretch

    def seconds(self, first: int = 0, last: int | None = None) -> float:
        """What the parts from ``first`` up to, not with, ``last`` should take."""
        parts = self.parts[first:last]
        pauses = _PAUSE_SECONDS * max(len(parts) - 1, 0)
        return (sum(parts) / self.rate + pauses + _END_SECONDS) * self.stretch


def expect(text: str, language: str, speed: float = 1.0, pace: float = 1.0) -> Expected:
    """What a text should take.

    Args:
        text: the normalised text as it goes to the engine.
        language: its BCP 47 tag.
        speed: the speed asked for.
        pace: of the voice, as of ``pace_of``.
    """
    primary = primary_subtag(language)
    found = [_part(part, primary) for part in _PAUSE.split(text)]
    spoken = [part for part in found if part[0]]
    return Expected(
        parts=tuple(usual for usual, _, _ in spoken),
        rate=_RATES.get(primary, _OTHER_RATE),
        stretch=pace * speed**-_SPEED_POWER,
        fewer=sum(fewer for _, fewer, _ in spoken),
        mute=sum(fewer >= usual for usual, fewer, _ in spoken),
        more=sum(more for _, _, more in spoken),
    )


def _part(text: str, primary: str) -> tuple[float, float, float]:
    """Syllables of a part, and by how many fewer or more it may have."""
    doubts = [_doubt(word, primary, text.isupper()) for word in WORD.findall(text)]
    return (
        syllables(text, primary),
        sum(fewer for fewer, _ in doubts),
        sum(more for _, more in doubts),
    )


def pace_of(transcript: str, language: str, seconds: float) -> float:
    """How many times as long as usual a voice takes, from a recording of it.

    Args:
        transcript: what is said in the recording.
        language: its BCP 47 tag.
        seconds: its length, without silence at the edges.

    Returns:
        0.6 to 2.5: what is outside is a wrong transcript rather than a pace.
    """
    pace = seconds / expect(transcript, language).seconds()
    return min(max(pace, _PACES[0]), _PACES[1])


def syllables(text: str, primary: str) -> float:
    """Roughly how many syllables are spoken for ``text``, in the language ``primary``."""
    in_capitals = text.isupper()
    return sum(_of_word(word, primary, in_capitals) for word in WORD.findall(text))


def _doubt(word: str, primary: str, in_capitals: bool) -> tuple[float, float]:
    """By how many syllables fewer or more a word may be spoken than ``_of_word`` says."""
    foreign = foreign_letters(word, primary)
    if foreign:
        share = foreign / sum(map(str.isalpha, word))
        return share * _of_word(word, primary, in_capitals), foreign * _NAMED_AT_MOST
    if is_row(word, primary):
        usual = _of_word(word, primary, in_capitals)
        return usual, max(len(word) * _DRAWN_AT_MOST - usual, 0.0)
    return 0.0, 0.0


def _of_word(word: str, primary: str, in_capitals: bool) -> float:
    if word.isdigit():
        return _SYLLABLES_PER_DIGIT
    if len(word) == 1 and word.isupper():
        return _SPELLED
    if word.isupper() and 1 < len(word) <= SPELLED_AT_MOST and not in_capitals:
        return float(len(word))
    if is_alphabetic(word[0]):
        return _of_alphabet(word, primary)
    if script_of(word[0]) in _SIGNS:
        return sum(_of_sign(sign, primary) for sign in word)
    return max(sum(character.isalpha() for character in word) / _LETTERS_PER_SYLLABLE, 1.0)


def _of_alphabet(word: str, primary: str) -> float:
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFD", word.lower())
        if not unicodedata.combining(letter)
    )
    groups = len(VOWELS.findall(plain))
    if not groups:
        return float(len(plain)) if len(plain) <= SPELLED_AT_MOST else 1.0
    is_silent = primary in {"en", "fr"} and plain.endswith("e") and not plain.endswith("le")
    return float(max(groups - is_silent, 1))


_SIGNS: Final = frozenset({"Han", "Hiragana", "Katakana", "Hangul"})


def _of_sign(sign: str, primary: str) -> float:
    """Morae of a Chinese character in Japanese are about two; any other sign is one syllable."""
    return 2.0 if primary == "ja" and script_of(sign) == "Han" else 1.0
