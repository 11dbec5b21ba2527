"""How long a text should take: a model of syllables and pauses, with wide bounds around it.

Syllables are counted by script, not by a dictionary: groups of vowel letters in alphabets, one for
each sign of Chinese, kana or Hangul. That is off by a fifth for a sentence, and voices differ by
more; the bounds on it allow for both.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from voicejob_worker.quality.foresight import (
    SHORT_CAPITALS,
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
"""Pause at a sign of pause inside a chunk: the median of en_US-joe-medium is 0.28 s."""
_SHORT_SECONDS: Final = 1.0
"""About five syllables. Of 2,882 good takes of short texts in five languages, those that should
take less lasted 0.21 to 3.5 times that; from here on, 0.43 to 1.6 times (docs/measurements.md,
"Short texts"). A check that goes by the length can be sure of the latter alone."""
_SHORT_MAX_SECONDS: Final = 4.0
"""Longest of what may be spelled: "WWW" in Spanish; a row of a hundred letters is not short."""
_PACES: Final = (0.6, 2.5)
_END_SECONDS: Final = 0.2
"""Seconds by which the last syllable is drawn out, and what sounds after it."""
_END_AT_LEAST: Final = 0.12
"""Shortest word said without emphasis: en_US-joe-medium says "a" in 0.12 s, "the" in 0.16 s."""

_PAUSE: Final = re.compile(r"(?:[.,:](?![^\W_]|-)|[;!?…()\[\]\"—–。，、；：！？）（」「』『،؛؟।])+")
"""Not the points within "e.g." and "U.S.A.", nor a colon within a word: nobody pauses there."""
_LETTERS_PER_SYLLABLE: Final = 2.2
"""Letters per syllable in scripts that write few or no vowels, or several signs for a syllable."""
_SYLLABLES_PER_DIGIT: Final = 1.7
"""Syllables of a digit in a language whose numerals are not known."""

_SPELLED: Final = 1.7
"""Syllables' time for a letter that stands alone: each is stressed."""
_QUICK_AT_LEAST: Final = 0.5
"""Syllables' time for a quick word: one of two letters, or of vowels alone: "a", "de", "eau"."""
_QUICK_LETTERS: Final = 2
_LETTERS_NAME: Final = 2.0
"""Syllables of a letter's name, on average, where it has many: "efe", "double-u", "erre"."""
_SIGN_AT_MOST: Final = 4.0
"""Syllables of a sign that is named: "C#", "A+"."""
_NAMED_SIGNS: Final = "#%&*/@\\_§¶†‡"
"""Beside those that Unicode calls symbols."""
_NAMED_AT_MOST: Final = 12.0
"""Syllables of a foreign letter that is named: en_US-joe-medium takes the time of 11 for an
Ethiopic one, of 7 for a Thai, of 4 for a Hebrew one."""
_DRAWN_AT_MOST: Final = 3.0
"""Syllables of a letter in a row that is no word: "w"."""


@dataclass(frozen=True)
class ExpectedDuration:
    """What a text is to a clock."""

    parts: tuple[float, ...]
    """Syllables between signs of pause; no part is empty."""
    rate: float
    """Syllables per second that are usual in the language."""
    stretch: float = 1.0
    """Factor by which the speed and the voice make it longer."""
    fewer: float = 0.0
    """Syllables of the parts that may not be spoken."""
    mute: int = 0
    """Parts of which nothing may be spoken."""
    more: float = 0.0
    """Syllables that may be spoken beside them."""
    unsure: int = 0
    """Parts that end with a letter alone, whose point need not be a pause: "E. U. A."."""

    def min_seconds(self) -> float:
        """What all of it should take, if nothing is said for what no one can foresee."""
        pauses = _PAUSE_SECONDS * min(self.mute + self.unsure, max(len(self.parts) - 1, 0))
        end = _END_SECONDS - _END_AT_LEAST
        return self.seconds() - (self.fewer / self.rate + pauses + end) * self.stretch

    def max_seconds(self) -> float:
        """What all of it should take, if much is said for it."""
        return self.seconds() + self.more / self.rate * self.stretch

    def seconds(self, first: int = 0, last: int | None = None) -> float:
        """What the parts from ``first`` up to, not with, ``last`` should take."""
        parts = self.parts[first:last]
        pauses = _PAUSE_SECONDS * max(len(parts) - 1, 0)
        return (sum(parts) / self.rate + pauses + _END_SECONDS) * self.stretch


