"""Says the words of a user's lexicon as it has them, before anything is normalised.

All entries look at the text as it is written, and none at what another has said. Where several
match, the one that begins first is taken, then the longest, then the first of the lexicon. A match
is of whole words: no letter or digit stands beside its own, but in scripts without blanks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.markup.lexicon_entries import Entry, wrong
from voicejob_worker.markup.notes import Notes
from voicejob_worker.markup.pronunciations import PRIVATE_USE, Pronunciations
from voicejob_worker.text.passages import Passage, Pronunciation, Script

MAX_MATCHES: Final = 500_000
"""Matches of all expressions in one text: a pattern that matches each letter is a mistake."""
MAX_WINDOW: Final = 1000
"""Characters that an expression sees at once, so that its searches are never long ones."""
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that write words without blanks, or their endings at them."""
_ALIKE: Final = {"’": "'", "‘": "'", "‐": "-", "‑": "-"}
_SPACE: Final = re.compile(r"\s")


@dataclass(frozen=True)
class _Match:
    start: int
    end: int
    order: int
    said: str
    """What is said for it; for phonemes, a sign."""


def apply_lexicon(
    script: Script, entries: Sequence[Entry], language: str, max_characters: int
) -> Script:
    """The script with every word of the lexicon said as it has it.

    ``language`` is that of passages that name none, whatever the text says its own is: what is
    looked up and what is spoken are in one language. ``max_characters``: the most that the text
    may have then.

    Raises:
        InvalidInputError: An expression matches too often, or the text becomes too long.
    """
    if not entries:
        return script
    applier = _Applier(script, entries, language)
    passages = tuple(applier.applied(passage) for passage in script.passages)
    if sum(len(passage.text) for passage in passages) > max_characters:
        raise InvalidInputError(
            f"with the lexicon the text has more than {max_characters} characters; this operator's "
            f"limit is {max_characters} (worker.maxCharacters)"
        )
    return replace(
        script,
        passages=passages,
        pronunciations=applier.pronunciations.table(),
        notes=(*script.notes, *applier.notes.lines()),
    )


class _Applier:
    def __init__(self, script: Script, entries: Sequence[Entry], language: str) -> None:
        self.pronunciations = Pronunciations(script.pronunciations)
        self.notes = Notes()
        self._entries = entries
        self._whole = language
        self._tables: dict[str, _Table] = {}
        self._matches = 0

    def applied(self, passage: Passage) -> Passage:
        """The passage as the lexicon says it."""
        language = passage.manner.language or self._whole
        if language not in self._tables:
            self._tables[language] = _Table(self._entries, language)
        table, text = self._tables[language], passage.text
        found = sorted(
            (*self._words(text, table), *self._patterns(text, table)),
            key=lambda match: (match.start, -match.end, match.order),
        )
        if not found:
            return passage
        said, end = [], 0
        for match in found:
            if match.start < end:
                continue
            said += [text[end : match.start], match.said]
            end = match.end
        return replace(passage, text="".join((*said, text[end:])))

    def _words(self, text: str, table: "_Table") -> Iterator[_Match]:
        folded, end = _folded(text), 0
        for place in table.beginnings.finditer(folded) if table.words else ():
            start = place.start()
            if start < end:
                continue  # a word before has taken it
            if _is_within_word(text, start):
                continue
            for length in table.lengths[folded[start]]:
                entries = table.words.get(folded[start : start + length], ())
                if not entries or _is_within_word(text, start + length):
                    continue
                written = _spaced(text[start : start + length])
                fitting = [
                    (order, entry) for order, entry in entries
                    if not entry.is_case_sensitive or _spaced(entry.word) == written
                ]  # fmt: skip
                if fitting:
                    end = start + length
                    order, entry = fitting[0]
                    said = self._said(entry, entry.say, written)
                    yield _Match(start, end, order, said)
                    break

    def _patterns(self, text: str, table: "_Table") -> Iterator[_Match]:
        for offset, window in _windows(text) if table.patterns else ():
            for order, entry in table.patterns:
                for found in entry.expression.finditer(window):
                    self._matches += 1
                    if self._matches > MAX_MATCHES:
                        raise wrong(entry.place, f"the text has over {MAX_MATCHES} matches of the "
                                    "lexicon's patterns: make them more exact")  # fmt: skip
                    start, end = found.start() + offset, found.end() + offset
                    if start == end or _is_within_word(text, start) or _is_within_word(text, end):
                        continue
                    said = self._said(entry, entry.said_for(found), found.group())
                    yield _Match(start, end, order, said)

    def _said(self, entry: Entry, instead: str, written: str) -> str:
        """What stands in the text instead of what is ``written``."""
        if not entry.phonemes:
            return PRIVATE_USE.sub("", instead)
        written = PRIVATE_USE.sub("", written)
        sign = self.pronunciations.sign(Pronunciation(written, entry.phonemes))
        if sign is None:
            self.notes.add("said as written: a word with phonemes after the first 6,400")
        return sign or written


class _Table:
    """The entries for texts of one language, words by what they are looked up by."""

    def __init__(self, entries: Sequence[Entry], language: str) -> None:
        self.words: dict[str, list[tuple[int, Entry]]] = {}
        self.patterns: list[tuple[int, Entry]] = []
        for order, entry in enumerate(entries):
            if not entry.is_for(language):
                continue
            if entry.pattern:
                self.patterns.append((order, entry))
            else:
                self.words.setdefault(_folded(entry.word), []).append((order, entry))

    @cached_property
    def lengths(self) -> dict[str, list[int]]:
        """Lengths of the words that begin with each character, the longest first."""
        found: dict[str, set[int]] = {}
        for word in self.words:
            found.setdefault(word[0], set()).add(len(word))
        return {first: sorted(lengths, reverse=True) for first, lengths in found.items()}

    @cached_property
    def beginnings(self) -> re.Pattern[str]:
        """Matches each character that a word begins with."""
        return re.compile(f"[{re.escape(''.join(sorted(self.lengths)))}]")


def _folded(text: str) -> str:
    """The text in lower case and with plain signs, of the very same length."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(one.lower() if len(one.lower()) == 1 else one for one in text)
    return _spaced(lower)


def _spaced(text: str) -> str:
    """The text with one kind of apostrophe, of hyphen and of blank."""
    for sign, plain in _ALIKE.items():
        text = text.replace(sign, plain)
    return _SPACE.sub(" ", text)


def _is_within_word(text: str, at: int) -> bool:
    """Whether a word goes on from before ``at`` to behind it."""
    if not 0 < at < len(text):
        return False
    before, behind = text[at - 1], text[at]
    if not (_is_of_word(before) and _is_of_word(behind)):
        return False
    return _UNSPACED.match(before) is None and _UNSPACED.match(behind) is None


def _is_of_word(character: str) -> bool:
    import unicodedata

    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _windows(text: str) -> Iterator[tuple[int, str]]:
    """The text in stretches of at most ``MAX_WINDOW`` characters, cut at blanks, with offsets."""
    start = 0
    while len(text) - start > MAX_WINDOW:
        end = text.rfind(" ", start, start + MAX_WINDOW) + 1
        end = end if end > start else start + MAX_WINDOW
        yield start, text[start:end]
        start = end
    yield start, text[start:]
