"""A Job belongs to the queue that suspends it: nothing is written back, and no work is lost."""

import yaml
from hindrances import ANY, suspends_each_job
from kubectl import Refused, eventually
from voicejobs import SENTENCES, long_text

ON_LINUX = {"nodeSelector": {"kubernetes.io/os": "linux"}}
"""What a queue such as Kueue writes into the template: the nodes that it has chosen."""


def suspend(kubectl, job, suspended):
    kubectl.patch("jobs", job, {"spec": {"suspend": suspended}})


def choose_nodes(kubectl, job):
    """Write into the template of a suspended Job, once the Job controller lets others do so."""

    def chosen():
        try:
            kubectl.patch("jobs", job, {"spec": {"template": {"spec": ON_LINUX}}})
        except Refused:
            return False
        return True

    eventually("the template of a suspended Job can be changed", chosen, 30)


def await_suspended(voicejobs, name):
    found = voicejobs.await_condition(name, "Queued", "JobSuspended")
    assert found["status"] == "True"
    assert "is suspended, and not by this VoiceJob" in found["message"]
    assert voicejobs.phase(name) == "Queued"
    return voicejobs.kubectl.get("jobs", voicejobs.status(name)["jobName"])


def is_as_others_left_it(voicejobs, name, job, writes):
    """The same Job, whose spec nobody has written since but the test itself, so many times."""
    found = voicejobs.kubectl.get("jobs", job["metadata"]["name"])
    assert found["metadata"]["uid"] == job["metadata"]["uid"]
    assert found["metadata"]["generation"] == job["metadata"]["generation"] + writes
    assert found["spec"]["template"]["spec"]["nodeSelector"] == ON_LINUX["nodeSelector"]
    assert len(voicejobs.status(name)["jobs"]) == 1
    return found


def test_a_preempted_job_waits_and_goes_on_where_it_was(voicejobs):
    voicejobs.apply("preempted", text=long_text(20), retries=0)
    eventually(
        "some progress",
        lambda: voicejobs.status("preempted").get("progress", {}).get("percent", 0) >= 10,
        60,
    )
    suspend(voicejobs.kubectl, voicejobs.status("preempted")["jobName"], True)
    job = await_suspended(voicejobs, "preempted")
    eventually("its pod is gone", lambda: not voicejobs.pods("preempted"), 60)
    choose_nodes(voicejobs.kubectl, job["metadata"]["name"])
    voicejobs.look_again("preempted")
    await_suspended(voicejobs, "preempted")
    assert is_as_others_left_it(voicejobs, "preempted", job, writes=1)["spec"]["suspend"]
    suspend(voicejobs.kubectl, job["metadata"]["name"], False)
    status = voicejobs.await_phase("preempted", "Succeeded", seconds=200)
    is_as_others_left_it(voicejobs, "preempted", job, writes=2)
    outcomes = [attempt["outcome"] for attempt in status["attempts"]]
    assert outcomes == ["Stopped", "Succeeded"]
    assert status["attempts"][-1]["chunksResumed"] > 0
    assert status.get("retriesUsed", 0) == 0


def test_a_job_that_a_queue_suspends_as_it_is_made_is_the_queues(voicejobs):
    kubectl = voicejobs.kubectl
    queue = suspends_each_job(kubectl.namespace)
    kubectl.create(*queue)
    try:
        eventually("the queue is there", lambda: is_suspended_when_made(kubectl), 30)
        voicejobs.apply("later", text=SENTENCES[0], retries=0)
        job = await_suspended(voicejobs, "later")
        choose_nodes(kubectl, job["metadata"]["name"])
        voicejobs.look_again("later")
        assert is_as_others_left_it(voicejobs, "later", job, writes=1)["spec"]["suspend"]
        assert voicejobs.pods("later") == []
        suspend(kubectl, job["metadata"]["name"], False)
        status = voicejobs.await_phase("later", "Succeeded", seconds=100)
        is_as_others_left_it(voicejobs, "later", job, writes=2)
        assert status.get("retriesUsed", 0) == 0
    finally:
        whole = yaml.safe_dump_all(queue)
        kubectl("delete", "--ignore-not-found", "-f", "-", stdin=whole)


def is_suspended_when_made(kubectl):
    tried = {**ANY["jobs"], "metadata": {"name": "tried"}}
    asked = ("create", "--dry-run=server", "-o", "yaml", "-f", "-")
    return yaml.safe_load(kubectl(*asked, stdin=yaml.safe_dump(tried)))["spec"].get("suspend")
