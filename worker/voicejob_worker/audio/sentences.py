"""Where the sentences of a chunk lie in its audio, going by its pauses and their lengths.

An engine tells no times. Pauses are where the level falls; which of them ends which sentence is
found as the cut of a recording is (``align``): what takes long to read takes long to say. Where no
pause fits, a sentence ends at its share of the letters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.align import Border, SpeechSpan, align
from voicejob_worker.audio.levels import Levels, frame_length, frame_levels
from voicejob_worker.audio.pcm import to_float
from voicejob_worker.text.phrases import Phrase, letters, phrases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voicejob_worker.audio.samples import Pcm

Mask = NDArray[np.bool_]

_FRAME_SECONDS: Final = 0.01
_MIN_PAUSE_SECONDS: Final = 0.06
"""The closure of a plosive is as long; the alignment tells the two by what lies between."""
_MIN_SPEECH_SECONDS: Final = 0.02
"""A click in a pause."""
_BELOW_LOUD: Final = 10 ** (-40 / 20)
_OVER_FLOOR: Final = 2.0
_NEAREST: Final = 10 ** (-12 / 20)
"""A pause lies this far under the loud parts: 40 dB, or as much as the noise in it allows, and 12
at the least."""
_LIKELY: Final = 0.5
"""Least probability that a sentence ends in a pause: with half and more no two can cross."""
_SURE: Final = 0.6
"""Least probability of a pause that is lengthened: a cue may be off, silence within a sentence may
not. With gaps of 0.08 s between Piper's sentences, 3 of 259 pauses are elsewhere at 0.5 and none of
238 at 0.6; with gaps of 0.16 s, none at either, and 268 and 257 of 268 are found."""


@dataclass(frozen=True)
class Pause:
    """A pause in which a sentence ends, in seconds from the chunk's start."""

    start: float
    end: float
    probability: float
    """How likely it is that pause, and no other or none."""

    @property
    def is_sure(self) -> bool:
        """Whether silence may be put into it."""
        return self.probability >= _SURE


def find_pauses(samples: Pcm, sample_rate: int, sentences: Sequence[str]) -> dict[int, Pause]:
    """The pauses in which sentences end, those that are likely right.

    Args:
        samples: The chunk's audio, shape (n,), without silence at its edges.
        sample_rate: Samples per second.
        sentences: At least one, all of which are spoken in it.

    Returns:
        Each by the number of sentences before it, in order.
    """
    if len(sentences) == 1 or not samples.size:
        return {}
    speech = speech_between_pauses(samples, sample_rate)
    parts = [phrases_of(sentence) for sentence in sentences]
    counts = list(accumulate(map(len, parts)))[:-1]
    borders = align([phrase for part in parts for phrase in part], speech)
    found: dict[int, Pause] = {}
    for number, count in enumerate(counts, start=1):
        here = [one for one in borders if one.phrase == count]
        best = max(here, key=_probability, default=None)
        if best is not None and best.probability > _LIKELY:
            around = speech[best.stretch - 1].end, speech[best.stretch].start
            found[number] = Pause(*around, best.probability)
    return found


def _probability(border: Border) -> float:
    return border.probability


def phrases_of(sentence: str) -> list[Phrase]:
    """The phrases of a sentence, of which the last ends it."""
    *inner, last = phrases(sentence) or (Phrase(sentence, 1.0, True),)
    return [*inner, replace(last, ends_sentence=True)]


def place_sentences(
    sentences: Sequence[str], pauses: Mapping[int, Pause], seconds: float
) -> tuple[SpeechSpan, ...]:
    """Start and end of each sentence, given pauses: by letters where one was not found.

    Args:
        sentences: All that are spoken in a chunk.
        pauses: Those of ``find_pauses``.
        seconds: Length of the chunk.
    """
    weights = [letters(sentence) for sentence in sentences]
    placed: list[SpeechSpan] = []
    first, start = 0, 0.0
    for after, pause in [*sorted(pauses.items()), (len(sentences), Pause(seconds, seconds, 1.0))]:
        placed += _shares(weights[first:after], start, pause.start)
        first, start = after, pause.end
    return tuple(placed)


def _shares(weights: Sequence[float], start: float, end: float) -> tuple[SpeechSpan, ...]:
    """Parts of the time from ``start`` to ``end``, in proportion to their weights."""
    total = sum(weights) or 1.0
    borders = [start + (end - start) * sum(weights[:n]) / total for n in range(len(weights))]
    return tuple(SpeechSpan(*pair) for pair in zip(borders, [*borders[1:], end], strict=True))


def speech_between_pauses(samples: Pcm, sample_rate: int) -> list[SpeechSpan]:
    """What sounds between pauses; the first begins and the last ends with the chunk."""
    frame = frame_length(sample_rate, _FRAME_SECONDS)
    levels = frame_levels(to_float(samples), frame)
    is_pause = _runs_of(levels < _pause_level(levels), _MIN_PAUSE_SECONDS)
    is_pause = ~_runs_of(~is_pause, _MIN_SPEECH_SECONDS)
    is_pause[[0, -1]] = False
    changes = np.flatnonzero(np.diff(is_pause)) + 1
    times = [0.0, *(changes * frame / sample_rate).tolist(), samples.size / sample_rate]
    return [SpeechSpan(*times[n : n + 2]) for n in range(0, len(times), 2)]


def _pause_level(levels: Levels) -> float:
    floor, loud = np.percentile(levels, (5, 95))
    return float(min(max(loud * _BELOW_LOUD, floor * _OVER_FLOOR), loud * _NEAREST))


def _runs_of(mask: Mask, seconds: float) -> Mask:
    """The mask without its runs of True that are shorter than so many seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    kept = np.zeros_like(mask)
    for start, end in edges.reshape(-1, 2):
        if (end - start) * _FRAME_SECONDS >= seconds - 1e-9:
            kept[start:end] = True
    return kept
