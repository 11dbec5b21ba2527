"""From a file to mono samples at 24 kHz, at a bounded cost whatever the file is.

The file is decoded twice, block by block: once to look at it, once to mix and resample it. So no
more is ever held than the mono result, three minutes at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voicejob_worker.audio.pyav import INSTALL
from voicejob_worker.audio.samples import Samples
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference.content import HEAD_BYTES, MAX_BYTES, Content, content_of
from voicejob_worker.reference.headers import after_id3, whole_size
from voicejob_worker.reference.rate import SAMPLE_RATE
from voicejob_worker.reference.sound import Block, Sound, opened
from voicejob_worker.units import MIB

MAX_SECONDS: Final = 180.0
_RATES: Final = (8_000, 192_000)
_MAX_CHANNELS: Final = 8
_BLOCK_FRAMES: Final = 65_536
_FULL_SCALE: Final = 0.995
"""What decoders of lossy formats make of clipped samples lies around 1.0."""
_FLAT_TOP: Final = 3
_TOP_WITHIN: Final = 1e-3
"""Samples in a row within this share of a file's own top are a flat one: in five people's
recordings and ten of Piper's there are none, clipped by 4 dB they make 0.04 % and more."""
_FEW_VALUES: Final = 256
_STEPS_TO_TELL: Final = 64
"""A top of fewer steps is flat by rounding."""
_CANCELLED: Final = 0.3
"""A mix with less than this share of its loudest channel's power has lost it: channels of opposite
phase, or one with the voice and others without. Independent channels keep a half."""
_OGG_TAIL: Final = 2 * 65_536
"""Bytes in which the last page of an Ogg file begins: a page has 65,307 at most (RFC 3533)."""
_STREAMED: Final = 0x7FFF_0000
"""RIFF sizes from here on, and 0, are what programs write that cannot go back to fill them in."""

_CUT_OFF: Final = 0.97
_CUT_OFF_SECONDS: Final = 0.1
"""A file that holds less than this share of what its header counts, and a frame or two of a codec,
was cut off."""

FORMATS_TEXT: Final = "wav, flac, mp3, ogg (Vorbis) and opus"
_WANTED: Final = "give a recording of 3 to 12 s"
_CONVERT: Final = (
    f"{FORMATS_TEXT} can be read, and with PyAV m4a, webm, aac, aiff, caf, au, w64 and amr; "
    "convert it, for instance: ffmpeg -i INPUT -ac 1 OUTPUT.wav"
)


@dataclass(frozen=True)
class Recording:
    """A decoded file."""

    samples: Samples
    """Mono at ``SAMPLE_RATE``, mean removed, in -1 to 1 but for rounding; shape ``(n,)``."""
    seconds: float
    sample_rate: int
    """Samples per second of the file, before it was resampled."""
    clipped_share: float
    """Share of samples at full scale or on flat tops under it, 0 to 1."""
    step: float = 0.0
    """Between neighbouring values where the file has few, such as 1/128 for 8 bits; or 0."""
    is_dulled: bool = False
    """Whether its channels cancel each other's high frequencies, so that one alone was taken."""


@dataclass
class _Survey:
    """What the first pass finds: sums by channel, shape ``(channels,)``."""

    frames: int
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    mix_squares: float
    bright: NDArray[np.float64]
    """As ``squares``, of the second differences, where an octave up weighs 12 dB more: speech has
    most of them from 1 kHz on. Channels that differ by a delay keep 0.46 of them in the mix, those
    that are of opposite phase from 300 to 1,000 Hz on 0.24 at most."""
    bright_mix: float
    peak: float
    broken: int
    """Samples that are no number."""
    highest: NDArray[np.float32]
    """Highest value of each channel, shape ``(channels,)``."""
    lowest: NDArray[np.float32]
    values: NDArray[np.float32] | None
    """The values that occur, in order; None if there are more than 256."""

    @property
    def step(self) -> float:
        """Between neighbouring values, 0 if there are many."""
        if self.values is None or self.values.size < 2:
            return 0.0
        return float(np.diff(self.values).min())


def decode(path: Path, stop: Callable[[], None] = lambda: None) -> Recording:
    """Read the recording at ``path``, whatever its name says it is.

    Args:
        path: A regular file.
        stop: Called now and then; may raise to end the work.

    Raises:
        InvalidInputError: it is no recording, or damaged, too large or too long.
    """
    content = look(path)
    with opened(path, content, _CONVERT) as sound:
        _check_header(sound)
        survey = _survey(sound, stop)
        full_scale = max(survey.peak, 1.0) if sound.is_float else 1.0
        _check_survey(survey, sound, content)
    weights = _mixing_weights(survey) / np.float32(max(survey.peak, 1.0))
    with opened(path, content, _CONVERT) as sound:
        return _mix(sound, weights, _Clipping(survey, full_scale * _FULL_SCALE), stop)


