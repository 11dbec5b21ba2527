"""The life of a VoiceJob: stopped, killed, deleted, suspended, made again."""

import os
import signal
from datetime import datetime
from pathlib import Path

import pytest
from kubectl import eventually
from voicejobs import SENTENCES, long_text


def children(voicejobs, uid):
    selector = f"voicejob.dev/uid={uid}"
    kinds = ("jobs", "pods", "secret")
    return [item for kind in kinds for item in voicejobs.kubectl.list(kind, selector)]


def delete_and_check(voicejobs, store, name):
    uid = voicejobs.get(name)["metadata"]["uid"]
    voicejobs.kubectl("delete", "voicejob", name, "--wait=true", timeout=30)
    eventually("nothing is left of it", lambda: not children(voicejobs, uid), 60)
    eventually("its checkpoint is gone", lambda: not store.checkpoints(uid), 60)


def test_deletion_in_every_phase_leaves_nothing(voicejobs, store):
    voicejobs.apply("queued", text="hi", gpu={"resourceName": "nvidia.com/mig-7g.80gb"})
    voicejobs.apply("starting", textFrom={"configMapKeyRef": {"name": "none", "key": "none"}})
    voicejobs.apply("running", text=long_text(300))
    voicejobs.apply("suspended", text="hi", suspend=True)
    voicejobs.apply("succeeded", text="hi")
    voicejobs.apply("failed", text="🎉")
    for name in ("queued", "starting", "running", "suspended", "succeeded", "failed"):
        voicejobs.await_phase(name, name.capitalize())
        delete_and_check(voicejobs, store, name)


def test_a_killed_pod_is_followed_by_one_that_resumes(voicejobs, store):
    text = long_text(30)
    voicejobs.apply("straight", text=text, synthesis={"seed": 3})
    expected = voicejobs.await_phase("straight", "Succeeded", seconds=200)["audio"]["sha256"]
    voicejobs.apply("killed", text=text, synthesis={"seed": 3})
    eventually(
        "some progress",
        lambda: voicejobs.status("killed").get("progress", {}).get("percent", 0) >= 10,
        60,
    )
    voicejobs.kubectl("delete", "pod", "-l", "voicejob.dev/name=killed", "--wait=false")
    status = voicejobs.await_phase("killed", "Succeeded", seconds=200)
    assert status["audio"]["sha256"] == expected
    outcomes = [attempt["outcome"] for attempt in status["attempts"]]
    assert outcomes == ["Stopped", "Succeeded"]
    assert status["attempts"][1]["chunksResumed"] > 0
    assert status["retriesUsed"] == 0
    assert between(*status["attempts"]) <= 6, "the Job controller's back-off is 10 s"


def between(first, second):
    """Seconds from the end of one attempt to the start of the next."""
    ended, began = (
        datetime.fromisoformat(moment) for moment in (first["finishedAt"], second["startedAt"])
    )
    return (began - ended).total_seconds()


def test_a_pod_deleted_before_its_worker_starts_uses_up_no_retry(voicejobs):
    late = {"configMapKeyRef": {"name": "late", "key": "text"}}
    voicejobs.apply("unlucky", textFrom=late, retries=0)
    voicejobs.await_phase("unlucky", "Starting")
    (first,) = [pod["metadata"]["name"] for pod in voicejobs.pods("unlucky")]
    voicejobs.kubectl("delete", "pod", first, "--wait=false")
    eventually("the attempt is recorded", lambda: voicejobs.status("unlucky").get("attempts"), 60)
    voicejobs.kubectl("create", "configmap", "late", f"--from-literal=text={SENTENCES[0]}")
    status = voicejobs.await_phase("unlucky", "Succeeded", seconds=100)
    told = [(attempt["outcome"], attempt["reason"]) for attempt in status["attempts"]]
    assert told == [("Stopped", "PodDeleted"), ("Succeeded", "Completed")]
    assert status["retriesUsed"] == 0


