"""What libsndfile does not read becomes samples by PyAV, or a message."""

import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from making.likeness import likeness

from voicejob_worker.audio.id3 import id3_tag
from voicejob_worker.audio.labels import Labels
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference.decode import decode

CONTAINERS = [
    ("m4a", "mp4", "aac", 0.98),
    ("m4a", "mp4", "alac", 0.9999),
    ("m4a", "mp4", "flac", 0.9999),
    ("webm", "webm", "libopus", 0.98),
    ("mka", "matroska", "pcm_s16le", 0.9999),
    ("aac", "adts", "aac", 0.98),
    ("aiff", "aiff", "pcm_s16be", 0.9999),
    ("aifc", "aiff", "pcm_s24be", 0.9999),
    ("caf", "caf", "pcm_s16be", 0.9999),
    ("caf", "caf", "alac", 0.9999),
    ("au", "au", "pcm_s16be", 0.9999),
    ("au", "au", "pcm_mulaw", 0.99),
    ("w64", "w64", "pcm_s16le", 0.9999),
    ("mov", "mov", "pcm_f32le", 0.9999),
]


def written(path, muxer, codec, samples, rate=24_000):
    """A file that PyAV writes; samples of shape (n,) or (n, channels)."""
    planes = np.ascontiguousarray(np.atleast_2d(samples.T), np.float32)
    layout = {1: "mono", 2: "stereo"}[len(planes)]
    with av.open(str(path), "w", format=muxer) as container:
        rate = 48_000 if codec == "libopus" else rate
        stream = container.add_stream(codec, rate=rate, layout=layout)
        step = 24_000
        for start in range(0, planes.shape[1], step):
            part = np.ascontiguousarray(planes[:, start : start + step])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = 24_000, start
            frame.time_base = Fraction(1, 24_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("name", "muxer", "codec", "least"), CONTAINERS)
def test_what_pyav_reads_gives_the_same_samples(tmp_path, short, name, muxer, codec, least):
    path = written(tmp_path / "voice.wav", muxer, codec, short.samples)
    found = decode(path)
    assert found.seconds == pytest.approx(short.samples.size / 24_000, abs=0.1)
    assert likeness(found.samples, short.samples) > least
    assert found.clipped_share == 0
    assert np.max(np.abs(found.samples)) == pytest.approx(np.max(np.abs(short.samples)), rel=0.1)


@pytest.mark.parametrize(("name", "muxer", "codec", "least"), CONTAINERS)
def test_what_pyav_reads_is_refused_where_it_is_cut_off_or_pyav_is_missing(
    tmp_path, short, monkeypatch, name, muxer, codec, least
):
    path = written(tmp_path / "voice", muxer, codec, short.samples)
    whole = path.read_bytes()
    if name not in ("aac", "webm", "mka"):  # which are as long as they are, or say so afterwards
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InvalidInputError, match="cut off"):
            decode(path)
    path.write_bytes(whole)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(
        InvalidInputError, match=r"PyAV is not installed.*voicejob\[av\].*ffmpeg -i"
    ):
        decode(path)


def test_a_tag_before_aac_does_not_make_it_mp3(tmp_path, short):
    path = written(tmp_path / "voice", "adts", "aac", short.samples)
    path.write_bytes(id3_tag(Labels({"title": "x" * 9000}), 1.0) + path.read_bytes())
    assert likeness(decode(path).samples, short.samples) > 0.98


def test_a_film_is_no_recording_and_its_pictures_are_not_decoded(tmp_path):
    with av.open(str(tmp_path / "film"), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(InvalidInputError, match=r"m4a, mp4.* without sound"):
        decode(tmp_path / "film")


def test_a_codec_that_is_not_offered_is_named(tmp_path, short):
    path = written(tmp_path / "voice", "matroska", "ac3", short.samples, 48_000)
    with pytest.raises(InvalidInputError, match=r"Matroska or WebM file of ac3: .*convert it"):
        decode(path)


@pytest.mark.parametrize("share", np.linspace(0.02, 0.98, 9))
def test_damage_anywhere_is_a_message_or_samples(tmp_path, short, share):
    random = np.random.default_rng(round(share * 100))
    for name, muxer, codec, _ in CONTAINERS:
        path = written(tmp_path / f"voice.{name}", muxer, codec, short.samples[:48_000])
        content = bytearray(path.read_bytes())
        at = round(len(content) * share)
        content[at : at + 64] = random.bytes(min(64, len(content) - at))
        path.write_bytes(content)
        try:
            assert np.isfinite(decode(path).samples).all()
        except InvalidInputError as error:
            assert "voice reference" in error.message  # noqa: PT017 - either is right
