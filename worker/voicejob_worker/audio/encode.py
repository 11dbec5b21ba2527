"""Encoding by libsndfile or PyAV, block by block, the same bytes for the same samples."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voicejob_api.audio import AAC_RATES, MP3_RATES, OPUS_RATES, Audio, AudioFormat
from voicejob_worker.audio.aac import AacFile, decoded_aac
from voicejob_worker.audio.flac import label_flac
from voicejob_worker.audio.id3 import id3_tag
from voicejob_worker.audio.labels import UNLABELLED, Labels
from voicejob_worker.audio.ogg import fix_serial
from voicejob_worker.audio.opus import label_opus
from voicejob_worker.audio.pcm import FLOAT32, frame_count, read_blocks, to_pcm16
from voicejob_worker.audio.pyav import PYAV_FORMATS, check_format
from voicejob_worker.audio.samples import Pcm

LOSSY: Final = frozenset({AudioFormat.MP3, AudioFormat.OPUS, *PYAV_FORMATS})

CONTAINER: Final[dict[AudioFormat, dict[str, Any]]] = {
    AudioFormat.WAV: {"format": "WAV", "subtype": "PCM_16"},
    AudioFormat.FLAC: {"format": "FLAC", "subtype": "PCM_16"},
    AudioFormat.MP3: {
        "format": "MP3",
        "subtype": "MPEG_LAYER_III",
        "bitrate_mode": "VARIABLE",
        "compression_level": 0.2,  # LAME's -V 2, transparent for speech
    },
    AudioFormat.OPUS: {
        "format": "OGG",
        "subtype": "OPUS",
        "compression_level": 0.77,  # 63.5 kbit/s; libsndfile: 256 kbit/s at 0 down to 6 at 1
    },
}
"""How ``soundfile`` is told to write each format that it has."""
_RATES: Final = {
    AudioFormat.MP3: MP3_RATES,
    AudioFormat.OPUS: OPUS_RATES,
    AudioFormat.AAC: tuple(
        rate for rate in AAC_RATES if rate >= 44100
    ),  # its delay is 1,024 samples
    AudioFormat.M4B: AAC_RATES,
}
"""The rates to choose from where none is asked for."""
_WAV_TAGS: Final = {
    "title": "title",
    "artist": "artist",
    "album": "album",
    "genre": "genre",
    "date": "date",
    "track": "tracknumber",
    "comment": "comment",
    "copyright": "copyright",
}
"""What ``soundfile`` calls the tags that it writes into the chunk LIST INFO."""
_WAV_LIMIT: Final = 2**32 - 4096
"""A RIFF file counts its bytes in 32 bits; longer audio is RF64 (EBU Tech 3306)."""
_BLOCK_FRAMES: Final = 48000
_DITHER_SEED: Final = 0


@dataclass(frozen=True)
class EncodedAudio:
    """What stands in the encoded file."""

    sample_rate: int
    frames: int
    duration_seconds: float


def output_rate(audio: Audio, native_rate: int) -> int:
    """The rate of the file: the one asked for, or the voice's own.

    Where the format does not know the voice's rate, it is the next higher one that it knows.
    """
    if audio.sample_rate is not None:
        return audio.sample_rate
    known = _RATES.get(audio.format)
    if known is None:
        return native_rate
    return min((rate for rate in known if rate >= native_rate), default=max(known))


def encode(
    source: Path,
    sample_rate: int,
    destination: Path,
    audio_format: AudioFormat,
    on_progress: Callable[[float], None] = lambda _: None,
    *,
    labels: Labels = UNLABELLED,
) -> EncodedAudio:
    """Encode a raw float32 mono file, telling the share done, from 0 to 1.

    16-bit formats are dithered (triangular, fixed seed), save for digital silence, which stays so.
    WAV over 4 GiB becomes RF64. What the format has no place for of the labels is left out.

    Raises:
        ValueError: there are no samples; a lossy file without any cannot be decoded.
        InvalidInputError: the format needs a package that is not installed.
        OSError: the file could not be written, to its last byte.
    """
    frames = frame_count(source, FLOAT32)
    if not frames:
        raise ValueError("there is no audio to encode: no chunk gave a sample")
    blocks = read_blocks(source, FLOAT32, _BLOCK_FRAMES)
    seconds = frames / sample_rate
    with _opened(destination, sample_rate, audio_format, frames, labels) as file:
        done = 0  # file.tell() would seek, which an encoder of MP3 does not survive
        for block in blocks if audio_format in LOSSY else _dithered(blocks):
            file.write(block)
            done += block.size
            on_progress(done / frames)
    _label(destination, audio_format, labels, seconds)
    return EncodedAudio(sample_rate, frames, seconds)


@contextmanager
def _opened(
    destination: Path, sample_rate: int, audio_format: AudioFormat, frames: int, labels: Labels
) -> Iterator[Any]:
    """What has ``write``; labels are written where that is the writer's to do.

    Raises:
        OSError: the file cannot be written, to its last byte.
    """
    if audio_format in PYAV_FORMATS:
        check_format(audio_format)
        with AacFile(destination, sample_rate, audio_format, labels, frames / sample_rate) as coded:
            yield coded
        return
    container = dict(CONTAINER[audio_format])
    if audio_format is AudioFormat.WAV and 2 * frames > _WAV_LIMIT:
        container["format"] = "RF64"
    with (
        _Destination(destination, "w+") as target,
        target.telling(),
        soundfile.SoundFile(target, "w", samplerate=sample_rate, channels=1, **container) as file,
    ):
        if audio_format is AudioFormat.WAV:
            for name, field in _WAV_TAGS.items():
                if name in labels.tags:
                    setattr(file, field, labels.tags[name])
        yield file


class _Destination(FileIO):
    """A file that remembers what hindered it.

    libsndfile does not tell: not why a write failed, and of the last bytes of FLAC and MP3, which
    it writes as it closes, not even that.
    """

    _fault: OSError | None = None

    def write(self, content: Any) -> int:
        """Write all of it; 0 where that is hindered."""
        left = memoryview(content)
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self._fault = self._fault or error
            return 0
        return len(content)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Raise at the end what has hindered the file, in the place of what libsndfile makes of it.

        Raises:
            OSError: it could not be written.
        """
        try:
            yield
        except Exception:  # soundfile finds it out by an assertion, too
            if self._fault is None:
                raise
        if self._fault is not None:
            raise self._fault