def look(path: Path) -> Content:
    """Tell what a file is, from its size and its first bytes.

    Raises:
        InvalidInputError: it cannot be a recording, or no decoder for it is here.
    """
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise InvalidInputError("the voice reference is no regular file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(after_id3(file))
            behind_tags = file.read(HEAD_BYTES)
            file.seek(max(status.st_size - _OGG_TAIL, 0))
            tail = file.read(_OGG_TAIL)
    except OSError as error:
        raise InvalidInputError(f"cannot read the voice reference: {error.strerror}") from error
    if not head:
        raise InvalidInputError(f"the voice reference is an empty file: {_WANTED}")
    if status.st_size > MAX_BYTES:
        size, limit = status.st_size / MIB, MAX_BYTES // MIB
        raise InvalidInputError(
            f"the voice reference is a file of {size:.0f} MiB, at most {limit} MiB are read: "
            f"{_WANTED}"
        )
    content = content_of(head)
    if (tagged := content_of(behind_tags)).audio:
        content = tagged
    if not content.audio:
        raise InvalidInputError(
            f"the voice reference is no recording, it looks like {content.label}: {_WANTED} "
            f"({FORMATS_TEXT})"
        )
    if content.reader is None:
        raise InvalidInputError(f"the voice reference is {content.label}: {_CONVERT}")
    if not content.readable:
        raise InvalidInputError(
            f"the voice reference is {content.label}, and PyAV is not installed here: {INSTALL}, "
            f"or: {_CONVERT}"
        )
    if _misses_its_end(head, tail, status.st_size):
        raise InvalidInputError(
            f"the voice reference is {content.label} that was cut off, its end is missing: copy "
            "it again"
        )
    return content


def _misses_its_end(head: bytes, tail: bytes, size: int) -> bool:
    """Whether a file was cut off, of those kinds of which decoders would take what is left."""
    if head[:4] == b"RIFF":
        promised = int.from_bytes(head[4:8], "little")
        return 0 < promised < _STREAMED and size < promised * 0.99
    if (whole := whole_size(head)) is not None:
        return size < whole * 0.99
    page = tail[tail.rfind(b"OggS") :] if head[:4] == b"OggS" else b""
    if not page:
        return False
    return len(page) < 27 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])


def _check_header(sound: Sound) -> None:
    least, most = _RATES
    if not least <= sound.sample_rate <= most:
        raise InvalidInputError(
            f"the voice reference has {sound.sample_rate} samples per second, expected {least} to "
            f"{most}: record it at 24,000 or more"
        )
    if sound.channels > _MAX_CHANNELS:
        raise InvalidInputError(
            f"the voice reference has {sound.channels} channels, at most {_MAX_CHANNELS} are "
            "mixed: keep the one with the voice"
        )
    if sound.seconds is not None and sound.seconds > MAX_SECONDS:
        raise _too_long(f"lasts {_clock(sound.seconds)} by its header")


