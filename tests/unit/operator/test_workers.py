"""Questions to workers: one that is not reached takes no other's turn, and is asked again."""

import asyncio
from datetime import UTC, datetime

from virtual_time import run

from voicejob_api.report import WorkerReport
from voicejob_operator.runtime.pod_http import UnreachableError
from voicejob_operator.voicejobs.observed import PodView
from voicejob_operator.voicejobs.workers import Workers

REPORT = WorkerReport().termination_message()


def pod(name):
    return PodView(name, name, "team", datetime.now(UTC), ip="10.0.0.1")


class Reader:
    """Hangs for the lost ones until the time is up; ``asked``: how often each was asked."""

    def __init__(self):
        self.asked = {}

    async def __call__(self, address, path):
        self.asked[address.name] = self.asked.get(address.name, 0) + 1
        if address.name.startswith("lost"):
            await asyncio.sleep(3.0)
            raise UnreachableError
        return REPORT

    async def close(self):
        pass


def test_hundreds_that_are_not_reached_starve_no_other():
    async def story():
        reader, told = Reader(), []
        workers = Workers(reader, 2.0, lambda pod, report: told.append((pod.name, report)))
        for number in range(300):
            workers.follow(pod(f"lost-{number}"))
        workers.follow(pod("good"))
        await asyncio.sleep(600.0)
        workers.leave_all()
        assert reader.asked["good"] > 100
        assert 5 < reader.asked["lost-7"] < 20
        assert all((report is None) is name.startswith("lost") for name, report in told)

    run(story())


def test_one_that_is_left_is_asked_no_more_and_may_be_followed_again():
    async def story():
        reader = Reader()
        workers = Workers(reader, 2.0, lambda pod, report: None)
        workers.follow(pod("a"))
        await asyncio.sleep(10.0)
        workers.leave("a")
        asked = reader.asked["a"]
        await asyncio.sleep(10.0)
        assert reader.asked["a"] == asked
        workers.follow(pod("a"))
        workers.follow(pod("a"))
        await asyncio.sleep(10.0)
        assert reader.asked["a"] == 2 * asked
        workers.leave_all()

    run(story())


def test_one_whose_questions_died_of_a_fault_is_followed_again():
    async def story():
        reader, faults = Reader(), [RuntimeError("of ours")]

        def heard(pod, report):
            if faults:
                raise faults.pop()

        workers = Workers(reader, 2.0, heard)
        workers.follow(pod("a"))
        await asyncio.sleep(5.0)
        workers.follow(pod("a"))
        await asyncio.sleep(20.0)
        assert reader.asked["a"] > 5
        workers.leave_all()

    run(story())