def _label(path: Path, audio_format: AudioFormat, labels: Labels, seconds: float) -> None:
    """Write the labels into a finished file, where its writer has not."""
    if labels.is_empty:
        if audio_format is AudioFormat.OPUS:
            fix_serial(path)
    elif audio_format is AudioFormat.OPUS:
        label_opus(path, labels, seconds)
    elif audio_format is AudioFormat.FLAC:
        label_flac(path, labels, seconds)
    elif audio_format in (AudioFormat.MP3, AudioFormat.AAC):
        _put_before(path, id3_tag(labels, seconds))


def _put_before(path: Path, head: bytes) -> None:
    labelled = path.with_name(f"{path.name}.labelled")
    with path.open("rb") as source, labelled.open("wb") as destination:
        destination.write(head)
        shutil.copyfileobj(source, destination)
    labelled.replace(path)


def decoded_blocks(path: Path, audio_format: AudioFormat) -> Iterator[NDArray[np.float32]]:
    """The samples of an encoded file, shape (n,), a block at a time; over 1.0 is not clipped."""
    if audio_format in PYAV_FORMATS:
        yield from decoded_aac(path, audio_format)
        return
    with SequentialFile(path) as file:
        while (block := file.read(_BLOCK_FRAMES, dtype="float32")).size:
            yield block


class SequentialFile(soundfile.SoundFile):  # type: ignore[misc]
    """Reads on without seeking.

    A SoundFile seeks to where it is after each read; an MP3 decoder then loses its bit reservoir,
    and the next frames come out damaged.
    """

    def seekable(self) -> bool:
        """Whether it seeks, which it never does."""
        return False


class Dither:
    """Makes 16-bit samples with triangular dither of two steps peak to peak.

    Lipshitz, Wannamaker, Vanderkooy: Quantization and Dither, JAES 40 (1992).
    """

    def __init__(self) -> None:
        self._chance = np.random.default_rng(_DITHER_SEED)

    def apply(self, block: NDArray[np.float32]) -> Pcm:
        """The next samples, shape (n,); digital silence stays so."""
        chance = self._chance
        noise = chance.random(block.size, np.float32) - chance.random(block.size, np.float32)
        return to_pcm16(np.where(block == 0, block, block + noise / np.float32(32768)))


def _dithered(blocks: Iterator[NDArray[np.float32]]) -> Iterator[Pcm]:
    dither = Dither()
    for block in blocks:
        yield dither.apply(block)
