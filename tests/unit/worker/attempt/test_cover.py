"""The cover that a user gives, from its ConfigMap or address into the file."""

import struct
import zlib

import pytest


def png(side=4):
    def part(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * 3 * side for _ in range(side)))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", rows) + part(b"IEND", b"")


REF = {"configMapKeyRef": {"name": "book", "key": "cover.png"}}


@pytest.fixture
def speak(worker, store):
    """Speaks with a cover that stands in a file, as a ConfigMap's does."""

    def run(picture, audio_format="mp3", **spec):
        (worker.home / "cover").write_bytes(picture)
        worker.environment["VOICEJOB_COVER_FILE"] = str(worker.home / "cover")
        worker.write_job(
            **{"text": "Hello.", "audio": {"format": audio_format, "cover": REF}, **spec}
        )
        worker.write_grants(store.grants())
        return worker.run()

    return run


@pytest.mark.parametrize("audio_format", ["mp3", "flac", "aac", "m4b"])
def test_it_stands_in_the_file(speak, store, audio_format):
    ended = speak(png(), audio_format)
    assert ended.code == 0, ended.output
    assert png() in store.objects["/voices/audio"]


def test_it_is_fetched_from_its_address(worker, store):
    store.objects["/pictures/cover"] = png()
    cover = {"uri": f"{store.endpoint}/pictures/cover"}
    worker.write_job(text="Hello.", audio={"format": "mp3", "cover": cover})
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    assert png() in store.objects["/voices/audio"]


def test_it_goes_before_the_texts_own_and_into_each_of_many_files(worker, store, tmp_path):
    (worker.home / "cover").write_bytes(png(8))
    folder = tmp_path / "out"
    items = [{"id": "one", "text": "Hello."}, {"id": "two", "text": "Good morning."}]
    worker.write_job(items=items, audio={"format": "mp3", "cover": REF})
    ended = worker.run("run", "--output", str(folder), "--cover-file", str(worker.home / "cover"))
    assert ended.code == 0, ended.output
    files = [*folder.rglob("*.mp3")]
    assert len(files) == 2
    assert all(png(8) in file.read_bytes() for file in files)


@pytest.mark.parametrize(
    ("picture", "words"),
    [(b"GIF89a" + bytes(40), "neither JPEG nor PNG"), (png() + bytes(8 << 20), "8 MiB")],
)
def test_what_cannot_be_a_cover_is_refused_before_a_word_is_spoken(speak, picture, words):
    ended = speak(picture)
    assert ended.code == 10
    assert "spec.audio.cover" in ended.report["message"]
    assert words in ended.report["message"]
    assert not (ended.report.get("progress") or {}).get("chunksDone")


def test_one_that_is_not_there_is_missing(worker, store):
    worker.environment["VOICEJOB_COVER_FILE"] = str(worker.home / "none")
    worker.write_job(text="Hello.", audio={"format": "mp3", "cover": REF})
    worker.write_grants(store.grants())
    ended = worker.run()
    assert (ended.code, ended.report["reason"]) == (10, "CoverMissing")
    assert "--cover-file" in ended.report["message"]


def test_an_address_that_refuses_is_told(worker, store):
    cover = {"uri": f"{store.endpoint}/pictures/none"}
    worker.write_job(text="Hello.", audio={"format": "mp3", "cover": cover})
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 10
    assert "spec.audio.cover.uri" in ended.report["message"]
