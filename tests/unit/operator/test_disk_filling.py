"""A worker's disk that is nearly full is told before it is full."""

from operator_world import World, done_report

from voicejob_api.report import WorkerReport
from voicejob_api.status import Phase
from voicejob_operator.voicejobs.effects import Announcement

LEFT = "1.9 of 20.0 GB are left on the disk of the model cache"


def told(world):
    decision = world.step()
    return [one for one in decision.announcements if one.reason == "DiskFilling"]


def test_a_nearly_full_disk_is_a_warning_of_each_attempt():
    world = World().run_to_running()
    world.report = WorkerReport(disk_warning=LEFT)
    pod = world.pods[-1].name
    assert told(world) == [Announcement("DiskFilling", LEFT, True, pod)]


def test_room_enough_is_told_to_nobody():
    world = World().run_to_running()
    world.report = WorkerReport()
    assert told(world) == []


def test_what_has_ended_tells_of_no_disk():
    world = World().run_to_running()
    world.end(0, report=done_report(disk_warning=LEFT))
    assert told(world) == []
    assert world.status.phase is Phase.SUCCEEDED
