"""The phonemes of single words, as a Piper voice's phonemiser makes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.text.language import primary_subtag
from voicejob_worker.text.written import Word, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from piper import PiperVoice

_RUN: Final = re.compile(r"\S+")
_SYLLABIC: Final = frozenset({"cmn", "zh", "yue", "hak", "nan"})
"""Languages of which a character by itself has the phonemes that it has in a text."""
_MAX_KEPT: Final = 1 << 14
_BETWEEN: Final = "\n\n"
"""Parts the words: the phonemiser takes as long for one text as for a hundred in it."""


class WordPhonemes:
    """Knows the phonemes of each word that it was asked for."""

    def __init__(self, voice: PiperVoice) -> None:
        """``voice`` makes them; nothing else is asked of it."""
        self._voice = voice
        language = primary_subtag(voice.config.espeak_voice)
        self._is_syllabic = language in _SYLLABIC
        self._known: dict[str, list[str]] = {}

    def words_of(self, text: str) -> list[Word]:
        """The words of a text whose phonemes are worth asking for: those with letters or digits."""
        if self._is_syllabic:
            words = words_of(text)
        else:
            words = [Word(found.group(), *found.span()) for found in _RUN.finditer(text)]
        return [word for word in words if word.key]

    def spell(self, words: Sequence[Word]) -> list[list[str]]:
        """The phonemes of each word by itself."""
        bare = [_bare(word.text) for word in words]
        new = [word for word in dict.fromkeys(bare) if word not in self._known]
        if len(self._known) + len(new) > _MAX_KEPT:
            self._known.clear()
            new = list(dict.fromkeys(bare))
        if new:
            self._known |= dict(zip(new, self._spelled(new), strict=True))
        return [self._known[word] for word in bare]

    def _spelled(self, words: Sequence[str]) -> list[list[str]]:
        together = self._voice.phonemize(_BETWEEN.join(words))
        if len(together) == len(words):
            return together
        return [[sign for part in self._voice.phonemize(word) for sign in part] for word in words]


def _bare(text: str) -> str:
    """Without the signs around it, of which a bracket would be read as phonemes."""
    first = next(n for n, one in enumerate(text) if one.isalnum())
    last = next(n for n, one in enumerate(reversed(text)) if one.isalnum())
    return text[first : len(text) - last].replace("[[", "[ [")
