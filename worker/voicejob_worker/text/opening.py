"""The first sentence of a text that somebody waits for, in clauses.

A listener hears the first clause while the rest of the sentence is still being spoken. Each further
part is as many clauses as are no longer than all before them, so that it is ready before those are
played out, if an engine speaks quicker than one listens.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from voicejob_worker.text.chunks import CLAUSE_END, Sentence

PAUSE: Final = 0.25
"""Seconds between parts. With what is left at their edges it is 0.3, as a Piper voice pauses at the
commas of a sentence that it speaks whole (median of 17)."""
_LONG: Final = 80
"""Letters from which a sentence is worth parting: a shorter one is spoken in the time that it takes
somebody to notice."""
_LEAST: Final = 20
"""Letters of a part: under a second and a half is too little for its melody and its loudness."""
_OPENED: Final = re.compile(r"[“«„][^”»“]*$|\([^)]*$")


def in_clauses(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences, the first of them in parts that end with a clause.

    It stays whole where it is short, or has no clause sign in its first half.
    """
    if not sentences or _letters(sentences[0].text) < _LONG:
        return [*sentences]
    first = sentences[0]
    *parts, last = _parts(first.text)
    return [
        *(Sentence(part, PAUSE) for part in parts),
        replace(first, text=last),
        *sentences[1:],
    ]


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    begin = spoken = 0
    while (end := _end_of_part(text, begin, spoken)) is not None:
        parts.append(text[begin:end].strip())
        spoken += _letters(parts[-1])
        begin = end
    return [*parts, text[begin:].strip()]


def _end_of_part(text: str, begin: int, spoken: int) -> int | None:
    """Where the next part ends; None for the end of the text.

    The first is as short as may be; of the others each is as long as may be.
    """
    ends = [end for end in _clause_ends(text, begin) if _letters(text[end:]) >= _LEAST]
    if not spoken:
        return next((end for end in ends if _letters(text[:end]) <= _letters(text) / 2), None)
    if _letters(text[begin:]) <= spoken:
        return None
    fitting = [end for end in ends if _letters(text[begin:end]) <= spoken]
    return fitting[-1] if fitting else next(iter(ends), None)


def _clause_ends(text: str, begin: int) -> list[int]:
    return [
        found.end()
        for found in CLAUSE_END.finditer(text, begin)
        if _letters(text[begin : found.end()]) >= _LEAST and not _is_open(text[: found.end()])
    ]


def _is_open(text: str) -> bool:
    """Whether a quotation or a bracket is not closed yet: no part ends within one."""
    return text.count('"') % 2 == 1 or _OPENED.search(text) is not None


def _letters(text: str) -> int:
    """Characters of a text, those that are a syllable or a word counted as three."""
    return len(text) + 2 * sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
