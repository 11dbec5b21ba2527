"""Finished chunks survive on disk, and nothing false is ever read back."""

import numpy as np
import pytest

from voicejob_worker.checkpoint.archive import ChunkArchive, ChunkIdentity
from voicejob_worker.engines.protocol import SynthesisParams

RATE = 22050
NOISE = np.random.default_rng(0).integers(-9000, 9000, 5000).astype(np.int16)


def identity(**changes):
    base = {
        "engine": "piper",
        "model": "digest",
        "index": 0,
        "text": "Hello.",
        "params": SynthesisParams(),
        "check": "",
        "trim_start": True,
        "trim_end": True,
    }
    return ChunkIdentity(**base | changes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "chunks.tar"


def filled(path, *keys):
    archive = ChunkArchive(path)
    for number, key in enumerate(keys):
        archive.append(key, NOISE + number, RATE)
    return archive


def test_chunks_come_back_exactly(path):
    filled(path, "a", "b").close()
    again = ChunkArchive(path)
    assert np.array_equal(again.read("a"), NOISE)
    assert np.array_equal(again.read("b"), NOISE + 1)
    assert again.read("c") is None


def test_a_chunk_without_sound_comes_back_empty(path):
    archive = ChunkArchive(path)
    archive.append("silent", NOISE[:0], RATE)
    assert archive.read("silent").size == 0


def test_any_prefix_that_was_a_size_is_a_valid_archive(path, tmp_path):
    archive = filled(path, "a")
    size = archive.size
    archive.append("b", NOISE, RATE)
    prefix = tmp_path / "prefix.tar"
    prefix.write_bytes(path.read_bytes()[:size])
    restored = ChunkArchive(prefix)
    assert len(restored) == 1
    restored.append("c", NOISE, RATE)
    assert np.array_equal(ChunkArchive(prefix).read("c"), NOISE)


@pytest.mark.parametrize("lost", [1, 600, 3000])
def test_a_torn_end_is_dropped_and_overwritten(path, lost):
    filled(path, "a", "b").close()
    path.write_bytes(path.read_bytes()[:-lost])
    torn = ChunkArchive(path)
    assert np.array_equal(torn.read("a"), NOISE)
    assert "b" not in torn
    torn.append("b", NOISE, RATE)
    assert np.array_equal(ChunkArchive(path).read("b"), NOISE)


def test_a_damaged_chunk_is_not_read(path):
    filled(path, "a", "b").close()
    content = bytearray(path.read_bytes())
    content[1500:1540] = bytes(40)
    path.write_bytes(content)
    damaged = ChunkArchive(path)
    assert damaged.read("a") is None
    assert np.array_equal(damaged.read("b"), NOISE + 1)


# The number of samples in a FLAC's header: of fewer, more than there can be, and one bit less.
@pytest.mark.parametrize(("at", "bit"), [(24, 4), (21, 0), (25, 0)])
def test_a_chunk_whose_count_of_samples_is_damaged_is_not_read(path, at, bit):
    filled(path, "a").close()
    content = bytearray(path.read_bytes())
    content[content.index(b"fLaC") + at] ^= 1 << bit
    path.write_bytes(content)
    assert ChunkArchive(path).read("a") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (slice(124, 136), b"\x80" + b"\xff" * 11),  # a size of nearly 2**95
        (slice(124, 136), b"\xff" * 10 + b"\xfe\x00"),  # one under 0
        (slice(156, 157), b"x"),  # a header for the next member, of so many bytes
        (slice(156, 157), b"S"),  # one of several pieces
        (slice(156, 157), b"5"),  # a folder
    ],
)
def test_an_archive_with_a_damaged_header_is_read_up_to_it_and_goes_on(path, field, value):
    archive = filled(path, "a", "b")
    archive.close()
    content = bytearray(path.read_bytes())
    start = content.index(b"b.json")
    header = bytearray(content[start : start + 512])
    header[field] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    content[start : start + 512] = header
    path.write_bytes(content)
    again = ChunkArchive(path)
    assert (again.read("a") is not None, again.read("b")) == (True, None)
    again.append("c", NOISE, RATE)
    again.close()
    assert np.array_equal(ChunkArchive(path).read("c"), NOISE)


@pytest.mark.parametrize("content", [b"", b"not a tar at all" * 100, bytes(2048)])
def test_what_is_no_archive_is_started_anew(path, content):
    path.write_bytes(content)
    archive = ChunkArchive(path)
    assert len(archive) == 0
    archive.append("a", NOISE, RATE)
    assert np.array_equal(ChunkArchive(path).read("a"), NOISE)


@pytest.mark.parametrize(
    "change",
    [
        {"engine": "other"},
        {"model": "other"},
        {"index": 1},
        {"text": "Hello!"},
        {"params": SynthesisParams(seed=1)},
        {"params": SynthesisParams(nfe_steps=7)},
        {"check": "bounds"},
        {"params": SynthesisParams(speed=1.5)},
        {"trim_start": False},
        {"trim_end": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_all_that_shapes_a_chunk_is_in_its_key(change):
    assert identity().key == identity().key
    assert identity(**change).key != identity().key