def expect(text: str, language: str, speed: float = 1.0, pace: float = 1.0) -> ExpectedDuration:
    """What a text should take.

    Args:
        text: The normalised text as it goes to the engine.
        language: Its BCP 47 tag.
        speed: The speed asked for.
        pace: The voice's pace, as ``pace_of`` returns it.
    """
    primary = primary_subtag(language)
    spoken = [part for part in _parts(text, primary) if part.usual]
    return ExpectedDuration(
        parts=tuple(part.usual for part in spoken),
        rate=_RATES.get(primary, _OTHER_RATE),
        stretch=pace / speed,
        fewer=sum(part.fewer for part in spoken),
        mute=sum(part.fewer >= part.usual for part in spoken),
        more=sum(part.more for part in spoken) + _named(text),
        unsure=sum(part.is_lone and part.fewer < part.usual for part in spoken),
    )


@dataclass(frozen=True)
class _Part:
    """What stands between two signs of pause, in syllables."""

    usual: float
    fewer: float
    """Number of syllables that it may have less."""
    more: float
    is_lone: bool
    """Whether it ends with a letter that stands alone."""


def _parts(text: str, primary: str) -> Iterator[_Part]:
    in_capitals = text.isupper()
    for part in _PAUSE.split(text):
        words = WORD.findall(part)
        doubts = [_doubt(word, primary, in_capitals) for word in words]
        yield _Part(
            usual=sum(_of_word(word, primary, in_capitals) for word in words),
            fewer=sum(fewer for fewer, _ in doubts),
            more=sum(more for _, more in doubts),
            is_lone=bool(words) and len(words[-1]) == 1 and words[-1].isalpha(),
        )


def _named(text: str) -> float:
    """Syllables by which a text may have more: its signs, or its few letters, may be named."""
    signs = sum(one in _NAMED_SIGNS or unicodedata.category(one)[0] == "S" for one in text)
    letters = sum(map(str.isalpha, text))
    return _SIGN_AT_MOST * signs + (_LETTERS_NAME * letters if letters <= _QUICK_LETTERS else 0.0)


def is_short(text: str, language: str) -> bool:
    """Whether a text is of a word or two, whose length no one can tell by rule.

    Args:
        text: The normalised text as it goes to the engine.
        language: Its BCP 47 tag.
    """
    expected = expect(text, language)
    longest = expected.max_seconds()
    return expected.min_seconds() <= _SHORT_SECONDS and longest <= _SHORT_MAX_SECONDS


def pace_of(transcript: str, language: str, seconds: float) -> float:
    """How many times as long as usual a voice takes, from a recording of it.

    Args:
        transcript: What is said in the recording.
        language: Its BCP 47 tag.
        seconds: Its length, without silence at the edges.

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
    """Syllables by which a word may be shorter or longer than ``_of_word`` says."""
    usual = _of_word(word, primary, in_capitals)
    foreign = foreign_letters(word, primary)
    if foreign:
        share = foreign / sum(map(str.isalpha, word))
        return share * usual, foreign * _NAMED_AT_MOST
    if is_row(word, primary):
        return usual, max(len(word) * _DRAWN_AT_MOST - usual, 0.0)
    if is_alphabetic(word[0]) and len(word) <= SPELLED_AT_MOST:
        return _doubt_of_short(word, usual)
    return 0.0, 0.0


def _doubt_of_short(word: str, usual: float) -> tuple[float, float]:
    """The doubt about a word that may be read or spelled (no vowels, capitals), or is quick."""
    plain = _plain(word)
    has_vowels = bool(VOWELS.search(plain))
    is_quick = len(word) <= _QUICK_LETTERS or VOWELS.fullmatch(plain)
    if len(word) == 1 or (is_quick and has_vowels and not word.isupper()):
        return usual - _QUICK_AT_LEAST, 0.0
    if has_vowels and not word.isupper():
        return 0.0, 0.0
    is_spelled = len(word) <= SHORT_CAPITALS or not has_vowels
    names = _LETTERS_NAME if is_spelled else 1.0
    return usual - 1.0, max(names * len(word) - usual, 0.0)


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
    plain = _plain(word)
    groups = len(VOWELS.findall(plain))
    if not groups:
        return float(len(plain)) if len(plain) <= SPELLED_AT_MOST else 1.0
    is_silent = primary in {"en", "fr"} and plain.endswith("e") and not plain.endswith("le")
    return float(max(groups - is_silent, 1))


def _plain(word: str) -> str:
    """The word in small letters, without accents."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFD", word.lower())
        if not unicodedata.combining(letter)
    )


_SIGNS: Final = frozenset({"Han", "Hiragana", "Katakana", "Hangul"})


def _of_sign(sign: str, primary: str) -> float:
    """Morae of a Chinese character in Japanese are about two; any other sign is one syllable."""
    return 2.0 if primary == "ja" and script_of(sign) == "Han" else 1.0
