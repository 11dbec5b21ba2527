"""What is measured on the audio of a chunk."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from voicejob_worker.quality.frames import (
    HOP_SECONDS,
    NO_LEVEL_DB,
    Frames,
    analyse,
    longest_seconds,
    runs,
)
from voicejob_worker.quality.tail import LONG_PAUSE_SECONDS, babble_seconds

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.quality.duration import ExpectedDuration

_FLAT_TOP: Final = 3
"""Samples in a row at the extreme, from which on a wave's top is flat."""
_TOP_WITHIN: Final = 1e-4
_SOUND_BELOW_DB: Final = 34.0
"""Down to this far below the loud frames a frame is sound, not pause."""
_PLAIN_BELOW_DB: Final = 30.0
"""Down to this far below them a sound is plain enough to be told a hiss, a tone or a voice."""
_UNVOICED: Final = 0.4
_VOICED: Final = 0.5
_VOICE_FRAMES: Final = 2
"""Frames in a row that make a voice: noise of a narrow band looks voiced for one."""
_STEADY: Final = 0.95
_FLOOR_PERCENTILE: Final = 5
_QUIET_PERCENTILE: Final = 15


@dataclass(frozen=True)
class Measures:
    """What was measured on a chunk; seconds are to 0.02."""

    loud_dbfs: float
    """Level of its loud parts; -140 if there is nothing."""
    clipped_share: float
    """Share of the samples that lie on flat tops, 0 to 1."""
    seconds: float
    """Seconds from the first sound to the last."""
    expected_seconds: float
    """What the text should take at the speed asked for, in this voice."""
    min_seconds: float
    """Seconds of the text if nothing is said for what no one can foresee in it."""
    max_seconds: float
    """Seconds of the text if much is said for what no one can foresee in it."""
    max_pause_seconds: float
    """Longest pause over 0.3 s, in seconds; 0.0 if there is none."""
    max_noise_seconds: float
    """Longest sound without pitch in a row, in seconds."""
    max_tone_seconds: float
    """Longest sound whose spectrum stands still, in seconds."""
    floor_db: float
    """Level of the quietest parts between the first sound and the last, beside the loud ones."""
    floor_voicing: float
    """Periodicity of those parts: a hiss has under 0.2, the quiet end of a word over 0.28."""
    babble_seconds: float
    """Speech after the place where the text must have ended."""
    voiceless_end_seconds: float
    """Seconds from the end of the last voiced sound to the last sound of any kind."""


def measure(samples: Samples, sample_rate: int, expected: ExpectedDuration) -> Measures:
    """Measure finite mono audio of shape ``(n,)``, at any level and with any constant offset."""
    frames = analyse(samples, sample_rate)
    plain = frames.above(_PLAIN_BELOW_DB)
    islands = _islands(frames)
    pauses = [after[0] - before[1] for before, after in pairwise(islands)]
    floor_db, floor_voicing = _floor(frames)
    return Measures(
        loud_dbfs=frames.loud,
        clipped_share=_clipped_share(samples),
        seconds=islands[-1][1] - islands[0][0] if islands else 0.0,
        expected_seconds=expected.seconds(),
        min_seconds=expected.min_seconds(),
        max_seconds=expected.max_seconds(),
        max_pause_seconds=max(pauses, default=0.0),
        max_noise_seconds=longest_seconds(plain & (frames.voicing < _UNVOICED)),
        max_tone_seconds=longest_seconds(plain & (frames.likeness > _STEADY)),
        floor_db=floor_db,
        floor_voicing=floor_voicing,
        babble_seconds=babble_seconds(islands, expected),
        voiceless_end_seconds=_voiceless_end_seconds(frames),
    )


def _islands(frames: Frames) -> list[tuple[float, float]]:
    """Start and end in seconds of what sounds between long pauses."""
    islands: list[tuple[float, float]] = []
    for first, after in runs(frames.above(_SOUND_BELOW_DB)):
        start, end = first * HOP_SECONDS, after * HOP_SECONDS
        if islands and start - islands[-1][1] < LONG_PAUSE_SECONDS:
            islands[-1] = (islands[-1][0], end)
        else:
            islands.append((start, end))
    return islands


def _clipped_share(samples: Samples) -> float:
    """Share of the samples in runs at the highest or lowest value, what is past 1 cut off."""
    if not samples.size:
        return 0.0
    clipped = 0
    for side in (np.minimum(samples, 1.0), np.minimum(-samples, 1.0)):
        at_top = np.flatnonzero(side >= side.max() * (1 - _TOP_WITHIN))
        if at_top.size >= _FLAT_TOP:
            starts = np.flatnonzero(np.diff(at_top, prepend=-2) > 1)
            lengths = np.diff(starts, append=at_top.size)
            clipped += int(lengths[lengths >= _FLAT_TOP].sum())
    return clipped / samples.size


def _floor(frames: Frames) -> tuple[float, float]:
    sound = np.flatnonzero(frames.above(_SOUND_BELOW_DB))
    if not sound.size:
        return NO_LEVEL_DB, 0.0
    span = slice(int(sound[0]), int(sound[-1]) + 1)
    level, voicing = frames.level[span], frames.voicing[span]
    floor, quiet = np.percentile(level, (_FLOOR_PERCENTILE, _QUIET_PERCENTILE))
    return float(floor) - frames.loud, float(np.median(voicing[level <= quiet]))


def _voiceless_end_seconds(frames: Frames) -> float:
    voice = frames.above(_PLAIN_BELOW_DB) & (frames.voicing > _VOICED)
    voiced = [after for first, after in runs(voice) if after - first >= _VOICE_FRAMES]
    sound = np.flatnonzero(frames.above(_SOUND_BELOW_DB))
    return max(int(sound[-1]) + 1 - voiced[-1], 0) * HOP_SECONDS if voiced else 0.0
