"""Which pause of a recording belongs to which punctuation of what is said in it.

Phrases and stretches of speech are aligned by their lengths, after Gale and Church, "A Program for
Aligning Sentences in Bilingual Corpora" (1993): what takes long to read takes long to say, with a
variance that grows with the length. Pauses add what they tell: long ones lie rather between
sentences than inside a phrase. Instead of the best alignment alone, the probability of each pair
of border and pause is worked out over all alignments (the forward-backward algorithm): where
another alignment is nearly as good, no pair is sure, and none is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicejob_worker.text.phrases import Phrase

_VARIANCE_PER_LETTER: Final = 1.0
"""Variance per letter of the time that a phrase takes: a deviation of 16 % for 40 letters.
Gale and Church found 6.8 between two languages; one voice that reads one text varies less."""
_VARIANCE_PER_STRETCH: Final = 1.0
"""What the detector's borders add: a tenth of a second is a letter and a half."""
_INNER_PAUSE_SECONDS: Final = 0.15
_BORDER_PAUSE_SECONDS: Final = 0.45
"""Means of the two kinds of pauses, taken as exponentially distributed."""
_INNER_PAUSES_PER_LETTER: Final = 0.02
"""Hesitations, breaths and the closures of plosives: one in 50 letters."""
_NO_PAUSE_SENTENCE: Final = 0.1
_NO_PAUSE_PHRASE: Final = 0.5
"""How often no pause is heard at the end of a sentence, and of another phrase."""
_LONG_PAUSE: Final = 0.3
"""Seconds. Inside a phrase there is seldom one as long."""
_BREATH: Final = 0.3
"""Seconds. What is shorter between two pauses may be no word at all."""
_MOST: Final = 12
"""Phrases, or stretches, that are matched without a border inside."""


@dataclass(frozen=True)
class SpeechSpan:
    """Speech without a pause, in seconds from the recording's start."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Border:
    """A place where recording and transcript can both be cut."""

    phrase: int
    """Number of phrases before it."""
    stretch: int
    """Stretches of speech before it."""
    probability: float


def align(phrases: Sequence[Phrase], speech: Sequence[SpeechSpan]) -> tuple[Border, ...]:
    """Every pair of a phrase's end and a pause, with the probability that they belong together.

    The first is the start of both and the last is the end of both, with probability 1.
    """
    model = _FramePath(phrases, speech)
    forward = _forward(model)
    backward = _forward(model.reversed())[::-1, ::-1]
    total = forward[-1, -1]
    if not math.isfinite(total):
        return (Border(0, 0, 1.0), Border(len(phrases), len(speech), 1.0))
    joint = np.exp(np.minimum(forward + backward - model.border_score() - total, 0.0))
    return tuple(Border(int(i), int(j), float(joint[i, j])) for i, j in np.argwhere(joint > 1e-3))


def certainty(borders: Sequence[Border], speech: Sequence[SpeechSpan]) -> float:
    """How surely the recording's long pauses have found their borders, 0 to 1: the mean over them.

    A single border may look certain by chance. Where the transcript is of something else, or
    leaves a sentence out, the others do not.
    """
    best = np.zeros(len(speech))
    for border in borders:
        if border.stretch < len(speech):
            best[border.stretch] = max(best[border.stretch], border.probability)
    long = [
        best[number]
        for number, (before, after) in enumerate(pairwise(speech), start=1)
        if after.start - before.end >= _LONG_PAUSE and min(before.seconds, after.seconds) > _BREATH
    ]
    return float(np.mean(long)) if long else 0.0


class _FramePath:
    """Log probabilities of blocks: phrases ``i`` to ``k`` said in stretches ``j`` to ``l``."""

    def __init__(self, phrases: Sequence[Phrase], speech: Sequence[SpeechSpan]) -> None:
        letters = np.array([phrase.letters for phrase in phrases])
        seconds = np.array([stretch.seconds for stretch in speech])
        no_pause = np.array(
            [_NO_PAUSE_SENTENCE if one.ends_sentence else _NO_PAUSE_PHRASE for one in phrases[:-1]]
        )
        pauses = np.array([after.start - before.end for before, after in pairwise(speech)])
        self._set(letters, seconds * letters.sum() / seconds.sum(), no_pause, pauses)

    def _set(self, *parts: NDArray[np.float64]) -> None:
        self._parts = parts
        letters, spoken, no_pause, pauses = parts
        self.shape = (letters.size, spoken.size)
        self._letters, self._spoken = _running(letters), _running(spoken)
        self._skip_phrase = _running(np.log(no_pause))
        self._skip_pause = _running(_inner(pauses))
        self._pair = np.log1p(-no_pause)[:, None] + _exponential(pauses, _BORDER_PAUSE_SECONDS)

    def reversed(self) -> _FramePath:
        """The alignment of the recording played backwards."""
        model = object.__new__(_FramePath)
        model._set(*(part[::-1] for part in self._parts))
        return model

    def border_score(self) -> NDArray[np.float64]:
        """Log probability of a pause at a border, shape ``(phrases + 1, stretches + 1)``."""
        return np.pad(self._pair, 1)

    def arrivals(self, k: int, m: int, before: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log probabilities of the ways to the border after phrase k and stretch m.

        ``before`` holds those of the borders before it, shape ``(phrases, stretches)``.
        """
        i, j = k - before.shape[0], m - before.shape[1]
        letters = self._letters[k] - self._letters[i:k, None]
        spoken = self._spoken[m] - self._spoken[None, j:m]
        pieces = np.arange(before.shape[1], 0, -1)[None, :]
        variance = _VARIANCE_PER_LETTER * letters + _VARIANCE_PER_STRETCH * pieces
        fit = -0.5 * ((spoken - letters) ** 2 / variance + np.log(2 * math.pi * variance))
        unheard = self._skip_phrase[k - 1] - self._skip_phrase[i:k, None]
        inside = self._skip_pause[m - 1] - self._skip_pause[None, j:m]
        ways: NDArray[np.float64] = before + fit + unheard + inside
        return ways


def _forward(model: _FramePath) -> NDArray[np.float64]:
    """Log probability of all alignments up to each border, its own pause included."""
    phrases, stretches = model.shape
    pair = model.border_score()
    scores = np.full((phrases + 1, stretches + 1), -np.inf)
    scores[0, 0] = 0.0
    for k in range(1, phrases + 1):
        for m in range(1, stretches + 1):
            if (k == phrases) != (m == stretches):
                continue
            before = scores[max(k - _MOST, 0) : k, max(m - _MOST, 0) : m]
            scores[k, m] = pair[k, m] + np.logaddexp.reduce(model.arrivals(k, m, before), axis=None)
    return scores


def _running(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate((np.zeros(1), np.cumsum(values)))


def _inner(pauses: NDArray[np.float64]) -> NDArray[np.float64]:
    return math.log(_INNER_PAUSES_PER_LETTER) + _exponential(pauses, _INNER_PAUSE_SECONDS)


def _exponential(values: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    return -math.log(mean) - values / mean
