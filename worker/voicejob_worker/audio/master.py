"""Mastering: the loudness that was asked for, under a true peak that no player clips.

Two steps. ``prepare`` removes what is below hearing and changes the sample rate, once. ``level``
applies the gain and the limiter; where the limiter takes loudness away, it is done again with more
gain, until the target is met or more gain helps no further.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt  # type: ignore[import-untyped]

from voicejob_worker.audio.limiter import (
    MAX_RELEASE_DB_PER_SECOND,
    RELEASE_DB_PER_SECOND,
    limited_blocks,
)
from voicejob_worker.audio.loudness import (
    LoudnessMeasurement,
    LoudnessMeter,
    amplitude,
    decibels,
)
from voicejob_worker.audio.pcm import FLOAT32, PCM16, block_frames, frame_count, read_blocks
from voicejob_worker.audio.true_peak import TruePeakMeter

CEILING_DBTP: Final = -1.2
"""Ceiling of the limiter: 0.2 dB under what is promised, for meters that interpolate otherwise."""
HIGH_PASS_HZ: Final = 20.0
"""No voice has anything under it; a constant offset goes with it."""

CLOSE_ENOUGH: Final = 0.25
_MAX_PASSES: Final = 6
_LITTLE_GAINED: Final = 0.1
"""LU per dB of further gain under which a signal has no more loudness to give."""
LIKELY_SLOPE: Final = 0.6
"""LU that a dB of gain brings where the limiter is at work: piper's speech at -16 LUFS."""
_MAX_STEP: Final = 6.0
_HARD_TO_REACH: Final = 1.0
"""LU that the limiter took away, from which on it is let go faster: the target asks for it."""

OnProgress = Callable[[float], None]


def prepare(
    source: Path,
    sample_rate: int,
    destination: Path,
    target_rate: int,
    on_progress: OnProgress,
) -> float | None:
    """High-pass and resample raw 16-bit samples into a raw float32 file.

    Returns:
        Its loudness in LUFS, under 0.4 s that of the whole as one block; None for silence.
    """
    meter = LoudnessMeter(target_rate)
    total = round(frame_count(source, PCM16) * target_rate / sample_rate)
    written = 0
    with destination.open("wb") as file:
        for block in _resampled(_high_passed(source, sample_rate), sample_rate, target_rate):
            fitting = block[: total - written]
            meter.add(fitting)
            file.write(fitting.astype(FLOAT32, copy=False).tobytes())
            written += fitting.size
            on_progress(written / max(total, 1))
        file.write(np.zeros(total - written, FLOAT32).tobytes())
    gated = meter.loudness()
    is_short = frame_count(source, PCM16) < 0.4 * sample_rate
    return meter.ungated_loudness() if is_short else gated


def level(
    prepared: Path,
    destination: Path,
    sample_rate: int,
    loudness: float | None,
    *,
    target_lufs: float,
    ceiling_dbtp: float,
    on_progress: OnProgress,
) -> LoudnessMeasurement:
    """Bring a prepared file to a loudness, given the loudness it has, under a ceiling."""
    limiting = _Limiting(prepared, destination, sample_rate, amplitude(ceiling_dbtp))
    if loudness is None:
        return limiting.run(0.0, RELEASE_DB_PER_SECOND, on_progress)
    gain, release, slope = target_lufs - loudness, RELEASE_DB_PER_SECOND, LIKELY_SLOPE
    measured = limiting.run(gain, release, _part(on_progress, 0))
    for number in range(1, _MAX_PASSES):
        before = measured.loudness_lufs
        if before is None or abs(target_lufs - before) <= CLOSE_ENOUGH or slope < _LITTLE_GAINED:
            break
        if target_lufs - before > _HARD_TO_REACH:
            release = min(release * 4, MAX_RELEASE_DB_PER_SECOND)
        step = _clamped((target_lufs - before) / max(slope, 0.25))
        gain += step
        measured = limiting.run(gain, release, _part(on_progress, number))
        slope = min(((measured.loudness_lufs or before) - before) / step, 1.0)
    return measured


@dataclass(frozen=True)
class _Limiting:
    prepared: Path
    destination: Path
    sample_rate: int
    ceiling: float

    def run(self, gain_db: float, release: float, on_progress: OnProgress) -> LoudnessMeasurement:
        """One pass of gain and limiter."""
        loudness, peak = LoudnessMeter(self.sample_rate), TruePeakMeter()
        with self.destination.open("wb") as file:
            for block, done in limited_blocks(
                self.prepared, self.sample_rate, amplitude(gain_db), self.ceiling, release
            ):
                loudness.add(block)
                peak.add(block)
                file.write(block.astype(FLOAT32, copy=False).tobytes())
                on_progress(done)
        return LoudnessMeasurement(loudness.loudness(), decibels(peak.peak()))


def _high_passed(source: Path, sample_rate: int) -> Iterator[NDArray[np.float32]]:
    sections = butter(2, HIGH_PASS_HZ, "highpass", fs=sample_rate, output="sos")
    state = np.zeros((len(sections), 2))
    for block in read_blocks(source, PCM16, block_frames(sample_rate)):
        passed, state = sosfilt(sections, block.astype(np.float64), zi=state)
        yield passed.astype(np.float32)


def _resampled(
    blocks: Iterator[NDArray[np.float32]], sample_rate: int, target_rate: int
) -> Iterator[NDArray[np.float32]]:
    if sample_rate == target_rate:
        yield from blocks
        return
    stream = soxr.ResampleStream(sample_rate, target_rate, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _part(on_progress: OnProgress, number: int) -> OnProgress:
    """Progress of the passes: the first is most of it, as it is mostly the only one."""
    start = 1 - math.pow(0.3, number)
    return lambda share: on_progress(start + (1 - start) * 0.7 * share)


def _clamped(step: float) -> float:
    return min(max(step, -_MAX_STEP), _MAX_STEP)
