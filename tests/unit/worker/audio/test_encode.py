"""Files of every format: readable, the same bytes each time, the same length."""

import struct
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from voicejob_api.audio import Audio, AudioFormat
from voicejob_worker.audio import encode as module
from voicejob_worker.audio.encode import decoded_blocks, encode, output_rate
from voicejob_worker.audio.ogg import SERIAL, checksum, fix_serial

Signal = NDArray[np.float32]
Write = Callable[[Signal], Path]
RATES = {
    AudioFormat.WAV: 22050,
    AudioFormat.FLAC: 22050,
    AudioFormat.MP3: 22050,
    AudioFormat.OPUS: 24000,
}


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


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_a_file_holds_what_is_said_of_it(
    audio_format: AudioFormat, raw32: Write, tmp_path: Path, speech_like: Callable[..., Signal]
) -> None:
    rate = RATES[audio_format]
    signal = speech_like(3.3, rate)
    encoded = encode(raw32(signal), rate, tmp_path / "file", audio_format)
    decoded, found_rate = soundfile.read(tmp_path / "file", dtype="float32")
    assert (
        (encoded.sample_rate, encoded.frames) == (found_rate, decoded.size) == (rate, signal.size)
    )
    assert encoded.duration_seconds == pytest.approx(3.3, abs=0.001)
    error = np.sqrt(np.mean((decoded - signal) ** 2) / np.mean(signal**2))
    assert 20 * np.log10(error) < (-12 if audio_format in ("mp3", "opus") else -60)


@pytest.mark.parametrize("audio_format", AudioFormat)
@pytest.mark.parametrize("rate", [8000, 24000, 48000])
def test_every_rate_that_the_contract_allows_works(
    audio_format: AudioFormat, rate: int, raw32: Write, tmp_path: Path
) -> None:
    tone = np.sin(np.arange(rate // 10) * 0.2).astype(np.float32) * 0.1
    encode(raw32(tone), rate, tmp_path / "file", audio_format)
    assert soundfile.info(tmp_path / "file").samplerate == rate
    assert soundfile.info(tmp_path / "file").frames == tone.size


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
    by_blocks = np.concatenate(list(decoded_blocks(tmp_path / "file")))
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
