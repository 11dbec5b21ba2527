"""Encodes audio while it is being made, and gives the bytes as they come.

What a format notes at its start and knows at its end (lengths, checksums) cannot be put right in
what has been sent: WAV says the length is unknown, FLAC too, and MP3 has a constant bit rate, by
which players reckon its length. Audio that was not sent before it was complete has it all right.

A FLAC of unknown length is what players take and libsndfile does not (it makes room for 2^63
samples); and any length but the very one has it end in an error, so that there is none to guess.
"""

from __future__ import annotations

import io
import struct
from typing import Any, Final, Protocol

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voicejob_api.audio import AAC_RATES, Audio, AudioFormat
from voicejob_worker.audio.aac import AacFile
from voicejob_worker.audio.encode import CONTAINER, LOSSY, Dither, output_rate
from voicejob_worker.audio.master import CEILING_DBTP
from voicejob_worker.audio.ogg import SERIAL, SerialFixer
from voicejob_worker.audio.pcm import PCM16
from voicejob_worker.serving.speech_request import StreamFormat

PCM_RATE: Final = 24_000
"""What OpenAI's clients take raw PCM to have."""
MEDIA_TYPES: Final = {
    StreamFormat.MP3: "audio/mpeg",
    StreamFormat.OPUS: "audio/ogg",
    StreamFormat.AAC: "audio/aac",
    StreamFormat.FLAC: "audio/flac",
    StreamFormat.WAV: "audio/wav",
    StreamFormat.PCM: "audio/pcm",
}
_CONSTANT_RATE: Final[dict[str, Any]] = {
    "format": "MP3",
    "subtype": "MPEG_LAYER_III",
    "bitrate_mode": "CONSTANT",
    "compression_level": 0.4,  # 96 kbit/s up to 24 kHz, transparent for one voice
}
_LOSSY_CEILING_DBTP: Final = -2.6
"""The codecs raise peaks by up to 1 dB, and a stream has no second try."""
_AAC_BITS_PER_SECOND: Final = 80_000
"""At the 64,000 of a file, the coder begins with too few: the first peaks are raised by 3 dB."""
_OPUS: Final = CONTAINER[AudioFormat.OPUS] | {"compression_level": 0.72}
"""77 kbit/s: at the 64 of a file single peaks are raised by 2.1 dB."""
_LAME_SCALE: Final = 0.95
"""What LAME multiplies samples by unless it is told otherwise, and libsndfile tells it nothing."""
_UNKNOWN: Final = 0xFFFFFFFF
_WAV_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


class Encoder(Protocol):
    """Turns samples into bytes of a file."""

    def write(self, samples: NDArray[np.float32]) -> None:
        """Take samples, shape (n,), full scale at 1.0."""

    def take(self) -> bytes:
        """The bytes since the last time."""

    def close(self) -> None:
        """Finish the file; ``take`` gives its last bytes then."""


def rate_of(wanted: StreamFormat, voice_rate: int) -> int:
    """Samples per second of a format, for a voice's own rate."""
    if wanted is StreamFormat.PCM:
        return PCM_RATE
    if wanted is StreamFormat.AAC and voice_rate in AAC_RATES:
        return voice_rate  # not the 44,100 Hz of a file, where the same bits do less
    return output_rate(Audio(format=AudioFormat(wanted)), voice_rate)


def ceiling_of(wanted: StreamFormat) -> float:
    """Highest true peak in dBTP before encoding: a lossy codec raises it."""
    is_lossy = wanted is not StreamFormat.PCM and AudioFormat(wanted) in LOSSY
    return _LOSSY_CEILING_DBTP if is_lossy else CEILING_DBTP


def make_encoder(wanted: StreamFormat, rate: int, serial: int = SERIAL) -> Encoder:
    """An encoder of mono audio at ``rate``; Ogg's pages have the number ``serial`` (32 bits)."""
    if wanted in (StreamFormat.WAV, StreamFormat.PCM):
        return _RawEncoder(rate, has_header=wanted is StreamFormat.WAV)
    if wanted is StreamFormat.OPUS:
        return _OggEncoder(rate, serial)
    if wanted is StreamFormat.AAC:
        return _AacEncoder(rate)
    return _FileEncoder(AudioFormat(wanted), rate)


