"""When each word of a text is heard, given how long each of its phonemes lasts.

What makes the phonemes writes small words as one ("of the" is ʌvðə) and numbers as several. So each
word's own phonemes are found again in the text's, by their longest common subsequence; what differs
between two words is theirs by the blanks between the phonemes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from voicejob_worker.audio.timing import WordTime, WordTimes
from voicejob_worker.text.subsequence import common_subsequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from voicejob_worker.text.written import Word

_BEGINNING: Final = "^"
_PAD: Final = "_"


@dataclass(frozen=True, slots=True)
class Phoneme:
    """A phoneme, or a blank or sign between phonemes, and its place in the audio."""

    sign: str
    start: float
    """Seconds."""
    end: float

    @property
    def is_said(self) -> bool:
        """Whether it is part of a word: a letter, a stress, a length or a tone."""
        return any(unicodedata.category(one)[0] in "LMN" for one in self.sign)


def placed_phonemes(
    signs: Sequence[str],
    ids: Mapping[str, Sequence[int]],
    lengths: NDArray[np.float32],
    begin: float,
    seconds: float,
) -> list[Phoneme]:
    """The phonemes of a piece in its audio, as Piper gives them to its network.

    Before the phonemes are a beginning and a pad, and a pad is behind each of them.

    Args:
        signs: The phonemes.
        ids: Inputs of the network for each of them; one that is not there is left out.
        lengths: Frames that each input takes, shape ``(n,)``.
        begin: Seconds at which the piece begins.
        seconds: How long it is.
    """
    total = float(lengths.sum())
    times = begin + np.concatenate(([0.0], np.cumsum(lengths))) * (seconds / total if total else 0)
    pad = len(ids.get(_PAD, ()))
    place = len(ids.get(_BEGINNING, ())) + pad
    placed: list[Phoneme] = []
    for sign in signs:
        after = place + (len(ids[sign]) + pad if sign in ids else 0)
        placed.append(Phoneme(sign, *(float(times[min(n, lengths.size)]) for n in (place, after))))
        place = after
    return placed


def word_times(
    words: Sequence[Word], spelled: Sequence[Sequence[str]], phonemes: Sequence[Phoneme]
) -> WordTimes:
    """When each word is heard; of one that has no phonemes nothing is told.

    Args:
        words: Those of a text, in order.
        spelled: The phonemes of each word when it is said alone.
        phonemes: Those of the whole text, in order.
    """
    said = [number for number, phoneme in enumerate(phonemes) if phoneme.is_said]
    groups = _groups(phonemes, said)
    own = [
        (sign, number)
        for number, signs in enumerate(spelled)
        for sign in signs
        if Phoneme(sign, 0.0, 0.0).is_said
    ]
    matches = common_subsequence(
        [sign for sign, _ in own], [phonemes[number].sign for number in said]
    )
    found = [(own[i][1], j) for i, j in matches]
    owners = _owners(found, groups, len(words))
    times: dict[int, tuple[float, float]] = {}
    for number, owner in zip(said, owners, strict=True):
        start = times[owner][0] if owner in times else phonemes[number].start
        times[owner] = start, phonemes[number].end
    return tuple(
        WordTime(words[owner].start, words[owner].end, *span)
        for owner, span in sorted(times.items())
    )


def _groups(phonemes: Sequence[Phoneme], said: Sequence[int]) -> list[int]:
    """For each phoneme that is said, how many blanks and signs there are before it."""
    groups: list[int] = []
    for before, number in pairwise([-1, *said]):
        groups.append((groups[-1] if groups else 0) + (number - before > 1))
    return groups


def _owners(found: Sequence[tuple[int, int]], groups: Sequence[int], words: int) -> Iterator[int]:
    """The word of each phoneme, given those of some."""
    edges = [(-1, -1), *found, (words, len(groups))]
    for (before, last), (after, first) in pairwise(edges):
        if last >= 0:
            yield before
        between = range(last + 1, first)
        here = groups[last] if last >= 0 else -1
        there = groups[first] if first < len(groups) else -1
        free = list(range(before + 1, after))
        others = list(dict.fromkeys(groups[n] for n in between if groups[n] not in (here, there)))
        for number in between:
            group = groups[number]
            if free and others and group in others:
                yield free[others.index(group) * len(free) // len(others)]
            elif free and here == there == group:
                yield free[0]
            elif last < 0 or (group == there and here != there):
                yield min(after, words - 1)
            else:
                yield before
