"""Files of every format: readable, the same bytes each time, the same length."""

import errno
import io
import resource
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from voicejob_api.audio import AAC_RATES, Audio, AudioFormat
from voicejob_worker.audio import encode as module
from voicejob_worker.audio.aac import AacFile
from voicejob_worker.audio.encode import LOSSY, decoded_blocks, encode, output_rate
from voicejob_worker.audio.ogg import SERIAL, checksum, fix_serial
from voicejob_worker.audio.pyav import PYAV_FORMATS, check_format
from voicejob_worker.errors import InvalidInputError

Signal = NDArray[np.float32]
Write = Callable[[Signal], Path]
Decode = Callable[[Path], tuple[Signal, int]]
RATES = {
    AudioFormat.WAV: 22050,
    AudioFormat.FLAC: 22050,
    AudioFormat.MP3: 22050,
    AudioFormat.OPUS: 24000,
    AudioFormat.AAC: 44100,
    AudioFormat.M4B: 22050,
}
AAC_FRAME = 1024


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_the_same_samples_give_the_same_bytes(
    audio_format: AudioFormat, raw32: Write, tmp_path: Path, speech_like: Callable[..., Signal]
) -> None:
    source = raw32(speech_like(3.0, RATES[audio_format]))
    files = []
    for name in ("one", "two"):
        encode(source, RATES[audio_format], tmp_path / name, audio_format)
        files.append((tmp_path / name).read_bytes())
        time.sleep(1.01 if name == "one" else 0)  # a time stamp would differ
    assert files[0] == files[1]


@pytest.mark.parametrize("missing", [1, 400, 20_000])
@pytest.mark.parametrize("audio_format", AudioFormat)
def test_a_place_that_does_not_take_the_last_bytes_is_told_by_its_reason(
    audio_format: AudioFormat, missing: int, raw32: Write, tmp_path: Path,
    speech_like: Callable[..., Signal],
) -> None:  # fmt: skip
    rate = RATES[audio_format]
    source, path = raw32(speech_like(5.0, rate)), tmp_path / "file"
    encode(source, rate, path, audio_format)
    size = path.stat().st_size
    path.unlink()
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - missing, most))
    try:
        with pytest.raises(OSError) as hindered:
            encode(source, rate, path, audio_format)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    assert hindered.value.errno == errno.EFBIG


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_a_file_holds_what_is_said_of_it(
    audio_format: AudioFormat,
    raw32: Write,
    tmp_path: Path,
    speech_like: Callable[..., Signal],
    decoded_file: Decode,
) -> None:
    rate = RATES[audio_format]
    signal = speech_like(3.3, rate)
    encoded = encode(raw32(signal), rate, tmp_path / "file", audio_format)
    decoded, found_rate = decoded_file(tmp_path / "file")
    if audio_format in PYAV_FORMATS:
        late = AAC_FRAME if audio_format is AudioFormat.AAC else 0
        assert late + signal.size <= decoded.size < late + signal.size + AAC_FRAME
        decoded = decoded[late : late + signal.size]
    assert (
        (encoded.sample_rate, encoded.frames) == (found_rate, decoded.size) == (rate, signal.size)
    )
    assert encoded.duration_seconds == pytest.approx(3.3, abs=0.001)
    error = np.sqrt(np.mean((decoded - signal) ** 2) / np.mean(signal**2))
    assert 20 * np.log10(error) < (-12 if audio_format in LOSSY else -60)