def test_suspension_keeps_the_work_and_resumption_goes_on(voicejobs):
    voicejobs.apply("pause", text=long_text(30))
    eventually(
        "some progress",
        lambda: voicejobs.status("pause").get("progress", {}).get("percent", 0) >= 10,
        60,
    )
    voicejobs.kubectl.patch("voicejob", "pause", {"spec": {"suspend": True}})
    voicejobs.await_phase("pause", "Suspended", seconds=20)
    eventually("its pod is gone", lambda: not voicejobs.pods("pause"), 60)
    voicejobs.kubectl.patch("voicejob", "pause", {"spec": {"suspend": False}})
    status = voicejobs.await_phase("pause", "Succeeded", seconds=200)
    assert status["attempts"][-1]["chunksResumed"] > 0
    assert {"Suspended", "Resumed", "Completed"} <= set(voicejobs.events_at_end("pause"))


def test_one_made_again_while_the_first_still_runs_gets_its_own_audio(voicejobs):
    voicejobs.apply("again", text=long_text(60))
    voicejobs.await_phase("again", "Running")
    first = voicejobs.get("again")["metadata"]["uid"]
    voicejobs.kubectl("delete", "voicejob", "again", "--wait=true")
    voicejobs.apply("again", text=SENTENCES[0])
    status = voicejobs.await_phase("again", "Succeeded")
    assert voicejobs.get("again")["metadata"]["uid"] != first
    assert status["attempts"][0]["number"] == 1
    assert len(status["attempts"]) == 1
    assert voicejobs.heard("again").seconds < 10
    eventually("the first one's job is gone", lambda: not children(voicejobs, first), 60)


def test_time_to_live_deletes_the_voicejob_and_keeps_the_audio(voicejobs, store):
    voicejobs.apply("brief", text="hi", ttlSecondsAfterFinished=15)
    uri = voicejobs.await_phase("brief", "Succeeded")["audio"]["uri"]
    eventually("it is gone", lambda: voicejobs.kubectl.get("voicejob", "brief") is None, 60)
    assert store.sha256(uri)


def test_the_active_deadline_ends_the_work(voicejobs):
    voicejobs.apply("late", text=long_text(400), deadlines={"activeSeconds": 5})
    status = voicejobs.await_phase("late", "Failed", seconds=60)
    assert status["reason"] == "ActiveDeadlineExceeded"
    eventually("its pod is gone", lambda: not voicejobs.pods("late"), 60)


def test_a_deleted_job_is_made_again(voicejobs):
    voicejobs.apply("jobless", text=long_text(8))
    voicejobs.await_phase("jobless", "Running")
    name = voicejobs.status("jobless")["jobName"]
    voicejobs.kubectl("delete", "job", name, "--wait=true")
    voicejobs.await_phase("jobless", "Succeeded", seconds=120)


def test_kubectl_wait_returns_after_an_edit_of_a_finished_one(voicejobs):
    voicejobs.apply("edited", text="hi")
    voicejobs.await_phase("edited", "Succeeded")
    voicejobs.kubectl.patch("voicejob", "edited", {"spec": {"ttlSecondsAfterFinished": 9000}})
    told = voicejobs.kubectl("wait", "voicejob/edited", "--for=condition=Complete", "--timeout=10s")
    assert "condition met" in told
    assert voicejobs.status("edited")["observedGeneration"] == 2


@pytest.mark.lengthy
@pytest.mark.timeout(420)
def test_a_worker_that_hangs_is_ended_by_its_kubelet_and_followed(voicejobs):
    voicejobs.apply("stuck", text=long_text(60), retries=1)
    voicejobs.await_phase("stuck", "Running")
    eventually("chunks are kept", lambda: _percent(voicejobs, "stuck") > 5, 60)
    (pod,) = voicejobs.pods("stuck")
    for process in processes_of(pod["metadata"]["uid"]):
        os.kill(process, signal.SIGSTOP)
    status = voicejobs.await_phase("stuck", "Succeeded", seconds=500)
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Failed", "Succeeded"]
    assert status["retriesUsed"] == 1


def _percent(voicejobs, name):
    return voicejobs.status(name).get("progress", {}).get("percent", 0)


def processes_of(pod_uid):
    """The workers that run in that pod, by their control group."""
    groups = {
        path: path.read_text() for path in Path("/proc").glob("[0-9]*/cgroup") if readable(path)
    }
    mark = pod_uid.replace("-", "_")
    found = [path.parent for path, group in groups.items() if mark in group or pod_uid in group]
    return [int(p.name) for p in found if b"voicejob-worker" in (p / "cmdline").read_bytes()]


def readable(path):
    try:
        return bool(path.read_text())
    except OSError:
        return False
