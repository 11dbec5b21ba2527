"""Brings speech to its loudness while it is still being spoken.

A file is mastered as a whole (``audio.master``); a stream cannot wait for its end. The gain is
found on the first second or more of speech and kept, so that the voice does not swell and fade, as
long as what follows is about as loud with it. What is not, chunk by chunk, is brought into
a band around the target: engines do not speak each sentence equally loud (a Piper voice raises
each to full scale), and the whole is then no further off than its chunks. The limiter goes on all
along, so that no peak of what follows is clipped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from scipy.signal import butter, sosfilt  # type: ignore[import-untyped]

from voicejob_worker.audio.limiter import MAX_RELEASE_DB_PER_SECOND as MAX_RELEASE
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
_PASSES: Final = 6
_HARD_TO_REACH: Final = 0.5
"""LU that the limiter took away, from which on it is let go faster: the target asks for it."""
BAND_LU: Final = 0.6
"""How far a chunk's loudness may be from the target before its gain is another one."""
_MAX_RAISE_DB: Final = 6.0
"""How far that gain may be over the first: a chunk that is quieter still is meant to be, or noise.
"""
_RAMP_SECONDS: Final = 0.01
"""From one gain to the next: within the silence and the fade that a chunk begins with."""


@dataclass(frozen=True)
class Setting:
    """What a chunk is levelled with."""

    gain: float
    """In dB, before the limiter."""
    release: float
    """How fast the limiter lets go, in dB per second."""


class Leveller:
    """Takes speech chunk by chunk, and gives it back levelled, resampled and limited.

    What comes out lags behind what went in by a few milliseconds; ``finish`` gives the rest.
    """

    def __init__(
        self, rate: int, target_rate: int, target_lufs: float, ceiling_dbtp: float
    ) -> None:
        """Make one for a stream.

        Args:
            rate: Samples per second of what comes in.
            target_rate: Samples per second of what goes out.
            target_lufs: Loudness to reach.
            ceiling_dbtp: Highest true peak.
        """
        self._rate = rate
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
        self._first: Setting | None = None
        """None until enough was heard."""
        self._setting = Setting(0.0, RELEASE)
        self._limiting = _StreamLimiting(target_rate, self._ceiling)

    def push(self, samples: Pcm) -> Samples:
        """Take the next chunk and its pause, shape (n,); give what is finished, shape (m,)."""
        if not samples.size:
            return np.zeros(0, np.float32)
        filtered, self._state = sosfilt(
            self._sections, to_float(samples).astype(np.float64), zi=self._state
        )
        return self._finished(self._levelled(filtered.astype(np.float32), last=False), last=False)

    def finish(self) -> Samples:
        """What is still on its way, shape (m,). Nothing is taken afterwards."""
        return self._finished(self._levelled(np.zeros(0, np.float32), last=True), last=True)

    def _levelled(self, samples: Samples, last: bool) -> Samples:
        """Give a chunk its gain; at first wait until there is enough to find one by."""
        if self._first is not None:
            return self._amplified(samples, self._next(samples, self._first))
        self._waiting.append(samples)
        heard = np.concatenate(self._waiting)
        if not last and heard.size < HEARD_SECONDS * self._rate:
            return heard[:0]
        found = find_setting(heard, self._rate, self._target, self._ceiling)
        if found is None and not last:
            return heard[:0]
        self._first = self._setting = found or self._setting
        self._waiting = []
        return self._amplified(heard, self._first)

    def _next(self, samples: Samples, first: Setting) -> Setting:
        """The setting so far, or the one that brings a chunk into the band around the target."""
        now = self._setting
        reached = _gated_loudness(_limited(samples, self._rate, now, self._ceiling), self._rate)
        if reached is None or abs(reached - self._target) <= BAND_LU:
            return now
        # Halfway into the band, where the next chunk is likely to be in it, too.
        within = self._target + math.copysign(BAND_LU / 2, reached - self._target)
        found = find_setting(samples, self._rate, within, self._ceiling) or now
        return replace(found, gain=min(found.gain, first.gain + _MAX_RAISE_DB))

    def _amplified(self, samples: Samples, setting: Setting) -> Samples:
        """Samples with a gain, to which it is led within the first moment of them."""
        before, self._setting = self._setting, setting
        self._limiting.release(setting.release)
        factors = np.full(samples.size, amplitude(setting.gain), np.float32)
        if before != setting:
            ramp = min(int(_RAMP_SECONDS * self._rate), samples.size)
            factors[:ramp] = np.linspace(amplitude(before.gain), factors[-1], ramp)
        return samples * factors

    def _finished(self, samples: Samples, last: bool) -> Samples:
        limited = self._limiting.push(self._resampled(samples, last))
        return np.concatenate((limited, self._limiting.finish())) if last else limited

    def _resampled(self, samples: Samples, last: bool) -> Samples:
        """Resample to the very length that was taken; the resampler is a few samples off."""
        self._taken += samples.size
        if self._resampler is None:
            given = samples
        else:
            given = self._resampler.resample_chunk(samples, last=last)
            due = round(self._taken * self._ratio) - self._given
            given = np.pad(given, (0, max(due - given.size, 0)))[:due] if last else given[:due]
        self._given += given.size
        return given


