"""A recording's samples, block by block, from whatever its file is.

libsndfile reads wav, flac, mp3, ogg and opus; PyAV, an optional extra, what telephones and browsers
record: m4a, webm, aac and others.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voicejob_worker.audio.encode import SequentialFile
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference.content import Content, Reader
from voicejob_worker.reference.headers import mp3_seconds, wav_patches

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer

Block = NDArray[np.float32]
"""Samples of shape (frames, channels), full scale at 1.0."""

_FORMATS: Final = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3"})
"""What libsndfile calls them. Its other two dozen decoders are seldom tried: none is offered."""
_UNKNOWN_FRAMES: Final = 2**62
"""A count of frames from here on says that the header has none."""
_FLOAT_SUBTYPES: Final = frozenset({"FLOAT", "DOUBLE"})
_CODECS: Final = (
    "aac,aac_fixed,alac,amrnb,amrwb,flac,libopencore_amrnb,libopencore_amrwb,libopus,mp3,mp3float,"
    "opus,pcm_alaw,pcm_bluray,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,"
    "pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,vorbis"
)
"""The decoders of libavcodec that a recording may start: none of its hundreds for pictures, films
and games."""
_GUESSED_LENGTHS: Final = frozenset({"aac", "amr"})
"""Containers that do not count what they hold: libavformat guesses their length from their size."""


class Sound(Protocol):
    """An open recording."""

    sample_rate: int
    channels: int
    is_float: bool
    """Whether its samples may pass full scale."""
    seconds: float | None
    """Length by its header; None where that has none, or guesses."""
    promised_seconds: float | None
    """Length that a whole file of this header has; None where that cannot be told."""

    def read(self, frames: int) -> Block:
        """The next samples, ``frames`` at most; none at the end."""


@contextmanager
def opened(path: Path, content: Content, convert: str) -> Iterator[Sound]:
    """The recording of a file, told by its content alone.

    ``convert`` says what to do with a file that cannot be read.

    Raises:
        InvalidInputError: it cannot be decoded; also while it is read.
    """
    reading = _libsndfile if content.reader is Reader.LIBSNDFILE else _libav
    with reading(path, content, convert) as sound:
        yield sound


class _SndfileSound:
    def __init__(self, file: soundfile.SoundFile, promised_seconds: float | None) -> None:
        self._file = file
        self.sample_rate: int = file.samplerate
        self.channels: int = file.channels
        self.is_float = file.subtype in _FLOAT_SUBTYPES
        is_counted = file.frames < _UNKNOWN_FRAMES and file.format != "MP3"
        self.seconds = file.frames / file.samplerate if is_counted else None
        self.promised_seconds = promised_seconds or self.seconds

    def read(self, frames: int) -> Block:
        block: Block = self._file.read(frames, dtype="float32", always_2d=True)
        return block


@contextmanager
def _libsndfile(path: Path, content: Content, convert: str) -> Iterator[Sound]:
    try:
        with _Patched(path, wav_patches(path)) as source, SequentialFile(source) as file:
            if file.format not in _FORMATS:
                raise InvalidInputError(f"the voice reference is {file.format}: {convert}")
            yield _SndfileSound(file, mp3_seconds(path) if file.format == "MP3" else None)
    except soundfile.LibsndfileError as error:
        raise _undecodable(content, convert) from error


class _Patched(io.RawIOBase):
    """A file of which some bytes are read as others. It has no name, for names lie."""

    def __init__(self, path: Path, patches: dict[int, bytes]) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._patches = patches

    def readinto(self, buffer: Any, /) -> int:
        start = self._file.tell()
        count = self._file.readinto(buffer)
        view = memoryview(buffer)
        for at, patch in self._patches.items():
            for offset, byte in enumerate(patch, start=at - start):
                if 0 <= offset < count:
                    view[offset : offset + 1] = bytes([byte])
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


class _AvSound:
    def __init__(self, container: InputContainer, demuxer: str) -> None:
        import av

        stream = container.streams.audio[0]
        self._resampler = av.AudioResampler(format="fltp", layout=stream.layout)
        self._frames = container.decode(stream)
        self._rest: list[Block] = []
        self.sample_rate = stream.sample_rate
        self.channels = stream.channels
        self.is_float = "flt" in stream.format.name or "dbl" in stream.format.name
        length = container.duration / av.time_base if container.duration else None
        self.seconds = None if demuxer in _GUESSED_LENGTHS else length
        self.promised_seconds = self.seconds

    def read(self, frames: int) -> Block:
        held = sum(map(len, self._rest))
        while held < frames and (block := self._next()) is not None:
            self._rest.append(block)
            held += len(block)
        if not self._rest:
            return np.zeros((0, self.channels), np.float32)
        joined = np.concatenate(self._rest)
        self._rest = [joined[frames:]] if len(joined) > frames else []
        return joined[:frames]

    def _next(self) -> Block | None:
        frame: AudioFrame | None = next(self._frames, None)
        if frame is None:
            return None
        parts = [one.to_ndarray().T for one in self._resampler.resample(frame)]
        return np.concatenate(parts) if parts else np.zeros((0, self.channels), np.float32)


@contextmanager
def _libav(path: Path, content: Content, convert: str) -> Iterator[Sound]:
    import av

    options = {"codec_whitelist": _CODECS, "protocol_whitelist": "file"}
    try:
        with av.open(str(path), "r", format=content.demuxer, options=options) as container:
            if not container.streams.audio:
                raise InvalidInputError(f"the voice reference is {content.label} without sound")
            coded = container.streams.audio[0].codec_context
            if coded is None or coded.name not in _CODECS.split(","):
                name = coded.name if coded else "an unknown codec"
                raise InvalidInputError(
                    f"the voice reference is {content.label} of {name}: {convert}"
                )
            yield _AvSound(container, content.demuxer)
    except (av.FFmpegError, ValueError) as error:
        raise _undecodable(content, convert) from error


def _undecodable(content: Content, convert: str) -> InvalidInputError:
    return InvalidInputError(
        f"the voice reference looks like {content.label} and cannot be decoded, it is damaged, "
        f"was cut off or is coded in an unusual way: {convert}"
    )
