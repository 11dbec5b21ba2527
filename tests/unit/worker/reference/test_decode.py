"""Files of every kind become samples, or a message."""

import os
import struct

import numpy as np
import pytest
import soundfile
from making.likeness import likeness
from scipy.signal import butter, sosfilt

from voicejob_worker.audio.id3 import id3_tag
from voicejob_worker.audio.labels import Labels
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference import decode as module
from voicejob_worker.reference.content import MAX_BYTES
from voicejob_worker.reference.decode import decode
from voicejob_worker.reference.rate import SAMPLE_RATE


@pytest.mark.parametrize(
    ("name", "coding", "least"),
    [
        ("voice.wav", {"format": "WAV", "subtype": "PCM_16"}, 0.9999),
        ("voice.wav", {"format": "WAV", "subtype": "PCM_24"}, 0.9999),
        ("voice.wav", {"format": "WAV", "subtype": "PCM_U8"}, 0.99),
        ("voice.wav", {"format": "WAV", "subtype": "FLOAT"}, 0.9999),
        ("voice.wav", {"format": "WAV", "subtype": "DOUBLE"}, 0.9999),
        ("voice.wav", {"format": "WAV", "subtype": "ULAW"}, 0.99),
        ("voice.wav", {"format": "WAVEX", "subtype": "PCM_16"}, 0.9999),
        ("voice.wav", {"format": "RF64", "subtype": "PCM_16"}, 0.9999),
        ("voice.flac", {"format": "FLAC", "subtype": "PCM_16"}, 0.9999),
        ("voice.mp3", {"format": "MP3", "subtype": "MPEG_LAYER_III"}, 0.98),
        ("voice.ogg", {"format": "OGG", "subtype": "VORBIS"}, 0.98),
        ("voice.opus", {"format": "OGG", "subtype": "OPUS"}, 0.98),
        ("mp3-in-truth.wav", {"format": "MP3", "subtype": "MPEG_LAYER_III"}, 0.98),
        ("flac-in-truth.raw", {"format": "FLAC", "subtype": "PCM_16"}, 0.9999),
        ("wav-in-truth", {"format": "WAV", "subtype": "PCM_16"}, 0.9999),
    ],
)
def test_every_format_gives_the_same_samples(short, write, name, coding, least):
    found = decode(write(short.samples, name, **coding))
    assert found.samples.dtype == np.float32
    assert found.seconds == pytest.approx(short.samples.size / 24_000, abs=0.1)
    assert found.sample_rate == 24_000
    assert likeness(found.samples, short.samples) > least


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000])
def test_it_is_resampled(write, rate):
    time = np.arange(3 * rate) / rate
    found = decode(write(0.5 * np.sin(2 * np.pi * 1000 * time), rate=rate))
    assert found.samples.size == pytest.approx(3 * SAMPLE_RATE, abs=2)
    spectrum = np.abs(np.fft.rfft(found.samples))
    assert np.argmax(spectrum) / 3 == pytest.approx(1000, abs=1)
    assert np.sqrt(np.mean(found.samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is an empty file"),
        (b"<!DOCTYPE html><html>404</html>", "looks like an HTML page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "looks like a PNG image"),
        (b"PK\x03\x04" + bytes(500), "looks like a ZIP archive"),
        (b"some words in a file", "looks like text"),
        (bytes(500), "looks like a file of an unknown kind"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(500), r"m4a.* cannot be decoded.*ffmpeg -i"),
        (b"FORM\0\0\0\x20AIFF" + bytes(500), r"an AIFF file and cannot be decoded.*ffmpeg -i"),
        (b"0&\xb2u\x8ef\xcf\x11" + bytes(500), r"\(wma\): wav, flac, mp3.*m4a.*ffmpeg -i"),
        (b"RIFF\x24\x01\0\0WAVE" + b"\xaa" * 500, "looks like a WAV file and cannot be decoded"),
        (b"ID3\x04\0\0\0\0\0\0" + b"\xaa" * 500, "looks like an MP3 file and cannot be decoded"),
        (b"OggS" + bytes(500), "looks like an Ogg file and cannot be decoded"),
        (b"fLaC" + b"\xaa" * 500, "looks like a FLAC file and cannot be decoded"),
    ],
)
def test_what_is_no_recording_is_told(tmp_path, content, words):
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=words):
        decode(path)


def test_what_is_no_regular_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "voice.wav")
    with pytest.raises(InvalidInputError, match="no regular file"):
        decode(tmp_path / "voice.wav")
    with pytest.raises(InvalidInputError, match="no regular file"):
        decode(tmp_path)
    with pytest.raises(InvalidInputError, match="No such file"):
        decode(tmp_path / "missing.wav")


