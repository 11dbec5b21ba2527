"""What an XTTS model reads: a language's token and pieces of words, after upstream's clean-up."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from voicejob_worker.engines.shared.spelling import spell_text
from voicejob_worker.engines.xtts.languages import CHARACTER_LIMITS, code_of, token_of
from voicejob_worker.errors import InvalidInputError, ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANK: Final = "[SPACE]"
_UNKNOWN: Final = "[UNK]"
_JAPANESE: Final = "ja"
_NO_READING: Final = "?"
"""What cutlet writes for a character that it has no Japanese reading of."""
_QUESTION_MARKS: Final = frozenset("?？")
_CLAUSE: Final = re.compile(r"[,;:.!?…] |[，、；：。！？।؛،] ?")
_DOTTED_I: Final = "İ"
"""Becomes two characters in lower case, which upstream's own rule for it comes too late for."""
_LETTER_AT_END: Final = re.compile(r"\b[^\W\d_]\.$")
_BLANKS: Final = re.compile(" ")


class Tokens:
    """Texts of one language in a model's tokens."""

    def __init__(self, tokenizer: Any, language: str, limit: int) -> None:
        """Take upstream's tokenizer.

        Args:
            tokenizer: A ``VoiceBpeTokenizer`` with its vocabulary loaded.
            language: BCP 47 tag.
            limit: Tokens that the model reads in one go are fewer than this.

        Raises:
            ModelUnusableError: the vocabulary has no token of the language, or a package that
                reads its script is missing.
        """
        self._tokenizer = tokenizer
        self._pieces = tokenizer.tokenizer
        self._code = code_of(language)
        self._limit = limit
        self._others: dict[str, Tokens] = {}
        self._unknown = self._pieces.token_to_id(_UNKNOWN)
        self._token = token_of(language)
        if self._pieces.token_to_id(self._token) is None:
            raise ModelUnusableError(
                f"the model's vocab.json has no token {self._token}: the model was not taught the "
                "language that its config.json promises"
            )
        try:
            self._cleaned("a")
        except ImportError as error:
            raise ModelUnusableError(
                f"the language {language} needs the package {error.name or error}: install it "
                "with: pip install 'voicejob[xtts]'"
            ) from error

    def in_language(self, language: str) -> Tokens:
        """The same for another language; these where the model was not taught that."""
        code = code_of(language)
        if code == self._code:
            return self
        if code not in self._others:
            token = self._pieces.token_to_id(token_of(language))
            is_taught = token is not None and code in CHARACTER_LIMITS
            self._others[code] = (
                Tokens(self._tokenizer, language, self._limit) if is_taught else self
            )
        return self._others[code]

    def spell(self, text: str) -> str:
        """The text in characters that the model was taught.

        Raises:
            InvalidInputError: it holds others that have no plain form; they are listed.
        """
        return spell_text(text, self._knows)

    def parts(self, text: str, share: int = 1) -> list[list[int]]:
        """The tokens of a text: of all of it, or of parts that the model can read in one go.

        Where memory is short, of parts of a ``share`` of what it can read: half of that with 2.

        It is cut at the clause sign, else the blank, else the character nearest to its middle.

        Raises:
            InvalidInputError: the clean-up fails on it.
        """
        plain = text.strip()
        if not plain:
            return []
        ids = self._encode(plain)
        if len(ids) < self._limit // share or len(plain) == 1:
            return [ids]
        return [part for half in _halves(plain) for part in self.parts(half, share)]

    def _encode(self, text: str) -> list[int]:
        try:
            ids = self._ids(f"{self._token}{self._cleaned(text)}")
        except (NotImplementedError, ValueError, KeyError, OverflowError):
            # num2words has no numerals of some languages; the error may quote the text.
            raise InvalidInputError(
                f"coqui-tts cannot read a number or sign of the text aloud in {self._code}: write "
                "numbers and signs in words"
            ) from None
        return ids

    def _ids(self, cleaned: str) -> list[int]:
        ids: list[int] = self._pieces.encode(cleaned.replace(" ", _BLANK)).ids
        return ids

    def _cleaned(self, text: str) -> str:
        """Prepare text as upstream's ``inference`` does, but for a letter at a sentence's end.

        Upstream takes that for an abbreviation: "Plan B." is "plan Mr" in Turkish.
        """
        kept = "." if _LETTER_AT_END.search(text) else ""
        plain = text.removesuffix(kept).replace(_DOTTED_I, "i").lower()
        cleaned: str = self._tokenizer.preprocess_text(plain, self._code)
        return cleaned + kept

    def _knows(self, character: str) -> bool:
        try:
            cleaned = self._cleaned(character)
        except (NotImplementedError, ValueError, KeyError, OverflowError):
            return False
        if self._code == _JAPANESE and cleaned == _NO_READING:
            return character in _QUESTION_MARKS
        ids = self._ids(cleaned)
        return self._unknown not in ids and (bool(ids) or not cleaned.strip())


def _halves(text: str) -> tuple[str, str]:
    """Two parts of a text of at least two characters, neither of them empty."""
    middle = len(text) / 2
    for borders in (
        (found.end() for found in _CLAUSE.finditer(text)),
        (found.end() for found in _BLANKS.finditer(text)),
        _characters(text),
    ):
        inner = [border for border in borders if 0 < border < len(text)]
        if inner:
            border = min(inner, key=lambda place: abs(place - middle))
            return text[:border], text[border:]
    return text[: len(text) // 2], text[len(text) // 2 :]


def _characters(text: str) -> Iterator[int]:
    """Places before what is no mark of the character before it."""
    return (index for index in range(len(text)) if not unicodedata.combining(text[index]))