def find_setting(samples: Samples, rate: int, target_lufs: float, ceiling: float) -> Setting | None:
    """With what ``samples``, shape (n,), have a loudness once they are limited; None for silence.

    The limiter takes loudness away, so the gain is raised until the target is met, and the limiter
    let go faster where it takes much, or until a few rounds have shown that it is out of reach.
    """
    loudness = _loudness(samples, rate)
    if loudness is None:
        return None
    setting = Setting(min(target_lufs - loudness, _MAX_GAIN_DB), RELEASE)
    for _ in range(_PASSES):
        reached = _loudness(_limited(samples, rate, setting, ceiling), rate)
        if reached is None or abs(target_lufs - reached) <= CLOSE_ENOUGH:
            break
        lacking = target_lufs - reached
        gain = min(setting.gain + lacking / LIKELY_SLOPE, _MAX_GAIN_DB)
        faster = setting.release * 4 if lacking > _HARD_TO_REACH else setting.release
        setting = Setting(gain, min(faster, MAX_RELEASE))
    return setting


def _loudness(samples: Samples, rate: int) -> float | None:
    meter = LoudnessMeter(rate)
    meter.add(samples)
    gated = meter.loudness()
    return meter.ungated_loudness() if gated is None else gated


def _gated_loudness(samples: Samples, rate: int) -> float | None:
    """Loudness in LUFS; None for what is too short to have one."""
    meter = LoudnessMeter(rate)
    meter.add(samples)
    return meter.loudness()


def _limited(samples: Samples, rate: int, setting: Setting, ceiling: float) -> Samples:
    """What is heard of them; peaks between the samples, a tenth of a LU, are not looked for."""
    limiting = _StreamLimiting(rate, ceiling, between=False)
    limiting.release(setting.release)
    return np.concatenate((limiting.push(samples * amplitude(setting.gain)), limiting.finish()))


class _StreamLimiting:
    """Feeds the limiter with windows of a stream."""

    def __init__(self, rate: int, ceiling: float, *, between: bool = True) -> None:
        self._limiter = Limiter(rate, ceiling, RELEASE, between=between)
        self._margin = self._limiter.margin
        self._around = np.zeros(self._margin, np.float32)

    def release(self, db_per_second: float) -> None:
        """Let go so fast from now on."""
        self._limiter.release(db_per_second)

    def push(self, samples: Samples) -> Samples:
        """Take samples, and give those whose surroundings are known."""
        self._around = np.concatenate((self._around, samples.astype(np.float32, copy=False)))
        own = self._around.size - 2 * self._margin
        if own <= 0:
            return self._around[:0]
        limited = self._limiter.limit(Window(self._around, self._margin, 0.0), 1.0)
        self._around = self._around[own:].copy()
        return limited

    def finish(self) -> Samples:
        """The rest, as if silence followed."""
        return self.push(np.zeros(self._margin, np.float32))
