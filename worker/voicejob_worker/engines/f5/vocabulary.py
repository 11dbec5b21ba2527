"""What an F5-TTS model reads: a table of tokens, most of them single characters.

Text becomes tokens as upstream's ``convert_char_to_pinyin`` makes them, for the model was trained
on those: Chinese in pinyin, and a space before every run of ASCII letters that follows anything but
a space, a colon or a quote (so "família" is read as "famí lia"). Unlike there, what the table does
not have is never read as something else in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.engines.shared.spelling import refuse_unknown, spell_text
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_REPLACED: Final = str.maketrans({";": ",", "“": '"', "”": '"', "‘": "'", "’": "'"})
"""What upstream's tokens have instead of five characters, whatever the table has."""
_NO_SPACE_AFTER: Final = frozenset(" :'\"")
_HAN: Final = re.compile("[\u3007\u3400-\u9fff\uf900-\ufaff]")
"""Characters of three bytes that pypinyin may have a reading for."""
_SPACED: Final = re.compile("[\u3100-\u9fff]")
"""Characters that are read after a space each."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a model."""

    indices: Mapping[str, int]

    @classmethod
    def load(cls, path: Path | None, expected_size: int) -> Vocabulary:
        """Read a ``vocab.txt``, one token per line.

        Args:
            path: The file; None for the one inside the package f5-tts, which is that of F5TTS_Base
                and F5TTS_v1_Base.
            expected_size: Tokens that the checkpoint's embedding was made for.

        Raises:
            ModelUnusableError: there is no such file, or it is not the checkpoint's.
        """
        source = path or _package_vocabulary()
        try:
            lines = source.read_text(encoding="utf-8-sig").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelUnusableError(
                f"the vocabulary {source} cannot be read as UTF-8 text ({type(error).__name__})"
            ) from error
        if not lines[-1]:
            lines.pop()
        # As upstream counts: of a token that stands twice, the later line is its index.
        indices = {token: index for index, token in enumerate(lines)}
        if len(indices) != expected_size or max(indices.values(), default=0) >= expected_size:
            place = "the package f5-tts" if path is None else str(path)
            raise ModelUnusableError(
                f"the vocabulary of {place} has {len(indices)} tokens on {len(lines)} lines, and "
                f"the checkpoint's embedding was made for {expected_size}: put the vocab.txt that "
                "the model was trained with beside the checkpoint"
            )
        if " " not in indices:
            raise ModelUnusableError(f"the vocabulary {source} has no line that is a single space")
        return cls(indices)

    def spell(self, text: str) -> str:
        """The text in characters that the model was taught; what it was taught stays as it is.

        Raises:
            InvalidInputError: it holds others that have no plain form; they are listed.
        """
        return spell_text(text, self._knows)

    def encode(self, text: str) -> list[int]:
        """Indices of the tokens of ``text``, spelled as ``spell`` does; no filler, 0 is a space.

        Raises:
            InvalidInputError: as ``spell``, or a Chinese character has a reading that the model
                was not taught.
        """
        tokens = list(_tokens(self.spell(text)))
        refuse_unknown(source for token, source in tokens if token not in self.indices)
        return [self.indices[token] for token, _ in tokens]

    def _knows(self, character: str) -> bool:
        tokens = _pinyin(character) if _HAN.match(character) else [character.translate(_REPLACED)]
        return all(token in self.indices for token in tokens)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Tokens, each with the character that it comes from."""
    import rjieba

    last = ""
    for word in rjieba.cut(text.translate(_REPLACED)):
        if word.isascii():
            if last and len(word) > 1 and last not in _NO_SPACE_AFTER:
                yield " ", " "
            yield from zip(word, word, strict=True)
            last = word[-1]
            continue
        for character, token in zip(word, _readings(word), strict=True):
            if _SPACED.match(character):
                yield " ", " "
            yield token, character
            last = token


def _readings(word: str) -> list[str]:
    """A token for each character of a word that is not all ASCII.

    A word's characters are read together where upstream does so, as tones depend on neighbours.
    """
    together = all(len(character.encode()) == 3 for character in word)
    parts = [word] if together else list(word)
    return [
        token for part in parts for token in (_pinyin(part) if _HAN.search(part) else list(part))
    ]


def _pinyin(word: str) -> list[str]:
    """A syllable with its tone as a digit for each character; one that has none stays itself."""
    from pypinyin import Style, lazy_pinyin

    # A list keeps neighbours without a reading apart, which its annotation does not know.
    kept_in_a_list: Any = list
    return lazy_pinyin(word, style=Style.TONE3, tone_sandhi=True, errors=kept_in_a_list)


def _package_vocabulary() -> Path:
    """Found without importing the package, which is slow."""
    spec = find_spec("f5_tts")
    for place in (spec and spec.submodule_search_locations) or ():
        path = Path(place) / "infer" / "examples" / "vocab.txt"
        if path.is_file():
            return path
    raise ModelUnusableError(
        "there is no vocab.txt beside the checkpoint, and the package f5-tts, which has one, is "
        "not installed: put the vocab.txt that the model was trained with beside the checkpoint"
    )
