"""Estimates how long the rest of an attempt will take.

What is to be spoken, mastered and stored is each counted by the speed that was measured so far, and
by experience where none was.
"""

from __future__ import annotations

import time
from typing import Final

from voicejob_api.audio import AudioFormat
from voicejob_api.status import Stage

_MASTERING_BY_FORMAT: Final = {
    AudioFormat.WAV: 0.014,
    AudioFormat.FLAC: 0.014,
    AudioFormat.MP3: 0.028,
    AudioFormat.OPUS: 0.044,
    AudioFormat.AAC: 0.046,
    AudioFormat.M4B: 0.030,
}
"""Seconds by second of audio, before it was measured: twice what docs/measurements.md has, for pods
share their cores."""
_BYTES_BY_FORMAT: Final = {
    AudioFormat.WAV: 48_000,
    AudioFormat.FLAC: 26_000,
    AudioFormat.MP3: 12_000,
    AudioFormat.OPUS: 8_000,
    AudioFormat.AAC: 8_700,
    AudioFormat.M4B: 8_600,
}
"""Bytes by second of mono speech at 22 to 24 kHz."""
_USUAL_UPLOAD: Final = 10e6
"""Bytes per second, before any upload was measured."""
_ENOUGH_SHARE: Final = 0.05
"""Share of a stage from which on its own speed is believed."""


class Estimate:
    """Counts what was done in which time."""

    def __init__(self, audio_format: AudioFormat = AudioFormat.WAV, characters: int = 0) -> None:
        self._format = audio_format
        self._total = characters
        self._done = 0
        self._spoken = 0
        self._seconds = 0.0
        self._audio_seconds = 0.0
        self._upload_speed = _USUAL_UPLOAD
        self._stage = Stage.PREPARING
        self._share = 0.0
        self._entered = time.monotonic()

    def enter(self, stage: Stage) -> None:
        """Begin a stage."""
        self._stage, self._share, self._entered = stage, 0.0, time.monotonic()

    def reach(self, share: float) -> None:
        """The stage has come so far, from 0 to 1."""
        self._share = share

    def speak(self, characters: int, audio_seconds: float, spoken_in: float | None) -> None:
        """A chunk is done, in ``spoken_in`` seconds; None for one that was taken over."""
        self._done += characters
        self._audio_seconds += audio_seconds
        if spoken_in is not None:
            self._spoken += characters
            self._seconds += spoken_in

    def upload(self, size: int, seconds: float) -> None:
        """``size`` bytes went to the store in ``seconds``."""
        self._upload_speed = size / max(seconds, 1e-3)

    @property
    def percent(self) -> int:
        """Share of the text that is spoken."""
        return 100 * self._done // self._total if self._total else 0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end; None before there is anything to tell it by."""
        if self._stage is Stage.MASTERING:
            return self._left(self._mastering()) + self._uploading()
        if self._stage is Stage.UPLOADING:
            return self._left(self._uploading())
        speaking = self._speaking_left()
        return None if speaking is None else speaking + self._mastering() + self._uploading()

    def _speaking_left(self) -> float | None:
        """Seconds of speaking that are left; None if all was resumed, which tells no speed."""
        if not self._spoken:
            return None
        return (self._total - self._done) * self._seconds / self._spoken

    def _left(self, expected: float) -> float:
        """What is left of the stage: by its own speed once that is known, else as expected."""
        spent = time.monotonic() - self._entered
        if self._share >= _ENOUGH_SHARE:
            return spent * (1 - self._share) / self._share
        return max(expected * (1 - self._share), 0.0)

    def _mastering(self) -> float:
        return self._whole_audio() * _MASTERING_BY_FORMAT[self._format]

    def _uploading(self) -> float:
        return self._whole_audio() * _BYTES_BY_FORMAT[self._format] / self._upload_speed

    def _whole_audio(self) -> float:
        """Seconds of all the audio, by what is there of it."""
        return self._audio_seconds * self._total / self._done if self._done else 0.0
