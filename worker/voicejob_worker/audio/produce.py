"""From joined audio to the finished file: mastered, encoded, and checked as a listener hears it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicejob_api.audio import Audio
from voicejob_worker.audio.encode import LOSSY, EncodedAudio, decoded_blocks, encode, output_rate
from voicejob_worker.audio.labels import UNLABELLED, Labels
from voicejob_worker.audio.loudness import LoudnessMeasurement, amplitude, measure_blocks
from voicejob_worker.audio.master import CEILING_DBTP, OnProgress, level, prepare
from voicejob_worker.audio.pcm import FLOAT32, block_frames, read_blocks

PROMISED_DBTP: Final = -1.0
"""The true peak that no finished file exceeds."""
_SAFETY_DB: Final = 0.15
_PREPARING: Final = (0.0, 0.3)
_ROUNDS: Final = ((0.3, 0.9), (0.9, 0.95), (0.95, 0.98))
_LAST_ROUND: Final = (0.98, 1.0)
"""Shares of the whole. Mostly there is one round; another shows as a slower end."""

LOSSY_CEILING_DBTP: Final = -2.0
"""First ceiling of mastering for a lossy codec, which raises limited peaks by 0.3 to 0.9 dB,
and another round costs more than the loudness of its peaks is worth."""


@dataclass(frozen=True)
class FinishedAudio:
    """The finished file, and what was measured on it: on the decoded audio where it is lossy."""

    encoded: EncodedAudio
    measured: LoudnessMeasurement


def produce(
    source: Path,
    sample_rate: int,
    destination: Path,
    audio: Audio,
    scratch: Path,
    *,
    on_progress: OnProgress | None = None,
    labels: Labels = UNLABELLED,
) -> FinishedAudio:
    """Master and encode joined audio.

    A lossy codec changes the peaks. Where the decoded file is over -1 dBTP, mastering is repeated
    with a lower ceiling, twice at most, and if that is not enough, the whole is made as much
    quieter as is needed.

    Args:
        source: Raw 16-bit mono samples, as ``Joiner`` writes them.
        sample_rate: Their rate.
        destination: The file to write.
        audio: ``spec.audio``.
        scratch: An existing folder for intermediate files, twice the size of a float32 file.
        on_progress: Called with the share done, from 0 to 1.
        labels: Tags, cover and chapters.
    """
    tell = on_progress or (lambda _: None)
    rate = output_rate(audio, sample_rate)
    prepared, mastered = scratch / "prepared.f32", scratch / "mastered.f32"
    try:
        loudness = prepare(source, sample_rate, prepared, rate, _within(tell, *_PREPARING))
        production = _Production(prepared, mastered, destination, rate, loudness, audio, labels)
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
    labels: Labels

    def run(self, tell: OnProgress) -> FinishedAudio:
        """Level and encode; again, lower, where the codec has raised the peaks."""
        ceiling = LOSSY_CEILING_DBTP if self.audio.format in LOSSY else CEILING_DBTP
        for share in _ROUNDS:
            produced = self._leveled(ceiling, _within(tell, *share))
            if (excess := _excess(produced)) <= 0:
                return produced
            ceiling -= excess + _SAFETY_DB
        tell_last = _within(tell, *_LAST_ROUND)
        _attenuate(self.mastered, self.rate, excess + _SAFETY_DB, tell_last)
        return self._encoded(produced.measured, tell_last)

    def _leveled(self, ceiling_dbtp: float, tell: OnProgress) -> FinishedAudio:
        measured = level(
            self.prepared,
            self.mastered,
            self.rate,
            self.loudness,
            target_lufs=self.audio.loudness_lufs,
            ceiling_dbtp=ceiling_dbtp,
            on_progress=_within(tell, 0.0, 0.4 if self.audio.format in LOSSY else 0.8),
        )
        return self._encoded(measured, tell)

    def _encoded(self, mastered: LoudnessMeasurement, tell: OnProgress) -> FinishedAudio:
        """Encode, in what is left of the round; a lossy file is measured as it is heard."""
        lossy = self.audio.format in LOSSY
        encoded = encode(
            self.mastered,
            self.rate,
            self.destination,
            self.audio.format,
            _within(tell, *((0.4, 0.8) if lossy else (0.8, 1.0))),
            labels=self.labels,
        )
        if not lossy:
            return FinishedAudio(encoded, mastered)
        decoded = decoded_blocks(self.destination, self.audio.format)
        heard = _told(decoded, encoded.frames, _within(tell, 0.8, 1.0))
        return FinishedAudio(encoded, measure_blocks(heard, self.rate))


def _excess(produced: FinishedAudio) -> float:
    """Decibels over the promised true peak."""
    peak = produced.measured.true_peak_dbtp
    return 0.0 if peak is None else max(peak - PROMISED_DBTP, 0.0)


def _attenuate(path: Path, rate: int, decibel: float, tell: OnProgress) -> None:
    """Make a raw float32 file quieter, in place."""
    factor = np.float32(amplitude(-decibel))
    with path.open("r+b") as file:
        for block in read_blocks(path, FLOAT32, block_frames(rate)):
            file.write((block * factor).tobytes())
            tell(0.0)


def _within(tell: OnProgress, start: float, end: float) -> OnProgress:
    """Tells a part's share as the part of the whole that it is."""
    return lambda share: tell(start + (end - start) * share)


def _told(
    blocks: Iterator[NDArray[np.float32]], frames: int, tell: OnProgress
) -> Iterator[NDArray[np.float32]]:
    """The blocks as they are, telling how many of the samples have gone by."""
    done = 0
    for block in blocks:
        done += block.size
        tell(min(done / frames, 1.0))
        yield block
