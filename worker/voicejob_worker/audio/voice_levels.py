"""Several voices in one recording, brought to one level.

Each engine and each recording has a level of its own; mastering knows one level for all. So each
voice is measured by itself over all that it says (ITU-R BS.1770, gated), and those that are louder
are lowered to the quietest, before all of it is mastered. What was asked to be louder or softer
stays so: it is measured as if it had not been asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from voicejob_worker.audio.loudness import amplitude, measure_blocks
from voicejob_worker.audio.pcm import PCM16, block_frames, to_float

MIN_VOLUME: Final = -30.0
"""Decibels. What was asked to be softer than that has too few bits left to be measured by."""
MAX_LOWERED_DB: Final = 15.0
"""A voice that is further under the loudest is noise or silence, and no measure for the others."""


@dataclass(frozen=True)
class Turn:
    """Part of the joined audio that one voice says, with the pauses in and after it."""

    voice: str
    start: int
    """First of its samples."""
    end: int
    """The first sample after it."""
    volume: float = 0.0
    """Decibels above the voice's own level that were asked for, and are in its samples."""


def level_voices(path: Path, sample_rate: int, turns: Sequence[Turn]) -> dict[str, float]:
    """Lower the louder voices in a raw 16-bit file, in place.

    Args:
        path: The joined audio.
        sample_rate: Its rate.
        turns: Who says what, in order, without a gap.

    Returns:
        By how many decibels each voice was changed; nothing where there is one voice only.
    """
    voices = list(dict.fromkeys(turn.voice for turn in turns))
    if len(voices) < 2:
        return {}
    measured = {
        voice: measure_blocks(_blocks(path, sample_rate, turns, voice), sample_rate).loudness_lufs
        for voice in voices
    }
    known = {voice: loudness for voice, loudness in measured.items() if loudness is not None}
    if not known:
        return {}
    loudest = max(known.values())
    target = min(value for value in known.values() if value >= loudest - MAX_LOWERED_DB)
    gains = {voice: min(target - loudness, 0.0) for voice, loudness in known.items()}
    with path.open("r+b") as file:
        for turn in turns:
            if gain := gains.get(turn.voice):
                _amplify(file, turn, amplitude(gain), block_frames(sample_rate))
    return gains


def _amplify(file: BinaryIO, turn: Turn, factor: float, most: int) -> None:
    """Multiply a turn's samples, ``most`` at once: a narrator's turn may take hours."""
    for start in range(turn.start, turn.end, most):
        file.seek(start * PCM16.itemsize)
        samples = np.fromfile(file, PCM16, min(most, turn.end - start))
        file.seek(start * PCM16.itemsize)
        file.write(np.rint(samples * factor).astype(PCM16).tobytes())


def _blocks(
    path: Path, sample_rate: int, turns: Sequence[Turn], voice: str
) -> Iterator[NDArray[np.float32]]:
    """All that a voice says, one after the other, at its own level."""
    with path.open("rb") as file:
        for turn in turns:
            if turn.voice != voice or turn.volume < MIN_VOLUME:
                continue
            file.seek(turn.start * PCM16.itemsize)
            left = turn.end - turn.start
            while left > 0:
                block = np.fromfile(file, PCM16, min(left, block_frames(sample_rate)))
                if not block.size:
                    break
                left -= block.size
                yield to_float(block) * np.float32(amplitude(-turn.volume))
