"""One process at a time speaks a VoiceJob into a folder of a laptop."""

import errno
import fcntl
import shutil

import pytest

from voicejob_api.voicejob import VoiceJob
from voicejob_worker.attempt import scratch as scratches
from voicejob_worker.attempt.scratch import Scratch
from voicejob_worker.attempt.workplace import on_laptop
from voicejob_worker.errors import StoreRefusedError, TransientFaultError

JOB = VoiceJob.model_validate({"metadata": {"name": "one"}, "spec": {"text": "Hello there."}})


def test_a_second_run_into_the_same_folder_is_refused_until_the_first_has_ended(tmp_path):
    first = on_laptop(JOB, tmp_path / "text", tmp_path / "out")
    (first.work_dir / "chunks.tar").touch()
    with pytest.raises(TransientFaultError, match=r"same folder .* name another folder with") as it:
        on_laptop(JOB, tmp_path / "text", tmp_path / "out")
    assert it.value.__cause__ is None, "or it would be logged as unforeseen"
    on_laptop(JOB, tmp_path / "text", tmp_path / "elsewhere")
    del first  # as its process ends
    assert (on_laptop(JOB, tmp_path / "text", tmp_path / "out").work_dir / "chunks.tar").exists()


def test_what_is_removed_leaves_nothing_and_keeps_the_neighbours(tmp_path):
    one, two = Scratch(tmp_path / "hidden" / "one"), Scratch(tmp_path / "hidden" / "two")
    (one.folder / "joined.s16").touch()
    (one.folder / "item-of-one-that-was-killed").mkdir()
    (one.folder / "item-of-one-that-was-killed" / "finished.wav").touch()
    one.remove()
    assert [path.name for path in (tmp_path / "hidden").iterdir()] == ["two"]
    two.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_another_process_removes_meanwhile_is_made_again(tmp_path, monkeypatch):
    folder, lock, seen = tmp_path / "hidden" / "one", scratches._lock, []

    def removed_first(file):
        if not seen:
            shutil.rmtree(tmp_path / "hidden")
        seen.append(file)
        lock(file)

    monkeypatch.setattr(scratches, "_lock", removed_first)
    Scratch(folder)
    assert (folder / ".lock").exists()
    assert len(seen) == 2


def test_a_file_system_without_locks_is_worked_in(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert Scratch(tmp_path / "one").folder.is_dir()


def test_an_output_that_is_no_folder_is_the_users_to_mend(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(StoreRefusedError, match=r"out refused to write out: Not a directory$"):
        on_laptop(JOB, tmp_path / "text", tmp_path / "out")