def test_a_large_file_is_not_read(tmp_path):
    path = tmp_path / "voice.wav"
    path.write_bytes(b"RIFF")
    os.truncate(path, MAX_BYTES + 1)
    with pytest.raises(InvalidInputError, match="a file of 50 MiB, at most 50 MiB are read"):
        decode(path)


@pytest.fixture
def two_hours(write):
    return write(np.zeros(2 * 3600 * 8000, np.int16), "v.flac", 8000, format="FLAC")


def test_two_hours_are_refused_by_the_header_alone(two_hours, monkeypatch):
    monkeypatch.setattr(module, "_blocks", None)
    with pytest.raises(InvalidInputError, match=r"lasts 2:00:00 by its header.*cut 3 to 12 s"):
        decode(two_hours)


def test_two_hours_without_a_count_are_read_no_further_than_needed(two_hours):
    content = bytearray(two_hours.read_bytes())
    content[21] &= 0xF0  # STREAMINFO's 36 bits of total samples: 0 is unknown
    content[22:26] = bytes(4)
    two_hours.write_bytes(content)
    calls = []
    with pytest.raises(InvalidInputError, match="lasts more than 0:03:00"):
        decode(two_hours, lambda: calls.append(1))
    assert len(calls) < 30


def test_a_header_that_promises_too_much_is_told(short, write):
    path = write(short.samples, "v.flac", format="FLAC")
    content = bytearray(path.read_bytes())
    frames = 100 * 24_000
    content[21] = content[21] & 0xF0 | frames >> 32
    content[22:26] = (frames & 0xFFFFFFFF).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"cut off: its header counts 100.0 s and it holds"):
        decode(path)


def test_a_wav_header_that_lies_about_its_data_costs_nothing(short, write):
    path = write(short.samples)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", 0x7FFFFF00)
    path.write_bytes(content)
    assert decode(path).seconds == pytest.approx(short.samples.size / 24_000, abs=0.01)


