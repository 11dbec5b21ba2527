"""Where the words of a text lie in its sound, by how each kind of letter sounds.

A vowel is loud, an s hisses, before a t there is next to nothing: with the usual lengths of letters
that tells words apart well enough for subtitles, in any language of Latin letters; others have
their usual length alone. It is a hidden Markov model of a few states for each letter and an
optional pause between words, solved by the Viterbi algorithm (Rabiner 1989, "A Tutorial on Hidden
Markov Models"). Its figures are Piper's (en_US-joe-medium), from 23 chunks of prose.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.pcm import to_float
from voicejob_worker.text.phrases import letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicejob_worker.audio.samples import Pcm

Floats = NDArray[np.float64]

HOP_SECONDS: Final = 0.01
"""Length of a frame."""
_WINDOW_SECONDS: Final = 0.025
_LOW_HZ, _HIGH_HZ = 1000.0, 2500.0
_FLOOR_DB: Final = -60.0
_SPOKEN_DB: Final = -35.0
"""Frames over it are counted for the pace."""

_VOWEL, _SONORANT, _VOICED, _STOP, _HISS, _OTHER, _PAUSE = range(7)
_KINDS: Final = {
    **dict.fromkeys("aeiou", _VOWEL),
    **dict.fromkeys("lmnrwyj", _SONORANT),
    **dict.fromkeys("bdgv", _VOICED),
    **dict.fromkeys("pktqc", _STOP),
    **dict.fromkeys("sfzxh", _HISS),
}
_SOUNDS: Final[Floats] = np.array(
    [
        (-6.0, 5.0, -23.5, 7.0),
        (-13.5, 6.0, -33.0, 9.0),
        (-23.5, 8.0, -25.5, 10.0),
        (-33.0, 15.0, -7.5, 13.0),
        (-20.5, 9.5, 9.5, 14.5),
        (-14.0, 12.0, -16.0, 15.0),
        (-55.0, 9.0, -3.0, 7.0),
    ]
)
"""By kind, in dB: mean and spread of the level, beside the loud parts, and of the tilt: how much
louder it is above 2.5 kHz than below 1 kHz."""
_TRUST: Final = 0.4
"""Frames overlap and are alike: they tell less than as many that do not."""
_FASTEST: Final = 0.85
"""Least length of a letter beside the mean: as many states it has, each of a frame or more."""
_SPELLED: Final = re.compile(r"[A-Z]{2,5}s?")
_SPELLED_LENGTH: Final = 3.0
"""Length of a letter that is said by its name: FBI. What is longer is shouted."""
_DOUBLED: Final = 0.3
"""Length that a doubled letter adds to the first."""
_SKIP: Final = math.log(0.08)
"""Of a letter that is not heard; the first and the last of a word always are."""
_PAUSE_STATES: Final = 4
_PAUSE_STAY: Final = 0.95
_PAUSE_AT_EDGE: Final = 0.5
_PAUSE_AT_SIGN: Final = 0.7
_PAUSE_ELSEWHERE: Final = 0.01
_MAX_CELLS: Final = 40_000_000
"""States times frames: 40 MB, and two seconds of work."""


def letter_sounds(samples: Pcm, sample_rate: int) -> Floats:
    """Level and tilt of each frame in dB, shape ``(frames, 2)``, from samples of shape (n,)."""
    hop, size = round(HOP_SECONDS * sample_rate), round(_WINDOW_SECONDS * sample_rate)
    padded = np.pad(to_float(samples), ((size - hop) // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: samples.size : hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32))) ** 2
    hertz = np.fft.rfftfreq(size, 1 / sample_rate)
    total = power.sum(1)
    loud = float(np.percentile(total, 95)) or 1.0
    quiet = loud * 10 ** (_FLOOR_DB / 10)
    low, high = power[:, hertz < _LOW_HZ].sum(1), power[:, hertz > _HIGH_HZ].sum(1)
    level = 10 * np.log10(np.maximum(total, quiet) / loud)
    return np.stack((level, 10 * np.log10((high + quiet) / (low + quiet))), axis=1)


def usual_length(word: str) -> float:
    """How long a word takes to say, in letters."""
    return sum(length for _, length in _letters(word))


def align_words(sounds: Floats, words: Sequence[str]) -> list[tuple[float, float]] | None:
    """Start and end of each word in seconds from the first frame.

    Args:
        sounds: What ``letter_sounds`` makes of the part in which they are said.
        words: All that are said in it, with their signs.

    Returns:
        None where there are fewer frames than it takes to say them, or too many to work through.
    """
    if not words:
        return []
    spoken = max(int(np.sum(sounds[:, 0] > _SPOKEN_DB)), 1)
    pace = spoken / sum(map(usual_length, words))
    states = _states(words, pace)
    if len(states.kinds) * len(sounds) > _MAX_CELLS:
        return None
    path = _likeliest(states, sounds)
    if path is None:
        return None
    owners = np.array(states.words)[path]
    frames = [np.flatnonzero(owners == number) for number in range(len(words))]
    return [(float(f[0]) * HOP_SECONDS, float(f[-1] + 1) * HOP_SECONDS) for f in frames]


@dataclass
class _States:
    """The model's states in the text's order."""

    kinds: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    """Number of the word; -1 in a pause."""
    stays: list[float] = field(default_factory=list)
    """Probability that the next frame is of the same state."""
    entries: list[float] = field(default_factory=list)
    """Logarithm of the probability of being entered from the state before it, which is left."""
    skips: list[tuple[int, int, float]] = field(default_factory=list)
    """From a state over others to one behind them, with the logarithm of its probability."""

    def add(self, kind: int, word: int, stay: float, count: int) -> int:
        """Add states of a letter or pause; returns the first."""
        first = len(self.kinds)
        self.kinds += [kind] * count
        self.words += [word] * count
        self.stays += [stay] * count
        self.entries += [0.0] * count
        return first

    def add_pause(self, probability: float) -> None:
        """Add a pause that there is with a probability."""
        first = self.add(_PAUSE, -1, _PAUSE_STAY, _PAUSE_STATES)
        self.entries[first] = math.log(probability)
        self.skips.append((first - 1, len(self.kinds), math.log(1 - probability)))


def _states(words: Sequence[str], pace: float) -> _States:
    """Letters, and a pause before, between and behind words; ``pace`` in frames per letter."""
    states = _States()
    states.add_pause(_PAUSE_AT_EDGE)
    for number, word in enumerate(words):
        firsts: list[int] = []
        for kind, length in _letters(word):
            frames = length * pace
            count = max(round(_FASTEST * frames), 1)
            stay = min(max(1 - count / frames, 0.05), 0.98)
            firsts.append(states.add(kind, number, stay, count))
        for place in range(1, len(firsts) - 1):
            states.skips.append((firsts[place] - 1, firsts[place + 1], _SKIP))
        at_sign = not word[-1].isalnum() or number == len(words) - 1
        states.add_pause(_PAUSE_AT_SIGN if at_sign else _PAUSE_ELSEWHERE)
    return states


@lru_cache(maxsize=8192)
def _letters(word: str) -> tuple[tuple[int, float], ...]:
    """Kind and length of each letter of a word, doubled ones as one; at least one."""
    bare = "".join(filter(str.isalnum, word))
    if _SPELLED.fullmatch(bare):
        return tuple((_OTHER, _SPELLED_LENGTH) for _ in bare)
    found: list[tuple[int, float]] = []
    before = ""
    for letter in unicodedata.normalize("NFKD", word.casefold()):
        if not letter.isalnum():
            continue
        kind = _KINDS.get(letter, _OTHER)
        if letter == before and kind != _OTHER:
            found[-1] = kind, found[-1][1] + _DOUBLED
        else:
            found.append((kind, letters(letter) or 1.0))
        before = letter
    return tuple(found) or ((_OTHER, 1.0),)


def _likeliest(states: _States, sounds: Floats) -> NDArray[np.int64] | None:
    """The state of each frame on the likeliest way through all; None if there is no way."""
    count, frames = len(states.kinds), len(sounds)
    stays = np.array(states.stays)
    leave = np.log1p(-stays)
    before = np.zeros((3, count), np.int64)
    costs = np.full((3, count), -np.inf)
    before[0], costs[0] = np.arange(count), np.log(stays)
    before[1, 1:], costs[1, 1:] = np.arange(count - 1), leave[:-1] + states.entries[1:]
    begins, ends = [(0, 0.0)], [(count - 1, 0.0)]
    for begin, to, cost in states.skips:
        if begin < 0:
            begins.append((to, cost))
        elif to == count:
            ends.append((begin, cost))
        else:
            before[2, to], costs[2, to] = begin, leave[begin] + cost
    heard = _by_kind(sounds)[:, states.kinds]
    score = np.full(count, -np.inf)
    for state, cost in begins:
        score[state] = cost + heard[0, state]
    ways = np.zeros((frames, count), np.uint8)
    every = np.arange(count)
    for frame in range(1, frames):
        options = score[before] + costs
        ways[frame] = options.argmax(0)
        score = options[ways[frame], every] + heard[frame]
    best, state = max((float(score[state]) + cost, state) for state, cost in ends)
    if not math.isfinite(best):
        return None
    path = np.empty(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state = int(before[ways[frame, state], state])
    return path


def _by_kind(sounds: Floats) -> Floats:
    """Logarithm of how likely each frame is of each kind, shape ``(frames, kinds)``."""
    level, spread, tilt, tilt_spread = _SOUNDS.T
    off = ((sounds[:, :1] - level) / spread) ** 2 + ((sounds[:, 1:] - tilt) / tilt_spread) ** 2
    likely: Floats = -_TRUST * (off / 2 + np.log(spread * tilt_spread))
    return likely