def _too_long(found: str) -> InvalidInputError:
    return InvalidInputError(
        f"the voice reference {found}, at most {_clock(MAX_SECONDS)} are read: cut 3 to 12 s out "
        "of it, and give the transcript of just these"
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _blocks(sound: Sound, stop: Callable[[], None]) -> Iterator[Block]:
    """What the file really holds, whatever its header counts."""
    frames = 0
    while True:
        stop()
        block = sound.read(_BLOCK_FRAMES)
        if not len(block):
            return
        frames += len(block)
        if frames > MAX_SECONDS * sound.sample_rate:
            raise _too_long(f"lasts more than {_clock(MAX_SECONDS)}")
        yield block


def _survey(sound: Sound, stop: Callable[[], None]) -> _Survey:
    channels = sound.channels
    survey = _Survey(
        frames=0,
        sums=np.zeros(channels),
        squares=np.zeros(channels),
        mix_squares=0.0,
        bright=np.zeros(channels),
        bright_mix=0.0,
        peak=0.0,
        broken=0,
        highest=np.full(channels, -np.inf, np.float32),
        lowest=np.full(channels, np.inf, np.float32),
        values=np.zeros(0, np.float32),
    )
    for block in _blocks(sound, stop):
        finite = np.isfinite(block)
        survey.broken += int(block.size - np.count_nonzero(finite))
        values = np.where(finite, block, 0.0).astype(np.float64)
        survey.frames += len(block)
        survey.sums += values.sum(axis=0)
        survey.squares += np.square(values).sum(axis=0)
        survey.mix_squares += float(np.square(values.mean(axis=1)).sum())
        bright = np.diff(values, 2, axis=0)
        survey.bright += np.square(bright).sum(axis=0)
        survey.bright_mix += float(np.square(bright.mean(axis=1)).sum())
        survey.peak = max(survey.peak, float(np.abs(values).max()))
        survey.highest = np.maximum(survey.highest, block.max(axis=0))
        survey.lowest = np.minimum(survey.lowest, block.min(axis=0))
        if survey.values is not None:
            found = np.unique(np.concatenate((survey.values, block), axis=None))
            survey.values = found if found.size <= _FEW_VALUES else None
    return survey


def _check_survey(survey: _Survey, sound: Sound, content: Content) -> None:
    if not survey.frames:
        raise InvalidInputError(f"the voice reference holds no audio: {_WANTED}")
    if survey.broken:
        total = survey.frames * survey.sums.size
        raise InvalidInputError(
            f"the voice reference is damaged: {survey.broken:,} of its {total:,} samples are not "
            "numbers (NaN or infinite): export it again, as 16-bit PCM"
        )
    seconds, promised = survey.frames / sound.sample_rate, sound.promised_seconds
    if promised is not None and seconds < _CUT_OFF * promised - _CUT_OFF_SECONDS:
        raise InvalidInputError(
            f"the voice reference is {content.label} that was cut off: its header counts "
            f"{promised:.1f} s and it holds {seconds:.1f} s: copy it again"
        )


def _mixing_weights(survey: _Survey) -> NDArray[np.float32]:
    """The mean of the channels, or the loudest alone where the mean would lose it."""
    channels = survey.sums.size
    if not (_is_lost(survey) or _is_dulled(survey)):
        return np.full(channels, 1 / channels, np.float32)
    weights: NDArray[np.float32] = np.eye(channels, dtype=np.float32)[np.argmax(_powers(survey))]
    return weights


def _powers(survey: _Survey) -> NDArray[np.float64]:
    """Of each channel, without its constant offset."""
    powers: NDArray[np.float64] = survey.squares / survey.frames - np.square(_means(survey))
    return powers


def _means(survey: _Survey) -> NDArray[np.float64]:
    means: NDArray[np.float64] = survey.sums / survey.frames
    return means


def _is_lost(survey: _Survey) -> bool:
    """Whether the mean of the channels is much softer than the loudest of them."""
    mix_power = survey.mix_squares / survey.frames - float(_means(survey).mean()) ** 2
    return bool(mix_power < _CANCELLED * _powers(survey).max())


def _is_dulled(survey: _Survey) -> bool:
    """Whether only its high frequencies are: the channels are of opposite phase there."""
    return not _is_lost(survey) and bool(survey.bright_mix < _CANCELLED * survey.bright.max())


@dataclass(frozen=True)
class _Clipping:
    """Knows where the samples of a file are cut off."""

    survey: _Survey
    full_scale: float

    @property
    def step(self) -> float:
        return self.survey.step

    def count(self, samples: NDArray[np.float32], channel: int) -> int:
        """How many of a channel's samples, shape ``(n,)``, lie at full scale or on a flat top."""
        cut: NDArray[np.bool_] = np.abs(samples) >= self.full_scale
        for side, top in ((samples, self.survey.highest), (-samples, -self.survey.lowest)):
            if top[channel] > _STEPS_TO_TELL * self.step:
                cut |= _on_runs(side >= top[channel] * (1 - _TOP_WITHIN))
        return int(np.count_nonzero(cut))


def _on_runs(at_top: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Samples at the top that have both neighbours there, and these neighbours."""
    if at_top.size < _FLAT_TOP:
        return np.zeros_like(at_top)
    middle = at_top[:-2] & at_top[1:-1] & at_top[2:]
    on_run = np.zeros_like(at_top)
    for shift in range(_FLAT_TOP):
        on_run[shift : at_top.size - 2 + shift] |= middle
    return on_run


def _mix(
    sound: Sound,
    weights: NDArray[np.float32],
    clipping: _Clipping,
    stop: Callable[[], None],
) -> Recording:
    used = weights > 0
    clipped = frames = 0
    resampler = soxr.ResampleStream(sound.sample_rate, SAMPLE_RATE, 1, dtype="float32")
    parts = []
    for block in _blocks(sound, stop):
        for channel in map(int, np.flatnonzero(used)):
            clipped += clipping.count(block[:, channel], channel)
        frames += len(block)
        parts.append(resampler.resample_chunk(block @ weights))
    parts.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    samples = np.concatenate(parts)
    samples -= samples.mean(dtype=np.float64).astype(np.float32)
    return Recording(
        samples=samples,
        seconds=frames / sound.sample_rate,
        sample_rate=sound.sample_rate,
        clipped_share=clipped / (frames * int(used.sum())),
        step=clipping.step,
        is_dulled=_is_dulled(clipping.survey),
    )
