"""How far what was heard is from what was to be said.

A recogniser mishears: "far away" becomes "our way", and a whole clause may come back as words that
merely sound like it. An engine's fault is another thing: words that nothing on the other side
sounds like. So a word only counts as divergent where most of its letters have no counterpart, and
the longest run of such words tells an inserted or dropped phrase from a mishearing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from voicejob_worker.quality.alignment import Pair, align
from voicejob_worker.quality.faults import Fault, Finding
from voicejob_worker.quality.words import SIGNS_PER_WORD, is_sign, words

if TYPE_CHECKING:
    from collections.abc import Sequence

_OWN_LETTERS: Final = 0.5
"""Share of a word's letters without a counterpart from which on it diverges."""
_WORDS_BY_SPEED: Final = 3.0
"""Words in a row that may diverge beside the usual ones, at twice the usual speed."""
_MAX_RATE: Final = 0.9
"""Word error rate that is too much at any speed."""


@dataclass(frozen=True)
class Divergence:
    """What differs between a text and its transcript."""

    words: int
    """Number of words of the text."""
    word_error_rate: float
    """Substituted, dropped and inserted words by the words of the text."""
    longest_run: int
    """Words in a row that nothing on the other side sounds like."""
    inserted_run: int
    """The longest such run of what was heard."""
    dropped_run: int
    """The longest such run of the text."""
    trailing_run: int
    """Such words of what was heard, from the last word that the text accounts for to the end."""


@dataclass(frozen=True)
class Bounds:
    """What a good chunk keeps within.

    Found on 200 good chunks of en_US-joe-medium, heard by moonshine-tiny-en: their rate is 0.54 at
    most and 0.05 in all, and no more than two words in a row diverge.
    """

    max_word_error_rate: float = 0.6
    max_divergent_words: int = 2
    min_words: int = 6
    """Words that a text must have for its rate to mean anything: of two, one is soon misheard."""
    max_trailing_words: int = 1
    """After the end of the text: a recogniser seldom hears there what is not said."""

    @classmethod
    def at_speed(cls, speed: float) -> Bounds:
        """What a good chunk keeps within that is spoken at ``speed``.

        Recognisers mishear fast speech: of the 200 good chunks up to four words in a row diverge at
        the speeds 1.5 and 2.0, and at 2.0 their rate is up to 0.83.
        """
        usual, fast = cls(), max(speed, 1.0)
        return cls(
            max_word_error_rate=min(usual.max_word_error_rate * fast, _MAX_RATE),
            max_divergent_words=usual.max_divergent_words + math.ceil(_WORDS_BY_SPEED * (fast - 1)),
            max_trailing_words=usual.max_trailing_words + math.ceil(fast - 1),
        )


def compare(expected: str, heard: str, language: str) -> Divergence:
    """Compare a normalised text with a transcript of its audio.

    ``language`` is their BCP 47 tag. In scripts without blanks two signs count as a word.
    """
    told, got = words(expected, language), words(heard, language)
    pairs = align(told, got)
    per_word = SIGNS_PER_WORD if told and all(map(is_sign, told)) else 1
    inserted = dropped = trailing = 0
    for agrees, region in groupby(pairs, lambda pair: pair.agrees):
        missing, added = ([], []) if agrees else _divergent(list(region))
        dropped, inserted = max(dropped, _longest(missing)), max(inserted, _longest(added))
        trailing = _trailing(added)
    errors = sum(max(len(pair.expected), len(pair.heard)) for pair in pairs if not pair.agrees)
    return Divergence(
        words=len(told) // per_word,
        word_error_rate=errors / max(len(told), 1),
        longest_run=max(dropped, inserted) // per_word,
        inserted_run=inserted // per_word,
        dropped_run=dropped // per_word,
        trailing_run=trailing // per_word,
    )


def findings(divergence: Divergence, bounds: Bounds) -> tuple[Finding, ...]:
    """The plainest finding where the words diverge over a bound, else none."""
    trailing, run, rate = (
        _severity(divergence.trailing_run, bounds.max_trailing_words),
        _severity(divergence.longest_run, bounds.max_divergent_words),
        _severity(divergence.word_error_rate, bounds.max_word_error_rate),
    )
    fault = Fault.WORDS_DIVERGE
    if divergence.dropped_run == divergence.words > 1:
        sentence = f"none of its {divergence.words} words is heard: all must be"
    elif trailing > 1:
        fault = Fault.BABBLE_AFTER_END
        sentence = (
            f"{divergence.trailing_run} words follow after its text: "
            f"at most {bounds.max_trailing_words} allowed"
        )
    elif run > 1:
        what = "inserted" if divergence.inserted_run >= divergence.dropped_run else "missing"
        sentence = (
            f"{divergence.longest_run} words in a row are {what}: "
            f"at most {bounds.max_divergent_words} allowed"
        )
    elif rate > 1 and divergence.words >= bounds.min_words:
        sentence = (
            f"its word error rate is {divergence.word_error_rate:.2f}: "
            f"at most {bounds.max_word_error_rate:.2f} allowed"
        )
    else:
        return ()
    return (Finding(fault, sentence, max(trailing, run, rate, 1.0)),)


def _severity(measured: float, bound: float) -> float:
    """Over 1 where ``measured`` is past ``bound``, which may be 0."""
    return 1.0 + (measured - bound) / max(bound, 1.0)


def _divergent(region: Sequence[Pair]) -> tuple[list[bool], list[bool]]:
    """Which words of the expected and of the heard side have no counterpart."""
    told = [word for pair in region for word in pair.expected]
    got = [word for pair in region for word in pair.heard]
    letters = align("".join(told), "".join(got))
    matched_told = [pair.agrees for pair in letters for _ in pair.expected]
    matched_got = [pair.agrees for pair in letters for _ in pair.heard]
    return _unmatched(told, matched_told), _unmatched(got, matched_got)


def _unmatched(side: Sequence[str], matched: Sequence[bool]) -> list[bool]:
    diverges = []
    start = 0
    for word in side:
        own = matched[start : start + len(word)].count(False)
        diverges.append(own > _OWN_LETTERS * len(word))
        start += len(word)
    return diverges


def _longest(diverges: Sequence[bool]) -> int:
    return max((len(list(run)) for is_own, run in groupby(diverges) if is_own), default=0)


def _trailing(diverges: Sequence[bool]) -> int:
    return next((index for index, own in enumerate(reversed(diverges)) if not own), len(diverges))
