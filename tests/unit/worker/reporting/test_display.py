"""What shows the work never ends it, and the last word names the place that the user chose."""

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicejob_worker import cli
from voicejob_worker.attempt.process import Options, _Run
from voicejob_worker.reporting.display import JsonLines, PlainLines, laptop_display
from voicejob_worker.settings import Settings


def closed(kind):
    if kind == "none":
        return None
    if kind == "full":
        return Path("/dev/full").open("w")
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    if kind == "closed":
        stream.close()
    return stream


@pytest.mark.parametrize("kind", ["none", "full", "closed", "unread"])
@pytest.mark.parametrize("display", [JsonLines, PlainLines])
def test_work_whose_log_cannot_be_written_goes_on(monkeypatch, kind, display):
    with monkeypatch.context() as broken:
        for name in ("stdout", "stderr"):
            broken.setattr(sys, name, closed(kind))
        display().note("speaking", chunk=1)


def test_without_any_standard_error_there_is_no_bar(monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(sys, "stderr", None)
        assert isinstance(laptop_display(), PlainLines)


def test_a_diagnosis_that_nobody_can_read_ends_with_1_and_says_so(monkeypatch):
    ended = []
    monkeypatch.setattr("voicejob_worker.doctor.diagnose", lambda *_: [])
    monkeypatch.setattr(cli, "_leave", ended.append)

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("voicejob_worker.doctor.show", fail)
    result = CliRunner().invoke(cli.app, ["doctor"])
    assert ended[0] == 1
    assert "OutputLost: standard output could not be written: No space left" in result.output


def test_a_full_disk_of_a_laptop_is_told_by_the_folder_that_was_named(tmp_path):
    full = OSError(28, "No space left on device")
    laptop, pod = (
        _Run(Options(Settings(work_dir=tmp_path / "pods"), output, False))._told(full)
        for output in (tmp_path / "out", None)
    )
    assert f"no room is left in {tmp_path}/out," in laptop.message
    assert "another disk with --output" in laptop.message
    assert f"no room is left in {tmp_path}/pods," in pod.message
    assert "worker.workDirSize" in pod.message
