"""References kept on disk."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from voicejob_worker.errors import InvalidInputError
from voicejob_worker.reference import cache as module
from voicejob_worker.reference.cache import ReferenceCache, ReferenceCacheCollector
from voicejob_worker.reference.reference import Reference, ReferenceReport

MIB = 1024**2


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def recording(short, write):
    return write(short.samples)


@pytest.fixture
def quick(monkeypatch):
    """Prepares without work, and counts."""
    made = []

    def prepare(file, transcript, *, stop):
        made.append(transcript)
        return Reference(
            samples=np.linspace(-1, 1, 24_000, dtype=np.float32),
            sample_rate=24_000,
            transcript=transcript,
            digest=module.reference_digest(file, transcript),
            report=ReferenceReport(1.0, 1.0, 30.0, 0.0, 0.9, 24_000),
            notes=("a note",),
        )

    monkeypatch.setattr(module, "prepare_reference", prepare)
    return made


def same(one, two):
    return np.array_equal(one.samples, two.samples) and (
        one.transcript, one.digest, one.report, one.notes, one.sample_rate
    ) == (two.transcript, two.digest, two.report, two.notes, two.sample_rate)  # fmt: skip


def counts(cache):
    return cache.hits, cache.misses, cache.evictions, cache.dropped, cache.faults


def test_the_second_time_it_is_there(folder, recording, short):
    first = ReferenceCache(folder, 10 * MIB, 10)
    made = first.get_or_make(recording, short.transcript)
    second = ReferenceCache(folder, 10 * MIB, 10)
    found = second.get_or_make(recording, short.transcript)
    assert same(made, found)
    assert found.samples.dtype == np.float32
    assert counts(first) == (0, 1, 0, 0, 0)
    assert counts(second) == (1, 0, 0, 0, 0)


def test_it_is_known_by_its_content_not_its_name(folder, recording, quick, monkeypatch):
    cache = ReferenceCache(folder, 10 * MIB, 10)
    cache.get_or_make(recording, "one")
    renamed = recording.rename(recording.with_name("other.mp3"))
    cache.get_or_make(renamed, "one")
    assert len(quick) == 1
    cache.get_or_make(renamed, "two")
    renamed.write_bytes(renamed.read_bytes() + b"\0")
    cache.get_or_make(renamed, "one")
    monkeypatch.setattr("voicejob_worker.reference.prepare.CODE_VERSION", "next")
    cache.get_or_make(renamed, "one")
    assert len(quick) == 4


def test_a_refusal_is_not_kept(folder, tmp_path):
    path = tmp_path / "voice.wav"
    path.write_bytes(b"some text")
    cache = ReferenceCache(folder, 10 * MIB, 10)
    for _ in range(2):
        with pytest.raises(InvalidInputError, match="looks like text"):
            cache.get_or_make(path, "words")
    assert cache.entries() == 0


def test_a_pipe_is_not_waited_for(folder, tmp_path):
    os.mkfifo(tmp_path / "voice.wav")
    with pytest.raises(InvalidInputError, match="no regular file"):
        ReferenceCache(folder, 10 * MIB, 10).get_or_make(tmp_path / "voice.wav", "words")


@pytest.mark.parametrize("bound", ["entries", "bytes"])
def test_what_is_used_least_recently_goes(folder, recording, quick, bound):
    size = 97_500
    cache = ReferenceCache(folder, *((MIB, 3) if bound == "entries" else (3 * size, 100)))
    for text in ("a", "b", "c"):
        cache.get_or_make(recording, text)
        time.sleep(0.01)
    cache.get_or_make(recording, "a")
    time.sleep(0.01)
    cache.get_or_make(recording, "d")
    assert (cache.entries(), cache.evictions) == (3, 1)
    assert cache.size_bytes() <= 3 * size
    del quick[:]
    for text in ("a", "c", "d"):
        cache.get_or_make(recording, text)
    assert quick == []
    cache.get_or_make(recording, "b")
    assert quick == ["b"]


def test_what_is_larger_than_the_bound_is_not_kept(folder, recording, quick):
    cache = ReferenceCache(folder, 1000, 10)
    assert cache.get_or_make(recording, "a").transcript == "a"
    assert cache.size_bytes() == 0


def garbage(content):
    return b"no archive at all"


def truncated(content):
    return content[: len(content) // 2]


def flipped(content):
    changed = bytearray(content)
    changed[len(content) // 2] ^= 0xFF
    return bytes(changed)


def empty(content):
    return b""


def enormous(content):
    return content + bytes(5 * MIB)


@pytest.mark.parametrize("damage", [garbage, truncated, flipped, empty, enormous])
def test_a_damaged_entry_is_made_again(folder, recording, quick, damage):
    cache = ReferenceCache(folder, 10 * MIB, 10)
    made = cache.get_or_make(recording, "a")
    (entry,) = folder.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert same(cache.get_or_make(recording, "a"), made)
    assert counts(cache) == (0, 2, 0, 1, 0)
    cache.get_or_make(recording, "a")
    assert cache.hits == 1


def test_an_entry_of_something_else_is_made_again(folder, recording, quick):
    cache = ReferenceCache(folder, 10 * MIB, 10)
    cache.get_or_make(recording, "a")
    (first,) = folder.iterdir()
    cache.get_or_make(recording, "b")
    (second,) = set(folder.iterdir()) - {first}
    first.replace(second)
    assert cache.get_or_make(recording, "b").transcript == "b"
    assert cache.dropped == 1


class Trap:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_no_entry_runs_code(folder, recording, quick, tmp_path):
    cache = ReferenceCache(folder, 10 * MIB, 10)
    cache.get_or_make(recording, "a")
    (entry,) = folder.iterdir()
    with entry.open("wb") as file:
        np.savez(
            file,
            header=np.array([Trap(tmp_path / "trap")], object),
            samples=np.zeros(5, np.float32),
        )
    cache.get_or_make(recording, "a")
    assert cache.dropped == 1
    assert not (tmp_path / "trap").exists()


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path, recording, quick):
    (tmp_path / "file").write_bytes(b"")
    cache = ReferenceCache(tmp_path / "file" / "cache", 10 * MIB, 10)
    assert cache.get_or_make(recording, "a").transcript == "a"
    assert cache.faults == 1


def test_a_full_disk_leaves_nothing_half_written(folder, recording, quick, monkeypatch):
    def write(reference, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_encode", write)
    cache = ReferenceCache(folder, 10 * MIB, 10)
    assert cache.get_or_make(recording, "a").transcript == "a"
    assert cache.faults == 1
    assert list(folder.iterdir()) == []


def test_what_a_dead_writer_left_goes(folder, recording, quick):
    folder.mkdir()
    old, new = folder / "old.unfinished", folder / "new.unfinished"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 7200,) * 2)
    ReferenceCache(folder, 10 * MIB, 10).get_or_make(recording, "a")
    assert not old.exists()
    assert new.exists()


HAMMER = Path(__file__).with_name("hammer_cache.py")


def test_several_processes_share_a_folder(folder, recording):
    commands = [[sys.executable, str(HAMMER), folder, recording, str(seed)] for seed in range(2)]
    running = [subprocess.Popen(one, stdout=subprocess.PIPE, text=True) for one in commands]
    for process in running:
        answer, _ = process.communicate(timeout=120)
        wrong, dropped, faults, hits = json.loads(answer)
        assert (wrong, dropped, faults) == (0, 0, 0)
        assert hits > 10
    assert len(list(folder.iterdir())) <= 5


def test_the_metrics(folder, recording, quick):
    cache = ReferenceCache(folder, 10 * MIB, 10)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ReferenceCacheCollector(cache))
    for text in ("a", "b", "a", "a"):
        cache.get_or_make(recording, text)
    text = generate_latest(registry).decode()
    assert "voicejob_reference_cache_hits_total 2.0" in text
    assert "voicejob_reference_cache_misses_total 2.0" in text
    assert "voicejob_reference_cache_evictions_total 0.0" in text
    assert "voicejob_reference_cache_entries 2.0" in text
    (size,) = re.findall(r"^voicejob_reference_cache_bytes (\S+)$", text, re.MULTILINE)
    assert float(size) == cache.size_bytes() > 190_000


@pytest.mark.parametrize("fault", [PermissionError, OSError, FileNotFoundError])
def test_a_folder_that_cannot_be_read_counts_as_empty(folder, monkeypatch, fault):
    def scandir(_):
        raise fault

    monkeypatch.setattr(os, "scandir", scandir)
    cache = ReferenceCache(folder, MIB, 10)
    assert (cache.entries(), cache.size_bytes()) == (0, 0)
