"""``voicejob-worker download --prune``: what goes from the model cache, and what never does."""

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

import pytest
from making.server import until
from typer.testing import CliRunner

from voicejob_worker.cli import app
from voicejob_worker.models import prune as pruning
from voicejob_worker.models import use
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.lease import Lease
from voicejob_worker.models.provide import LOCK
from voicejob_worker.models.record import RECORD
from voicejob_worker.stop import Stop

DAY = 86_400.0


@pytest.fixture(autouse=True)
def ended():
    """The processes that used models so far have ended."""

    def ended():
        for descriptor in use._held.values():
            os.close(descriptor)
        use._held.clear()

    yield ended
    ended()


@pytest.fixture
def run(monkeypatch, cache):
    monkeypatch.setenv("VOICEJOB_MODEL_CACHE_DIR", str(cache))

    def run(*arguments):
        return CliRunner().invoke(app, ["download", "--prune", *arguments])

    return run


@pytest.fixture
def aged(cache):
    """Make everything in the cache so many days old."""

    def aged(days):
        then = time.time() - days * DAY
        for path in cache.rglob("*"):
            os.utime(path, (then, then))

    return aged


@pytest.fixture
def model(provider, voice, ended, aged):
    """A voice that was used 40 days ago, by a process that has ended."""
    path = provider.provide(voice, Kind.PIPER)
    ended()
    aged(40)
    return path


def test_what_nobody_has_used_for_long_goes_and_can_be_fetched_again(run, model, voice, provider):
    told = run()
    assert told.exit_code == 0, told.output
    assert told.stdout == f"removed 3 MB {voice}\n"
    assert not model.exists()
    assert not list(model.parent.iterdir()), "nothing is left but the folder"
    assert run().stdout == ""
    assert provider.provide(voice, Kind.PIPER) == model
    assert model.exists()


def test_a_dry_run_tells_it_and_removes_nothing(run, model, voice, cache):
    before = sorted(cache.rglob("*"))
    assert run("--dry-run").stdout == f"would remove 3 MB {voice}\n"
    assert sorted(cache.rglob("*")) == before
    assert model.exists()


@pytest.mark.parametrize(("days", "stays"), [("39", False), ("41", True)])
def test_days_since_the_last_use_count(run, model, days, stays):
    told = run("--unused-days", days)
    assert model.exists() == stays
    assert ("kept" in told.stdout) == stays


def test_a_use_of_what_lies_there_for_long_counts(run, model, provider, voice, ended):
    provider.provide(voice, Kind.PIPER)
    ended()
    assert "(used 0 days ago)" in run().stdout
    assert model.exists()


def test_one_that_a_catalogue_names_stays(run, model, voice, tmp_path):
    catalogue = tmp_path / "catalogue.yaml"
    entries = [{"engine": "piper", "language": "de", "uri": voice}]
    catalogue.write_text(json.dumps({"entries": entries}))
    assert "(a catalogue names it)" in run("--catalogue", str(catalogue)).stdout
    assert model.exists()


