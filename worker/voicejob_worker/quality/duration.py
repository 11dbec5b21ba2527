"""How long a text should take: a model of syllables and pauses, with wide bounds around it.

Syllables are counted by script, not by a dictionary: groups of vowel letters in alphabets, one for
each sign of Chinese, kana or Hangul. That is off by a fifth for a sentence, and voices differ by
more; the bounds on it allow for both.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voicejob_worker.text.language import primary_subtag

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
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d")
_VOWELS: Final = re.compile("[aeiouyæøœıαεηιουωаеёиіїоуыэюяєў]+")
_SPELLED_AT_MOST: Final = 5
"""Letters of a word in capitals up to which it may be an abbreviation that is spelled."""
_LETTERS_PER_SYLLABLE: Final = 2.2
"""In scripts that write few or no vowels, or several signs for a syllable."""
_SYLLABLES_PER_DIGIT: Final = 1.7
"""Of digits that stand where the language's numerals are not known."""

_LONGEST_WORD: Final = 45
"""Letters. Longer ones than this are no words: the longest in use are German, of under 40."""
_SCRIPTS: Final = {
    "ar": {"ARABIC"},
    "be": {"CYRILLIC"},
    "bg": {"CYRILLIC"},
    "el": {"GREEK"},
    "fa": {"ARABIC"},
    "he": {"HEBREW"},
    "hi": {"DEVANAGARI"},
    "ja": {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    "ko": {"HANGUL", "CJK"},
    "mk": {"CYRILLIC"},
    "ru": {"CYRILLIC"},
    "sr": {"CYRILLIC", "LATIN"},
    "th": {"THAI"},
    "uk": {"CYRILLIC"},
    "ur": {"ARABIC"},
    "yue": {"CJK"},
    "zh": {"CJK"},
}
"""Scripts of languages that are not written in Latin letters."""
_SPELLED: Final = 1.7
"""Syllables' time for a letter that stands alone: each is stressed."""


@dataclass(frozen=True)
class Expected:
    """What a text is to a clock."""

    parts: tuple[float, ...]
    """Syllables between signs of pause; no part is empty."""
    rate: float
    """Syllables per second that are usual in the language."""
    stretch: float = 1.0
    """By how much the speed and the voice make it longer."""

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
    counted = (syllables(part, primary) for part in _PAUSE.split(text))
    return Expected(
        parts=tuple(count for count in counted if count),
        rate=_RATES.get(primary, _OTHER_RATE),
        stretch=pace * speed**-_SPEED_POWER,
    )


def is_foreseeable(text: str, language: str) -> bool:
    """Whether the length of its speech can be foreseen at all.

    Not where letters of a script that the language does not use may be named one by one ("Hebrew
    letter shin"), nor where a row of letters is no word and may be spelled.
    """
    primary = primary_subtag(language)
    known = _SCRIPTS.get(primary, {"LATIN"})
    letters = {_alphabet(letter) for letter in text if letter.isalpha()}
    foreign = letters - known - ({"LATIN"} if primary in _SCRIPTS else set())
    if foreign or primary in _SIGN_LANGUAGES:
        return not foreign
    return all(map(_is_word, _WORD.findall(text)))


def _is_word(written: str) -> bool:
    is_long = len(written) > _SPELLED_AT_MOST and written.isascii()
    return len(written) <= _LONGEST_WORD and not (is_long and not _VOWELS.search(written.lower()))


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
    return sum(_of_word(word, primary, in_capitals) for word in _WORD.findall(text))


def _of_word(word: str, primary: str, in_capitals: bool) -> float:
    if word.isdigit():
        return _SYLLABLES_PER_DIGIT
    if len(word) == 1 and word.isupper():
        return _SPELLED
    if word.isupper() and 1 < len(word) <= _SPELLED_AT_MOST and not in_capitals:
        return float(len(word))
    script = _script(word[0])
    if script == "ALPHABET":
        return _of_alphabet(word, primary)
    if script in _SIGNS:
        return sum(_of_sign(sign, primary) for sign in word)
    return max(sum(character.isalpha() for character in word) / _LETTERS_PER_SYLLABLE, 1.0)


def _of_alphabet(word: str, primary: str) -> float:
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFD", word.lower())
        if not unicodedata.combining(letter)
    )
    groups = len(_VOWELS.findall(plain))
    if not groups:
        return float(len(plain)) if len(plain) <= _SPELLED_AT_MOST else 1.0
    is_silent = primary in {"en", "fr"} and plain.endswith("e") and not plain.endswith("le")
    return float(max(groups - is_silent, 1))


_SIGNS: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})


def _of_sign(sign: str, primary: str) -> float:
    """Morae of a Chinese character in Japanese are about two; any other sign is one syllable."""
    return 2.0 if primary == "ja" and _script(sign) == "CJK" else 1.0


_SIGN_LANGUAGES: Final = frozenset({"ja", "zh", "yue", "th", "ko"})
"""Written without blanks, or in long rows of signs."""


@lru_cache(maxsize=4096)
def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    name = _alphabet(letter)
    return "ALPHABET" if name in {"LATIN", "GREEK", "CYRILLIC"} else name