class _RawEncoder:
    """16-bit samples, behind a WAV header or none."""

    def __init__(self, rate: int, has_header: bool) -> None:
        self._rate = rate
        self._header_is_due = has_header
        self._dither = Dither()
        self._samples = bytearray()
        self._closed = False

    def write(self, samples: NDArray[np.float32]) -> None:
        self._samples += self._dither.apply(samples).astype(PCM16, copy=False).tobytes()

    def take(self) -> bytes:
        header = b""
        if self._header_is_due:
            header = _wav_header(self._rate, len(self._samples) if self._closed else None)
            self._header_is_due = False
        taken, self._samples = header + bytes(self._samples), bytearray()
        return taken

    def close(self) -> None:
        self._closed = True


def _wav_header(rate: int, size: int | None) -> bytes:
    """The header of 16-bit mono WAV; a size of None is not known yet."""
    whole = _UNKNOWN if size is None else size + _WAV_HEADER.size - 8
    data = _UNKNOWN if size is None else size
    return _WAV_HEADER.pack(
        b"RIFF", whole, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", data
    )


class _FileEncoder:
    """A format that libsndfile writes."""

    def __init__(self, audio_format: AudioFormat, rate: int) -> None:
        container = CONTAINER[audio_format]
        if audio_format is AudioFormat.MP3:
            container = _CONSTANT_RATE
        elif audio_format is AudioFormat.OPUS:
            container = _OPUS
        self._dither = None if audio_format in LOSSY else Dither()
        self._factor = np.float32(1 / _LAME_SCALE if audio_format is AudioFormat.MP3 else 1.0)
        self._outlet = _Outlet()
        self._file = soundfile.SoundFile(
            self._outlet, "w", samplerate=rate, channels=1, **container
        )

    def write(self, samples: NDArray[np.float32]) -> None:
        self._file.write(self._dither.apply(samples) if self._dither else samples * self._factor)

    def take(self) -> bytes:
        return self._outlet.take()

    def close(self) -> None:
        self._file.close()


class _OggEncoder(_FileEncoder):
    """Opus in Ogg: libsndfile's own serial number is a random one."""

    def __init__(self, rate: int, serial: int) -> None:
        super().__init__(AudioFormat.OPUS, rate)
        self._pages = SerialFixer(serial)

    def take(self) -> bytes:
        return self._pages.feed(super().take())


class _AacEncoder:
    """AAC in ADTS frames, each of which stands alone."""

    def __init__(self, rate: int) -> None:
        self._outlet = io.BytesIO()
        self._file = AacFile(
            self._outlet, rate, AudioFormat.AAC, bits_per_second=_AAC_BITS_PER_SECOND
        )

    def write(self, samples: NDArray[np.float32]) -> None:
        if samples.size:
            self._file.write(samples)

    def take(self) -> bytes:
        taken = self._outlet.getvalue()
        self._outlet.seek(0)
        self._outlet.truncate()
        return taken

    def close(self) -> None:
        self._file.close()


class _Outlet:
    """A file to libsndfile, of which only what was not taken yet can still be changed."""

    def __init__(self) -> None:
        self._taken = 0
        """Bytes of the file that are gone."""
        self._rest = bytearray()
        self._place = 0

    def take(self) -> bytes:
        taken, self._rest = bytes(self._rest), bytearray()
        self._taken += len(taken)
        return taken

    def write(self, data: bytes) -> int:
        start = self._place - self._taken
        self._place += len(data)
        lost = min(max(-start, 0), len(data))
        offset = max(start, 0)
        self._rest[offset : offset + len(data) - lost] = data[lost:]
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        origin = (0, self._place, self._taken + len(self._rest))[whence]
        self._place = origin + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        return b""

    def readinto(self, buffer: Any) -> int:
        return 0

    def flush(self) -> None:
        """Nothing is held back."""
