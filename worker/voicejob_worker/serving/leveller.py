"""Brings speech to its loudness while it is still being spoken.

A file is mastered as a whole (``audio.master``); a stream cannot wait for its end. The gain is
found on the first second or more of speech and kept, so that the voice does not swell and fade;
the limiter goes on all along, so that no peak of what follows is clipped.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from scipy.signal import butter, sosfilt  # type: ignore[import-untyped]

from voicejob_worker.audio.limiter import RELEASE_DB_PER_SECOND as RELEASE
from voicejob_worker.audio.limiter import Limiter
from voicejob_worker.audio.loudness import LoudnessMeter, amplitude
from voicejob_worker.audio.master import CLOSE_ENOUGH, HIGH_PASS_HZ, LIKELY_SLOPE
from voicejob_worker.audio.pcm import Window, to_float
from voicejob_worker.audio.samples import Pcm, Samples

HEARD_SECONDS: Final = 1.0
"""Speech from which the gain is found, at least: a sentence has it, and no listener waits longer
for one that is shorter."""
_MAX_GAIN_DB: Final = 40.0
"""The quietest voice we have met has -45 dB; what needs more is no voice."""
_PASSES: Final = 4


class Leveller:
    """Takes speech piece by piece, and gives it back levelled, resampled and limited.

    What comes out lags behind what went in by a few milliseconds; ``finish`` gives the rest.
    """

    def __init__(
        self, rate: int, target_rate: int, target_lufs: float, ceiling_dbtp: float
    ) -> None:
        """Make one for a stream.

        Args:
            rate: Samples per second of what comes in.
            target_rate: Samples per second of what goes out.
            target_lufs: Loudness to reach, by what is heard at first.
            ceiling_dbtp: Highest true peak.
        """
        self._rate = target_rate
        self._ratio = target_rate / rate
        self._target = target_lufs
        self._ceiling = amplitude(ceiling_dbtp)
        self._sections = butter(2, HIGH_PASS_HZ, "highpass", fs=rate, output="sos")
        self._state = np.zeros((len(self._sections), 2))
        self._resampler = None
        if rate != target_rate:
            self._resampler = soxr.ResampleStream(rate, target_rate, 1, "float32", quality="HQ")
        self._taken = self._given = 0
        self._waiting: list[Samples] = []
        self._limiting: _StreamLimiting | None = None

    def push(self, samples: Pcm) -> Samples:
        """Take the next samples, shape (n,); give what is finished, shape (m,)."""
        if not samples.size:
            return np.zeros(0, np.float32)
        self._taken += samples.size
        filtered, self._state = sosfilt(
            self._sections, to_float(samples).astype(np.float64), zi=self._state
        )
        return self._advance(self._resampled(filtered.astype(np.float32), last=False), last=False)

    def finish(self) -> Samples:
        """What is still on its way, shape (m,). Nothing is taken afterwards."""
        rest = self._resampled(np.zeros(0, np.float32), last=True)
        return self._advance(rest, last=True)

    def _resampled(self, samples: Samples, last: bool) -> Samples:
        """Resample to the very length that was taken; the resampler is a few samples off."""
        if self._resampler is None:
            given = samples
        else:
            given = self._resampler.resample_chunk(samples, last=last)
            due = round(self._taken * self._ratio) - self._given
            given = np.pad(given, (0, max(due - given.size, 0)))[:due] if last else given[:due]
        self._given += given.size
        return given

    def _advance(self, samples: Samples, last: bool) -> Samples:
        if self._limiting is None:
            self._waiting.append(samples)
            heard = np.concatenate(self._waiting)
            if not last and heard.size < HEARD_SECONDS * self._rate:
                return heard[:0]
            gain = find_gain(heard, self._rate, self._target, self._ceiling)
            if gain is None and not last:
                return heard[:0]
            self._limiting = _StreamLimiting(self._rate, amplitude(gain or 0.0), self._ceiling)
            self._waiting, samples = [], heard
        limited = self._limiting.push(samples)
        return np.concatenate((limited, self._limiting.finish())) if last else limited


def find_gain(samples: Samples, rate: int, target_lufs: float, ceiling: float) -> float | None:
    """Gain in dB with which limited ``samples``, shape (n,), have a loudness; None for silence.

    The limiter takes loudness away, so the gain is raised until the target is met, or until a few
    rounds have shown that it is out of reach.
    """
    loudness = _loudness(samples, rate)
    if loudness is None:
        return None
    gain = min(target_lufs - loudness, _MAX_GAIN_DB)
    for _ in range(_PASSES):
        reached = _loudness(_limited(samples, rate, gain, ceiling), rate)
        if reached is None or abs(target_lufs - reached) <= CLOSE_ENOUGH:
            break
        gain = min(gain + (target_lufs - reached) / LIKELY_SLOPE, _MAX_GAIN_DB)
    return gain


def _loudness(samples: Samples, rate: int) -> float | None:
    meter = LoudnessMeter(rate)
    meter.add(samples)
    gated = meter.loudness()
    return meter.ungated_loudness() if gated is None else gated


def _limited(samples: Samples, rate: int, gain: float, ceiling: float) -> Samples:
    limiting = _StreamLimiting(rate, amplitude(gain), ceiling)
    return np.concatenate((limiting.push(samples), limiting.finish()))


class _StreamLimiting:
    """Feeds the limiter with windows of a stream."""

    def __init__(self, rate: int, gain: float, ceiling: float) -> None:
        self._limiter = Limiter(rate, ceiling, RELEASE)
        self._gain = gain
        self._margin = self._limiter.margin
        self._around = np.zeros(self._margin, np.float32)

    def push(self, samples: Samples) -> Samples:
        """Take samples, and give those whose surroundings are known."""
        self._around = np.concatenate((self._around, samples))
        own = self._around.size - 2 * self._margin
        if own <= 0:
            return samples[:0]
        limited = self._limiter.limit(Window(self._around, self._margin, 0.0), self._gain)
        self._around = self._around[own:].copy()
        return limited

    def finish(self) -> Samples:
        """The rest, as if silence followed."""
        return self.push(np.zeros(self._margin, np.float32))