def test_one_that_a_process_uses_stays_however_old_its_note_is(run, model, cache, aged):
    """Another process, that has been given it and goes on."""
    program = (
        "import sys; from pathlib import Path; from voicejob_worker.models.use import note_use;"
        "note_use(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    arguments = [sys.executable, "-c", program, str(model.parent)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "held\n"
        aged(40)
        for options in ((), ("--dry-run",)):
            assert "kept 3 MB" in (told := run(*options).stdout)
            assert "(a process uses it)" in told
        assert model.exists()
        user.communicate("")
    assert run().stdout.startswith("removed")


def test_one_that_is_being_removed_is_waited_for_and_fetched_again(
    model, provider, voice, monkeypatch
):
    monkeypatch.setattr(use, "_REMOVAL_SECONDS", 120.0)
    note = model.parent.parent / ".used" / model.parent.name
    with ThreadPoolExecutor(1) as pool:
        with use.nobody_else(model.parent) as alone:
            assert alone
            provided = pool.submit(provider.provide, voice, Kind.PIPER)
            until(lambda: opened(note) == 2)
            wait([provided], timeout=1.0)  # so long at most, if it does not wait
            (model.parent / RECORD).unlink()
            model.unlink()
        assert provided.result(timeout=120) == model
    assert model.exists()
    assert use.is_used(model.parent)


def opened(path):
    """How many descriptors of this process are of a file."""
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of the listing itself
            found += one.readlink() == path
    return found


def test_one_that_could_not_be_held_is_held_at_its_next_use(model, monkeypatch):
    monkeypatch.setattr(use, "_REMOVAL_SECONDS", 0.0)
    with use.nobody_else(model.parent):
        use.note_use(model.parent)
    assert not use.is_used(model.parent)
    use.note_use(model.parent)
    assert use.is_used(model.parent)


def test_where_there_are_no_locks_a_use_counts_by_its_age(model, run, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as without:
        without.setattr(fcntl, "flock", refuse)
        use.note_use(model.parent)
    assert "(used 0 days ago)" in run().stdout


def test_a_process_that_goes_on_for_long_notes_it_again_and_again(model, aged):
    """Each day: here ten times a second."""
    program = (
        "import sys; from pathlib import Path; from voicejob_worker.models import use;"
        "use._TOUCH_SECONDS = 0.1;"
        "use.note_use(Path(sys.argv[1])); print('noted', flush=True); sys.stdin.read()"
    )
    arguments = [sys.executable, "-c", program, str(model.parent)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "noted\n"
        aged(40)
        try:
            until(lambda: time.time() - use.last_use(model.parent, LOCK) < DAY)
        finally:
            user.communicate("")


@pytest.mark.parametrize("vanishes", ["a file", "the folder"])
def test_what_vanishes_meanwhile_ends_nothing(run, model, cache, aged, monkeypatch, vanishes):
    folder = cache / f"{'0' * 16}-other"
    folder.mkdir()
    partial = folder / "voicejob.json.0.partial"
    partial.write_bytes(b"{}")
    aged(40)
    listing = type(folder).iterdir

    def iterdir(path):
        if path == folder and vanishes == "the folder":
            shutil.rmtree(folder, ignore_errors=True)
        found = list(listing(path))
        if path == folder:
            partial.unlink(missing_ok=True)
        return iter(found)

    monkeypatch.setattr(type(folder), "iterdir", iterdir)
    told = run()
    assert told.exit_code == 0, told.output
    assert not model.exists(), "the one after it"


def test_one_that_is_being_fetched_stays(run, model, aged):
    with Lease(model.parent / LOCK, Stop()):
        told = run().stdout
    assert "(it is being fetched)" in told
    assert model.exists()


def test_half_a_model_goes_too(run, cache, aged):
    folder = cache / f"{'0' * 16}-half"
    folder.mkdir(parents=True)
    (folder / "half.onnx.partial").write_bytes(b"x" * 2_000_000)
    aged(40)
    assert run().stdout == f"removed 2 MB {folder.name}, unfinished\n"


def test_what_is_no_model_of_the_cache_is_left_alone(run, cache, aged):
    other = cache / "my-own" / "model.onnx"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"mine")
    aged(400)
    assert run().stdout == ""
    assert other.exists()


def test_one_call_removes_so_many_and_the_next_goes_on(run, cache, aged, monkeypatch):
    monkeypatch.setattr(pruning, "MAX_REMOVED", 2)
    for number in range(3):
        folder = cache / f"{number:016d}-model"
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(b"x")
    aged(40)
    assert [len(run().stdout.splitlines()) for _ in range(3)] == [2, 1, 0]


def test_it_downloads_nothing(run):
    told = run("--engine", "piper")
    assert told.exit_code == 10
    assert "--prune removes models" in told.stderr


def test_a_directory_that_is_not_there_is_told(run, tmp_path):
    told = run("--to", str(tmp_path / "nowhere"))
    assert told.exit_code == 11
    assert "nowhere" in told.stderr


def test_a_cache_that_is_read_only_serves_all_the_same(provider, voice, cache, monkeypatch):
    path = provider.provide(voice, Kind.PIPER)

    def refuse(*_arguments, **_options):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert provider.provide(voice, Kind.PIPER) == path
