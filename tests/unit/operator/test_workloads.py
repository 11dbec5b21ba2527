"""What a suspension writes where the Job is in a queue of Kueue's."""

import pytest
from fake_api_faults import error
from fake_api_server import FakeApiServer
from runtime_world import run

from voicejob_operator.manifests.job import suspend_patch
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.voicejobs.observed import JobView
from voicejob_operator.voicejobs.workloads import WORKLOADS, WORKLOADS_BEFORE, hold_back

QUEUED = JobView("letter-1", "job-1", namespace="default", queue="team-a")


def workload(name, job, **spec):
    labels = {"kueue.x-k8s.io/job-uid": job}
    return {"metadata": {"name": name, "namespace": "default", "labels": labels}, "spec": spec}


def held_back(job, held, *found, not_served=()):
    """Whether it is in a queue, the Workloads' spec afterwards, and how often one was written."""

    async def asked():
        async with FakeApiServer() as server:
            for each in found:
                server.put(WORKLOADS, each)
            for each in not_served:
                server.fail_all(error(404, "NotFound"), path=f"/{each.version}/")
            async with ApiClient(server.configuration(), connections=2, field_manager="t") as own:
                in_queue = await hold_back(own, job, held=held)
            specs = {each["metadata"]["name"]: each["spec"] for each in server.all(WORKLOADS)}
            return in_queue, specs, server.count(method="PATCH")

    return run(asked())


@pytest.mark.parametrize("not_served", [(), (WORKLOADS,)])
def test_the_jobs_own_workload_is_held_back_and_let_go(not_served):
    own, other = workload("own", "job-1", priority=3), workload("other", "job-2")
    _, specs, _ = held_back(QUEUED, True, own, other, not_served=not_served)
    assert specs == {"own": {"priority": 3, "active": False}, "other": {}}
    own["spec"]["active"] = False
    _, specs, _ = held_back(QUEUED, False, own, other, not_served=not_served)
    assert specs == {"own": {"priority": 3, "active": True}, "other": {}}


@pytest.mark.parametrize("held", [True, False])
def test_nothing_is_written_twice(held):
    assert held_back(QUEUED, held, workload("own", "job-1", active=not held))[2] == 0


def test_where_no_queue_has_seen_the_job_there_is_nothing_to_do():
    assert held_back(QUEUED, True) == (True, {}, 0)
    nowhere = (WORKLOADS, WORKLOADS_BEFORE)
    assert held_back(QUEUED, True, not_served=nowhere) == (True, {}, 0)


def test_a_job_in_no_queue_is_suspended_by_itself():
    alone = JobView("letter-1", "job-1", namespace="default")
    assert held_back(alone, True, workload("own", "job-1")) == (False, {"own": {}}, 0)


@pytest.mark.parametrize(
    ("suspended", "in_queue", "written"),
    [(True, False, True), (False, False, False), (True, True, True), (False, True, None)],
)
def test_a_job_in_a_queue_is_resumed_by_the_queue_alone(suspended, in_queue, written):
    patch = suspend_patch(suspended, in_queue=in_queue)
    assert patch.get("spec", {}).get("suspend") is written
    asked = "true" if suspended else "false"
    assert patch["metadata"]["annotations"] == {"voicejob.dev/suspend": asked}