def test_a_streamed_wav_without_sizes_is_read(short, write):
    path = write(short.samples)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = content[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert decode(path).seconds == pytest.approx(short.samples.size / 24_000, abs=0.01)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_U8", "FLOAT"])
@pytest.mark.parametrize("whole", [0, 36, 0xFFFFFFFF])
def test_a_wav_whose_data_have_the_size_nothing_is_read(short, write, subtype, whole):
    path = write(short.samples, format="WAV", subtype=subtype)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[4:8] = struct.pack("<I", whole)
    content[at : at + 4] = bytes(4)
    path.write_bytes(content)
    found = decode(path)
    assert found.seconds == pytest.approx(short.samples.size / 24_000, abs=0.01)
    assert likeness(found.samples, short.samples) > 0.99


def test_a_wav_without_data_holds_no_audio_whatever_chunk_follows(write):
    content = write(np.zeros(0)).read_bytes()
    path = write(np.zeros(0))
    path.write_bytes(content + b"LIST\x0c\0\0\0INFOISFT\0\0\0\0")
    with pytest.raises(InvalidInputError, match="holds no audio"):
        decode(path)


@pytest.mark.parametrize("seconds", [1, 3])
def test_a_flac_of_unknown_length_is_read(short, write, seconds):
    """As our own server streams it."""
    path = write(short.samples[: seconds * 24_000], "v.flac", format="FLAC")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    content[8:12] = bytes(4)  # nor does it know its largest frames
    path.write_bytes(content)
    found = decode(path)
    assert found.seconds == seconds
    assert likeness(found.samples, short.samples[: seconds * 24_000]) > 0.9999


@pytest.mark.parametrize("quality", ["VARIABLE", "CONSTANT"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_an_mp3_that_counts_more_than_it_holds_is_told(tmp_path, short, quality, share):
    path = tmp_path / "v.mp3"
    coding = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": quality}
    with soundfile.SoundFile(path, "w", 24_000, 1, **coding) as file:
        file.write(short.samples)
    assert decode(path).seconds == pytest.approx(short.samples.size / 24_000, abs=0.1)
    tagged = id3_tag(Labels({"title": "x" * 5000}), 1.0) + path.read_bytes()
    for content in (path.read_bytes(), tagged):
        path.write_bytes(content[: round(len(content) * share)])
        with pytest.raises(
            InvalidInputError, match=r"an MP3 file that was cut off.* counts 6\.\d s"
        ):
            decode(path)


def test_an_mp3_is_decoded_as_one_piece(tmp_path, short, monkeypatch):
    """Seeking between blocks would cost the decoder its bit reservoir."""
    path = tmp_path / "v.mp3"
    coding = {"format": "MP3", "subtype": "MPEG_LAYER_III"}
    with soundfile.SoundFile(path, "w", 24_000, 1, **coding) as file:
        file.write(short.samples)
    at_once = decode(path).samples
    monkeypatch.setattr(module, "_BLOCK_FRAMES", 1000)
    assert decode(path).samples == pytest.approx(at_once, abs=1e-5)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize(
    ("name", "coding", "words"),
    [
        ("v.wav", {"format": "WAV"}, "a WAV file that was cut off"),
        ("v.ogg", {"format": "OGG"}, "an Ogg file that was cut off"),
        ("v.opus", {"format": "OGG", "subtype": "OPUS"}, "an Ogg file that was cut off"),
        ("v.flac", {"format": "FLAC"}, "cannot be decoded, it is damaged|that was cut off"),
    ],
)
def test_a_file_that_was_cut_off_is_told(short, write, share, name, coding, words):
    path = write(short.samples, name, **coding)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(InvalidInputError, match=words):
        decode(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_told(short, write, value):
    samples = short.samples.copy()
    samples[1000:1007] = value
    with pytest.raises(
        InvalidInputError, match=r"damaged: 7 of its [\d,]+ samples are not numbers"
    ):
        decode(write(samples, format="WAV", subtype="FLOAT"))


def test_doubles_that_no_float_holds_are_told(short, write):
    samples = short.samples.astype(np.float64)
    samples[1000] = 1e300
    with pytest.raises(InvalidInputError, match="not numbers"):
        decode(write(samples, format="WAV", subtype="DOUBLE"))


def test_floats_on_the_scale_of_integers_are_brought_back(short, write):
    found = decode(write(short.samples * 32768, format="WAV", subtype="FLOAT"))
    assert np.max(np.abs(found.samples)) == pytest.approx(1.0, abs=0.05)
    assert found.clipped_share < 1e-4
    assert likeness(found.samples, short.samples) > 0.9999


@pytest.mark.parametrize(("rate", "words"), [(4_000, "4000 samples per second"), (400_000, "400")])
def test_sample_rates_out_of_range_are_told(short, write, rate, words):
    with pytest.raises(InvalidInputError, match=f"{words}.*expected 8000 to 192000"):
        decode(write(short.samples, rate=rate))


def test_nine_channels_are_told(write):
    with pytest.raises(InvalidInputError, match="9 channels, at most 8"):
        decode(write(np.zeros((1000, 9), np.float32)))


@pytest.mark.parametrize(
    "gains",
    [(1, 1), (1, 0.8), (1, -1), (0.5, -0.6), (0, 1), (0, 0, 1, 0, 0, 0), (1,) * 8],
    ids=str,
)
def test_no_mix_of_channels_loses_the_voice(short, write, gains):
    mono = decode(write(short.samples)).samples
    found = decode(write(short.samples[:, None] * np.array(gains, np.float32))).samples
    assert abs(likeness(found, mono)) > 0.999 or likeness(-found, mono) > 0.999
    assert np.std(found) > 0.55 * np.std(mono) * max(map(abs, gains))


@pytest.mark.parametrize("above", [300, 500, 1000])
def test_channels_that_cancel_their_high_frequencies_are_not_mixed(short, write, above):
    high = sosfilt(butter(4, above, "highpass", fs=24_000, output="sos"), short.samples)
    stereo = np.stack((short.samples, short.samples - 2 * high), axis=1).astype(np.float32)
    found = decode(write(stereo))
    assert found.is_dulled
    left, right = (decode(write(stereo[:, number])).samples for number in (0, 1))
    assert max(likeness(found.samples, left), likeness(found.samples, right)) > 0.999
    assert not decode(write(short.samples)).is_dulled


def test_a_constant_offset_is_removed(short, write):
    found = decode(write(0.5 * short.samples + 0.3)).samples
    assert abs(float(found.mean())) < 1e-6


@pytest.mark.parametrize("kind", ["PCM_16", "FLOAT"])
def test_clipping_is_counted_as_it_came(short, write, kind):
    driven = np.clip(6 * short.samples / np.max(np.abs(short.samples)), -1, 1)
    expected = np.mean(np.abs(driven) >= 1.0)
    path = write(driven, format="WAV", subtype=kind, rate=48_000)
    assert decode(path).clipped_share == pytest.approx(expected, rel=0.05)
    assert decode(write(0.5 * short.samples)).clipped_share == 0


def test_a_stop_ends_the_work(short, write):
    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        decode(write(short.samples), stop)
