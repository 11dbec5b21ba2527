"""Tags, cover and chapters, read back by ffmpeg's libraries, which wrote only those of m4b."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from PIL import Image

from voicejob_api.audio import AudioFormat, Tags
from voicejob_worker.audio.chapters import Chapter, ChapterSpan, spans
from voicejob_worker.audio.encode import encode
from voicejob_worker.audio.labels import MAX_COVER_BYTES, UNLABELLED, Labels, labels_of
from voicejob_worker.audio.ogg import checksum

Signal = NDArray[np.float32]
Write = Callable[[Signal], Path]
RATE = 24000
TAGS = {
    "title": "Ein Käse, drei Mäuse",
    "artist": "本 作者",
    "album": "Märchen = viele",
    "album_artist": "Verlag",
    "composer": "Joe",
    "genre": "Audiobook",
    "date": "2026-11-29",
    "track": "3/12",
    "comment": 'with "quotes"; and a semicolon',
    "copyright": "2026 Nobody",
}
CHAPTERS = (
    Chapter("Vorwort", 0.0),
    Chapter("Erstes Kapitel: der Käse", 1.25),
    Chapter("第二章", 2.5),
)
WITH_CHAPTERS = [one for one in AudioFormat if one is not AudioFormat.WAV]


def picture(kind: str, size: int = 40) -> bytes:
    file = BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (size, size, 3), np.uint8)
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


@pytest.fixture
def labelled(
    raw32: Write, tmp_path: Path, speech_like: Callable[..., Signal]
) -> Callable[[AudioFormat, Labels], Path]:
    def write(audio_format: AudioFormat, labels: Labels) -> Path:
        rate = 44100 if audio_format is AudioFormat.AAC else RATE
        path = tmp_path / f"file-{labels is UNLABELLED}.{audio_format}"
        encode(raw32(speech_like(4.0, rate)), rate, path, audio_format, labels=labels)
        return path

    return write


def read_tags(path: Path) -> dict[str, str]:
    with av.open(path) as container:
        found = {**container.metadata, **container.streams.audio[0].metadata}
    return {key.lower(): value for key, value in found.items()}


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_every_tag_is_read_back(
    audio_format: AudioFormat, labelled: Callable[[AudioFormat, Labels], Path]
) -> None:
    found = read_tags(labelled(audio_format, Labels(TAGS)))
    for name, value in TAGS.items():
        if audio_format is AudioFormat.WAV and name in ("album_artist", "composer"):
            continue
        assert found[name] == value, name


@pytest.mark.parametrize("audio_format", WITH_CHAPTERS)
def test_chapters_are_read_back_with_their_times(
    audio_format: AudioFormat, labelled: Callable[[AudioFormat, Labels], Path]
) -> None:
    with av.open(labelled(audio_format, Labels({}, CHAPTERS))) as container:
        found = container.chapters()
    times = [(one["start"] * one["time_base"], one["end"] * one["time_base"]) for one in found]
    assert [one["metadata"]["title"] for one in found] == [one.title for one in CHAPTERS]
    assert [float(start) for start, _ in times] == [0.0, 1.25, 2.5]
    if audio_format not in (AudioFormat.FLAC, AudioFormat.OPUS):  # whose chapters have no end
        assert [float(end) for _, end in times] == [1.25, 2.5, 4.0]


@pytest.mark.parametrize("audio_format", WITH_CHAPTERS)
@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_the_cover_is_read_back_byte_by_byte(
    kind: str, audio_format: AudioFormat, labelled: Callable[[AudioFormat, Labels], Path]
) -> None:
    cover = picture(kind, 400)  # which spans pages of Ogg
    with av.open(labelled(audio_format, Labels(TAGS, CHAPTERS, cover))) as container:
        assert container.streams.video[0].disposition.name == "attached_pic"
        assert bytes(next(container.demux(video=0))) == cover
        assert len(container.chapters()) == 3


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_labels_leave_the_sound_as_it_is(
    audio_format: AudioFormat,
    labelled: Callable[[AudioFormat, Labels], Path],
    decoded_file: Callable[[Path], tuple[Signal, int]],
) -> None:
    bare, _ = decoded_file(labelled(audio_format, UNLABELLED))
    with_all, _ = decoded_file(labelled(audio_format, Labels(TAGS, CHAPTERS, picture("png"))))
    assert np.array_equal(bare, with_all)


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_the_same_labels_give_the_same_bytes(
    audio_format: AudioFormat, labelled: Callable[[AudioFormat, Labels], Path]
) -> None:
    labels = Labels(TAGS, CHAPTERS, picture("jpeg"))
    first = labelled(audio_format, labels).read_bytes()
    assert labelled(audio_format, labels).read_bytes() == first


def test_an_m4b_has_both_lists_of_chapters_and_says_that_it_is_a_book(
    labelled: Callable[[AudioFormat, Labels], Path],
) -> None:
    data = labelled(AudioFormat.M4B, Labels(TAGS, CHAPTERS)).read_bytes()
    assert b"chpl" in data  # Nero's
    assert b"tref\0\0\0\x0cchap" in data  # QuickTime's
    assert b"stik\0\0\0\x11data\0\0\0\x15\0\0\0\0\x02" in data
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_thousand_chapters(labelled: Callable[[AudioFormat, Labels], Path]) -> None:
    many = tuple(Chapter(f"Kapitel {number}", number * 0.003) for number in range(1200))
    for audio_format in (AudioFormat.M4B, AudioFormat.MP3, AudioFormat.OPUS):
        with av.open(labelled(audio_format, Labels({}, many))) as container:
            found = container.chapters()
        assert len(found) == (1000 if audio_format is AudioFormat.OPUS else 1200)
        assert found[-1]["metadata"]["title"] == f"Kapitel {len(found) - 1}"


def test_every_page_of_ogg_is_numbered_and_checked(
    labelled: Callable[[AudioFormat, Labels], Path],
) -> None:
    cover = picture("png", 400)
    data = labelled(AudioFormat.OPUS, Labels(TAGS, CHAPTERS, cover)).read_bytes()
    start = number = 0
    flags, granules = [], []
    while start < len(data):
        body = start + 27 + data[start + 26]
        end = body + sum(data[start + 27 : body])
        page = data[start:end]
        assert int.from_bytes(page[18:22], "little") == number
        assert int.from_bytes(page[22:26], "little") == checksum(page[:22] + bytes(4) + page[26:])
        flags.append(page[5])
        granules.append(int.from_bytes(page[6:14], "little", signed=True))
        start, number = end, number + 1
    comments = 1 + granules[1:].index(0) + 1  # begun, gone on with, and ended at the granule 0
    assert comments > 8
    assert flags[:comments] == [2, 0] + [1] * (comments - 2)
    assert granules[1:comments] == [-1] * (comments - 2) + [0]
    assert flags[comments] == 0
    assert soundfile.info(BytesIO(data)).frames == 4 * RATE


@pytest.mark.parametrize("audio_format", WITH_CHAPTERS)
@pytest.mark.parametrize("kept", [3, 200, 2000])
def test_a_cover_that_is_cut_off_costs_no_audio(
    kept: int,
    audio_format: AudioFormat,
    labelled: Callable[[AudioFormat, Labels], Path],
    decoded_file: Callable[[Path], tuple[Signal, int]],
) -> None:
    labels = Labels(TAGS, CHAPTERS, picture("jpeg", 100)[:kept])
    samples, _ = decoded_file(labelled(audio_format, labels))
    assert samples.size >= 4 * RATE


def test_chapters_are_put_in_order_and_within_the_audio() -> None:
    given = [
        Chapter("after the end", 10.0),
        Chapter("  two\nlines ", 4.0),
        Chapter("Part", 0.3),
        Chapter("Chapter", 0.3001),
        Chapter("", 6.0),
        Chapter("ü" * 200, 7.0),
    ]
    assert spans(given, 10.0) == [
        ChapterSpan("Part: Chapter", 0, 4000),
        ChapterSpan("two lines", 4000, 6000),
        ChapterSpan("3", 6000, 7000),
        ChapterSpan("ü" * 125, 7000, 10000),
    ]
    assert spans([], 10.0) == []
    assert spans(CHAPTERS, 0.0) == []


def test_a_first_chapter_that_begins_later_stays_there() -> None:
    opened = [ChapterSpan("Book", 0, 5000), ChapterSpan("One", 5000, 8000)]
    assert spans([Chapter("One", 5.0)], 8.0, opening="Book") == opened
    assert spans([Chapter("One", 5.0)], 8.0) == [ChapterSpan("One", 5000, 8000)]


@pytest.mark.parametrize("audio_format", WITH_CHAPTERS)
def test_what_is_before_the_first_chapter_is_one_under_the_title(
    audio_format: AudioFormat, labelled: Callable[[AudioFormat, Labels], Path]
) -> None:
    later = (Chapter("One", 1.5), Chapter("Two", 3.0))
    with av.open(labelled(audio_format, Labels(TAGS, later))) as container:
        found = container.chapters()
    assert [one["metadata"]["title"] for one in found] == [TAGS["title"], "One", "Two"]
    assert [float(one["start"] * one["time_base"]) for one in found] == [0.0, 1.5, 3.0]


def test_the_users_tags_go_before_what_the_text_says_of_itself() -> None:
    cover = picture("png")
    labels = labels_of(Tags(title="Mine"), title="Its own", author="An\nAuthor", cover=cover)
    assert labels.tags == {"title": "Mine", "artist": "An Author"}
    assert labels.cover == cover
    assert labels_of(None) == UNLABELLED
    assert labels_of(None).is_empty


def test_a_cover_of_another_kind_or_too_large_is_left_out() -> None:
    assert labels_of(None, cover=b"GIF89a" + bytes(100)).cover is None
    assert labels_of(None, cover=b"\xff\xd8\xff" + bytes(MAX_COVER_BYTES)).cover is None


def test_no_tag_is_told_by_what_is_logged() -> None:
    labels = labels_of(Tags(title="secret"), title="secret", chapters=(Chapter("secret", 0),))
    assert "secret" not in repr(labels)