@pytest.mark.parametrize("audio_format", AudioFormat)
@pytest.mark.parametrize("rate", [8000, 24000, 48000])
def test_every_rate_that_the_contract_allows_works(
    audio_format: AudioFormat, rate: int, raw32: Write, tmp_path: Path, decoded_file: Decode
) -> None:
    tone = np.sin(np.arange(rate // 10) * 0.2).astype(np.float32) * 0.1
    encode(raw32(tone), rate, tmp_path / "file", audio_format)
    decoded, found_rate = decoded_file(tmp_path / "file")
    assert found_rate == rate
    assert 0 <= decoded.size - tone.size < (2 * AAC_FRAME if audio_format in PYAV_FORMATS else 1)


@pytest.mark.parametrize("rate", AAC_RATES)
@pytest.mark.parametrize("seconds", [0.02, 2.5])
def test_an_m4b_file_says_when_its_audio_begins_and_how_long_it_is(
    rate: int, seconds: float, raw32: Write, tmp_path: Path, speech_like: Callable[..., Signal]
) -> None:
    """Its edit list: the coder's delay is no part of the audio."""
    signal = speech_like(seconds, rate)
    encode(raw32(signal), rate, tmp_path / "file", AudioFormat.M4B)
    with av.open(tmp_path / "file") as container:
        stream = container.streams.audio[0]
        assert stream.duration * stream.time_base == pytest.approx(signal.size / rate, abs=1e-3)
        assert next(iter(container.demux(audio=0))).pts == -AAC_FRAME
    assert (tmp_path / "file").read_bytes()[4:12] == b"ftypM4B "


def test_raw_aac_of_no_rate_is_at_most_fifty_milliseconds_longer(
    raw32: Write, tmp_path: Path, speech_like: Callable[..., Signal], decoded_file: Decode
) -> None:
    for native in (16000, 22050, 24000):
        rate = output_rate(Audio(format="aac"), native)
        signal = speech_like(2.0, rate)
        encode(raw32(signal), rate, tmp_path / "file", AudioFormat.AAC)
        assert 0 <= (decoded_file(tmp_path / "file")[0].size - signal.size) / rate <= 0.05


def test_aac_goes_to_a_stream_as_it_comes(speech_like: Callable[..., Signal]) -> None:
    class Sink(io.RawIOBase):
        taken = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            self.taken += data
            return len(data)

    sink = Sink()
    with AacFile(sink, 24000, AudioFormat.AAC) as file:
        file.write(speech_like(2.0, 24000))
        file.write(speech_like(2.0, 24000))
        assert len(sink.taken) > 10_000
    with av.open(io.BytesIO(sink.taken)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) >= 96_000


def test_a_format_without_its_package_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    for audio_format in (AudioFormat.AAC, AudioFormat.M4B):
        with pytest.raises(InvalidInputError, match=r"av.*pip install 'voicejob\[av\]'.*opus"):
            check_format(audio_format)
    check_format(AudioFormat.OPUS)


@pytest.mark.parametrize("audio_format", [AudioFormat.WAV, AudioFormat.FLAC])
def test_sixteen_bits_survive_the_round_trip(
    audio_format: AudioFormat, raw32: Write, tmp_path: Path
) -> None:
    steps = np.arange(-32000, 32001, dtype=np.int32)
    encode(raw32((steps / 32768).astype(np.float32)), 22050, tmp_path / "file", audio_format)
    decoded, _ = soundfile.read(tmp_path / "file", dtype="int16")
    assert soundfile.info(tmp_path / "file").subtype == "PCM_16"
    assert np.abs(decoded - steps).max() <= 1  # the dither is one step either way


def test_dither_makes_the_error_independent_of_the_signal(raw32: Write, tmp_path: Path) -> None:
    quiet = (0.4 / 32768 * np.sin(np.arange(200000) * 0.05)).astype(np.float32)
    encode(raw32(quiet), 22050, tmp_path / "file", AudioFormat.WAV)
    decoded, _ = soundfile.read(tmp_path / "file")
    assert np.corrcoef(decoded, quiet)[0, 1] > 0.3  # without dither all of it is zero


def test_digital_silence_stays_digital_silence(raw32: Write, tmp_path: Path) -> None:
    encode(raw32(np.zeros(1000, np.float32)), 22050, tmp_path / "file", AudioFormat.WAV)
    assert not soundfile.read(tmp_path / "file")[0].any()


def test_what_is_over_full_scale_does_not_wrap(raw32: Write, tmp_path: Path) -> None:
    loud = np.array([1.5, -1.5, np.nan, np.inf], np.float32)
    encode(raw32(loud), 22050, tmp_path / "file", AudioFormat.WAV)
    assert list(soundfile.read(tmp_path / "file", dtype="int16")[0]) == [32767, -32768, 0, 32767]


def test_no_samples_are_refused(raw32: Write, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no audio"):
        encode(raw32(np.zeros(0, np.float32)), 22050, tmp_path / "file", AudioFormat.WAV)


def test_wav_over_its_limit_becomes_rf64(
    raw32: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WAV_LIMIT", 1000)
    source = raw32(np.zeros(600, np.float32))
    encode(source, 22050, tmp_path / "file", AudioFormat.WAV)
    assert (tmp_path / "file").read_bytes()[:4] == b"RF64"
    assert soundfile.info(tmp_path / "file").frames == 600


def test_decoding_by_blocks_is_the_same_as_at_once(
    raw32: Write,
    tmp_path: Path,
    speech_like: Callable[..., Signal],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seeking between blocks would cost an MP3 decoder its bit reservoir."""
    encode(raw32(speech_like(9.0)), 22050, tmp_path / "file", AudioFormat.MP3)
    at_once, _ = soundfile.read(tmp_path / "file", dtype="float32")
    monkeypatch.setattr(module, "_BLOCK_FRAMES", 1000)
    by_blocks = np.concatenate(list(decoded_blocks(tmp_path / "file", AudioFormat.MP3)))
    assert by_blocks == pytest.approx(at_once, abs=1e-6)


@pytest.mark.parametrize(
    ("audio", "native", "expected"),
    [
        (Audio(format="wav"), 22050, 22050),
        (Audio(format="flac"), 16000, 16000),
        (Audio(format="mp3"), 22050, 22050),
        (Audio(format="mp3"), 20000, 22050),
        (Audio(format="mp3"), 96000, 48000),
        (Audio(format="opus"), 22050, 24000),
        (Audio(format="opus"), 48000, 48000),
        (Audio(format="wav", sample_rate=44100), 22050, 44100),
        (Audio(format="m4b"), 22050, 22050),
        (Audio(format="m4b"), 20000, 22050),
        (Audio(format="aac"), 22050, 44100),
        (Audio(format="aac"), 24000, 44100),
        (Audio(format="aac", sample_rate=16000), 24000, 16000),
    ],
)
def test_the_rate_is_the_one_asked_for_or_the_next_known(
    audio: Audio, native: int, expected: int
) -> None:
    assert output_rate(audio, native) == expected


def _pages(data: bytes) -> list[bytes]:
    pages, start = [], 0
    while start < len(data):
        segments = data[start + 26]
        end = start + 27 + segments + sum(data[start + 27 : start + 27 + segments])
        pages.append(data[start:end])
        start = end
    return pages


def _crc_bit_by_bit(page: bytes) -> int:
    """RFC 3533's definition, as slow as it stands there."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
            crc &= 0xFFFFFFFF
    return crc


def test_ogg_pages_get_the_serial_and_a_right_checksum(
    raw32: Write, tmp_path: Path, speech_like: Callable[..., Signal]
) -> None:
    encode(raw32(speech_like(3.0, 24000)), 24000, tmp_path / "file", AudioFormat.OPUS)
    pages = _pages((tmp_path / "file").read_bytes())
    assert len(pages) > 3
    for page in pages:
        serial, _, crc = struct.unpack_from("<III", page, 14)
        blank = page[:22] + bytes(4) + page[26:]
        assert serial == SERIAL
        assert crc == _crc_bit_by_bit(blank) == checksum(blank)


@pytest.mark.parametrize(
    "damage", [b"RIFF" + bytes(40), b"OggS", b"OggS" + bytes(22) + b"\x02\x10"]
)
def test_what_is_no_ogg_file_is_refused(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(damage)
    with pytest.raises(ValueError, match="Ogg page"):
        fix_serial(tmp_path / "file")
