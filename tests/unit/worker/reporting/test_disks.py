"""How full disks are is told by what they are for."""

import shutil

import pytest
from prometheus_client import CollectorRegistry

from voicejob_api.report import WorkerReport
from voicejob_api.status import Stage
from voicejob_worker.reporting.disks import DiskCollector
from voicejob_worker.reporting.reporter import Reporter


def told(folders, name):
    registry = CollectorRegistry()
    registry.register(DiskCollector(folders))
    (metric,) = (each for each in registry.collect() if each.name == name)
    return {sample.labels["folder"]: sample.value for sample in metric.samples}


def test_room_and_size_are_the_file_systems(tmp_path):
    folders = {"work": tmp_path}
    assert (
        told(folders, "voicejob_worker_disk_size_bytes")["work"]
        == shutil.disk_usage(tmp_path).total
    )
    assert told(folders, "voicejob_worker_disk_free_bytes")["work"] > 0


def test_a_folder_that_is_not_there_is_left_out(tmp_path):
    assert told({"models": tmp_path / "none"}, "voicejob_worker_disk_free_bytes") == {}


@pytest.fixture
def room(monkeypatch):
    """Of a disk of 20 GB so much is left."""

    def room(free):
        usage = shutil._ntuple_diskusage(20 * 10**9, 20 * 10**9 - free, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    return room


def test_a_disk_with_less_than_a_tenth_left_is_told_when_a_stage_begins(tmp_path, room):
    reporter = Reporter()
    reporter.disk_warning = DiskCollector({"models": tmp_path, "work": tmp_path}).warning
    room(2_000_000_000)
    reporter.enter(Stage.FETCHING)
    assert reporter.report.disk_warning == ""
    room(1_900_000_000)
    reporter.enter(Stage.SPEAKING)
    assert reporter.report.disk_warning == (
        "1.9 of 20.0 GB are left on the disk of the model cache; "
        "1.9 of 20.0 GB are left on the disk of the working directory"
    )
    told = WorkerReport.model_validate_json(reporter.report.to_json())
    assert told.disk_warning == reporter.report.disk_warning
    room(19_000_000_000)
    reporter.enter(Stage.MASTERING)
    assert reporter.report.disk_warning == ""
