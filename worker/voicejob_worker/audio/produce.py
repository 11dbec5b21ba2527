"""From joined audio to the finished file: mastered, encoded, and checked as a listener hears it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voicejob_api.audio import Audio
from voicejob_worker.audio.encode import LOSSY, Encoded, decoded_blocks, encode, output_rate
from voicejob_worker.audio.loudness import Measured, amplitude, measure_blocks
from voicejob_worker.audio.master import CEILING_DBTP, level, prepare
from voicejob_worker.audio.pcm import FLOAT32, block_frames, read_blocks

PROMISED_DBTP: Final = -1.0
"""The true peak that no finished file exceeds."""
_SAFETY_DB: Final = 0.15
LOSSY_CEILING_DBTP: Final = -2.0
"""Where mastering for a lossy codec starts: it raises the peaks of limited speech by 0.3 to 0.9 dB,
and another round costs more than the loudness of its peaks is worth."""


@dataclass(frozen=True)
class Produced:
    """The finished file, and what was measured on it: on the decoded audio where it is lossy."""

    encoded: Encoded
    measured: Measured


def produce(  # noqa: PLR0917
    source: Path,
    sample_rate: int,
    destination: Path,
    audio: Audio,
    scratch: Path,
    on_progress: Callable[[float], None] | None = None,
) -> Produced:
    """Master and encode joined audio.

    A lossy codec changes the peaks. Where the decoded file is over -1 dBTP, mastering is repeated
    with a lower ceiling, and if that is not enough, the whole is made as much quieter as is needed.

    Args:
        source: raw 16-bit mono samples, as ``Joiner`` writes them.
        sample_rate: their rate.
        destination: the file to write.
        audio: what was asked for.
        scratch: an existing folder for intermediate files, twice the size of a float32 file.
        on_progress: is told the share done, from 0 to 1.
    """
    tell = on_progress or (lambda share: None)
    rate = output_rate(audio, sample_rate)
    prepared, mastered = scratch / "prepared.f32", scratch / "mastered.f32"
    try:
        loudness = prepare(source, sample_rate, prepared, rate, lambda share: tell(share * 0.3))
        production = _Production(prepared, mastered, destination, rate, loudness, audio)
        produced = production.run(tell)
    finally:
        prepared.unlink(missing_ok=True)
        mastered.unlink(missing_ok=True)
    tell(1.0)
    return produced


@dataclass(frozen=True)
class _Production:
    prepared: Path
    mastered: Path
    destination: Path
    rate: int
    loudness: float | None
    audio: Audio

    def run(self, tell: Callable[[float], None]) -> Produced:
        """Level and encode; again, lower, where the codec has raised the peaks."""
        ceiling = LOSSY_CEILING_DBTP if self.audio.format in LOSSY else CEILING_DBTP
        produced = self._leveled(ceiling, lambda share: tell(0.3 + share * 0.4))
        if (excess := _excess(produced)) > 0:
            ceiling -= excess + _SAFETY_DB
            produced = self._leveled(ceiling, lambda share: tell(0.8 + share * 0.1))
        if (excess := _excess(produced)) > 0:
            _attenuate(self.mastered, self.rate, excess + _SAFETY_DB)
            produced = self._encoded(produced.measured)
        return produced

    def _leveled(self, ceiling_dbtp: float, on_progress: Callable[[float], None]) -> Produced:
        measured = level(
            self.prepared,
            self.mastered,
            self.rate,
            self.loudness,
            target_lufs=self.audio.loudness_lufs,
            ceiling_dbtp=ceiling_dbtp,
            on_progress=on_progress,
        )
        return self._encoded(measured)

    def _encoded(self, mastered: Measured) -> Produced:
        encoded = encode(self.mastered, self.rate, self.destination, self.audio.format)
        if self.audio.format not in LOSSY:
            return Produced(encoded, mastered)
        return Produced(encoded, measure_blocks(decoded_blocks(self.destination), self.rate))


def _excess(produced: Produced) -> float:
    """Decibels over the promised true peak."""
    peak = produced.measured.true_peak_dbtp
    return 0.0 if peak is None else max(peak - PROMISED_DBTP, 0.0)


def _attenuate(path: Path, rate: int, decibel: float) -> None:
    """Make a raw float32 file quieter, in place."""
    factor = np.float32(amplitude(-decibel))
    with path.open("r+b") as file:
        for block in read_blocks(path, FLOAT32, block_frames(rate)):
            file.write((block * factor).tobytes())
