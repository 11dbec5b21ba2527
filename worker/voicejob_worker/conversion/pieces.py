"""Cuts long sound where it is quiet, and joins what became of the pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.samples import Samples
from voicejob_worker.conversion.sound import SAMPLE_RATE

FRAME: Final = SAMPLE_RATE // 100
"""Samples of a frame of pitch: cuts lie between frames."""
_SEARCHED: Final = 3
"""A cut lies in this part of the longest, at its end: in 5 s of speech there is a pause."""
_QUIET_FRAMES: Final = 20


@dataclass(frozen=True)
class SoundSpan:
    """A stretch of sound at 16 kHz, in samples: whole frames but for the last one's end."""

    start: int
    end: int


def cut(sound: NDArray[np.float64], longest_seconds: int) -> Iterator[SoundSpan]:
    """Pieces of at most so many seconds, which together are all of ``sound``."""
    longest = longest_seconds * SAMPLE_RATE
    searched = longest // _SEARCHED // FRAME * FRAME
    start = 0
    while sound.size - start > longest:
        last = start + longest
        first = last - searched
        end = first + _quietest_frame(sound[first:last]) * FRAME
        yield SoundSpan(start, end)
        start = end
    yield SoundSpan(start, sound.size)


def _quietest_frame(sound: NDArray[np.float64]) -> int:
    """The frame in the middle of the quietest 0.2 s."""
    loudness = np.abs(sound).reshape(-1, FRAME).sum(axis=1)
    around = np.convolve(loudness, np.ones(_QUIET_FRAMES), mode="valid")
    return int(around.argmin()) + _QUIET_FRAMES // 2


def join(parts: list[Samples], overlap: int) -> Samples:
    """One after the other, each fading into the next over ``overlap`` samples.

    Args:
        parts: Each but the last has ``overlap`` samples more than its share, at its end.
        overlap: Samples in which two sound.
    """
    joined = list(parts)
    rising = 0.5 - 0.5 * np.cos(np.pi * (np.arange(overlap) + 0.5) / max(overlap, 1))
    for index in range(1, len(joined)):
        before, after = joined[index - 1], joined[index].copy()
        length = min(overlap, after.size)
        tail = before[before.size - overlap :][:length]
        after[:length] = (rising[:length] * after[:length] + (1 - rising[:length]) * tail).astype(
            np.float32
        )
        joined[index - 1], joined[index] = before[: before.size - overlap], after
    return np.concatenate(joined)
