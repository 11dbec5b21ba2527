"""The real Kueue admits, places and preempts; nothing here plays it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hindrances import ANY
from kubectl import Kubectl, Manifest, Refused, eventually
from played_pods import ALLOW_PLAYED, PLAYED, PlayedPods
from queues import MANAGED, Queues, kill_kueue, kueue, kueue_runs
from surroundings import OwnOperator
from voicejobs import SENTENCES, VoiceJobs, long_text

from voicejob_api.exit_codes import ExitCode

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
ALLOWED = {**ALLOW_PLAYED, "ALLOWED__WORKLOAD_PRIORITY_CLASSES": json.dumps(["*"])}


@pytest.fixture(scope="session")
def kueue_here() -> Iterator[None]:
    """Kueue runs on the cluster."""
    with kueue_runs():
        yield


@pytest.fixture
def queues(kueue_here: None, kubectl: Kubectl) -> Iterator[Queues]:
    """Queues of a namespace that Kueue has to do with."""
    kubectl("label", "namespace", kubectl.namespace, MANAGED)
    own = Queues(kubectl)
    yield own
    own.remove()


@pytest.fixture
def queued(queues: Queues, own_operator: OwnOperator) -> VoiceJobs:
    """VoiceJobs of that namespace, whose operator has found Kueue when it started."""
    queues.create(silent_node(queues.kubectl.namespace))
    return own_operator.start(**ALLOWED)


def silent_node(name: str, **spec: Any) -> Manifest:
    """A node for played pods: no kubelet takes them up, and for five minutes nobody evicts them."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}


def gpu_node(name: str, nodeLabels: Manifest, tolerations: list[Manifest]) -> Manifest:
    """A silent node of a flavor, with one GPU; what a kubelet would say of it is said at once."""
    room = {"cpu": "4", "memory": "8Gi", "pods": "10", "nvidia.com/gpu": "1"}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    ready |= {"lastHeartbeatTime": now, "lastTransitionTime": now}
    taints = [{"key": each["key"], "effect": each["effect"]} for each in tolerations]
    return {
        **silent_node(name, taints=taints),
        "metadata": {"name": name, "labels": nodeLabels},
        "status": {"capacity": room, "allocatable": room, "conditions": [ready]},
    }


def await_words(voicejobs: VoiceJobs, name: str, words: str) -> None:
    """Wait until it tells in phase Queued what Kueue says of it."""

    def told():
        found = voicejobs.condition(name, "Queued")
        waits = (found.get("reason"), found.get("status")) == ("QueuedByKueue", "True")
        return waits and words in found["message"]

    eventually(f"{name} is queued by Kueue: {words}", told, 30)
    status = voicejobs.status(name)
    assert (status["phase"], status["reason"]) == ("Queued", "QueuedByKueue")


def job_of(voicejobs: VoiceJobs, name: str) -> Manifest:
    (job,) = voicejobs.kubectl.list("jobs", f"voicejob.dev/name={name}")
    return job


def run(voicejobs: VoiceJobs, name: str, *, but: str = "") -> Manifest:
    """Play the pod that it has now, and which is not that other, until it runs."""
    played = PlayedPods(voicejobs.kubectl)

    def pod():
        found = voicejobs.pods(name)
        return found and found[-1]["metadata"]["uid"] != but and found[-1]

    # The garbage collector hears of Workloads up to 30 s after Kueue was installed: until then that
    # of a deleted Job keeps its quota, and on a busy machine all of it takes its time.
    found = eventually(f"{name} has a pod", pod, 150)
    played.bind(found, voicejobs.kubectl.namespace)
    voicejobs.await_phase(name, "Starting", seconds=30)
    played.start(found)
    voicejobs.await_phase(name, "Running", seconds=30)
    return found


def end(voicejobs: VoiceJobs, pod: Manifest) -> None:
    """Let it go once it is deleted, as a kubelet does when its worker has stopped."""

    def is_deleted():
        found = voicejobs.kubectl.get("pods", pod["metadata"]["name"])
        return found is None or "deletionTimestamp" in found["metadata"]

    eventually("its pod is deleted", is_deleted, 30)
    PlayedPods(voicejobs.kubectl).remove(pod)


# -- quota -----------------------------------------------------------------------------------------


@pytest.mark.operator_away
def test_where_quota_is_for_one_the_second_runs_after_the_first(queues, queued):
    queues.make("voices", quotas={"pods": 1})
    queued.apply("first", text=long_text(20), queueName="voices", retries=0)
    queued.await_phase("first", "Running", seconds=60)
    queued.apply("second", text=SENTENCES[0], queueName="voices", retries=0)
    await_words(queued, "second", "LocalQueue voices: couldn't assign flavors")
    assert "insufficient unused quota for pods" in queued.condition("second", "Queued")["message"]
    first = queued.await_phase("first", "Succeeded", seconds=100)
    second = queued.await_phase("second", "Succeeded", seconds=60)
    assert second["startTime"] >= first["attempts"][0]["finishedAt"]
    for status in (first, second):
        assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
        assert len(status["jobs"]) == 1


@pytest.mark.operator_away
def test_more_quota_lets_it_go_on_by_itself(queues, queued):
    queues.make("voices", quotas={"pods": 0})
    queued.apply("waits", text=SENTENCES[0], queueName="voices", retries=0)
    await_words(queued, "waits", "insufficient quota for pods")
    queued.look_again("waits")
    await_words(queued, "waits", "insufficient quota for pods")
    assert job_of(queued, "waits")["spec"]["suspend"]
    queues.give({"pods": 1})
    assert queued.await_phase("waits", "Succeeded", seconds=60)["retriesUsed"] == 0


@pytest.mark.operator_away
def test_a_queue_that_does_not_exist_is_named_until_it_does(queues, queued):
    queued.apply("early", text=SENTENCES[0], queueName="later", retries=0)
    await_words(queued, "early", "LocalQueue later doesn't exist")
    assert queued.pods("early") == []
    queues.make("later", quotas={})
    assert queued.await_phase("early", "Succeeded", seconds=60)["retriesUsed"] == 0


@pytest.mark.operator_away
def test_a_namespace_with_a_default_queue_queues_who_names_none(queues, queued):
    queued.apply("before", text=SENTENCES[0])
    queued.await_condition("before", "Queued", "JobSuspended")
    queues.make("default", quotas={"pods": 0})
    queued.apply("after", text=SENTENCES[0])
    await_words(queued, "after", "LocalQueue default: couldn't assign flavors")
    assert job_of(queued, "after")["metadata"]["labels"][QUEUE_LABEL] == "default"
    assert QUEUE_LABEL not in job_of(queued, "before")["metadata"]["labels"]
    assert all(queued.pods(name) == [] for name in ("before", "after"))


# -- preemption ------------------------------------------------------------------------------------


@pytest.mark.operator_away
def test_who_is_preempted_waits_and_goes_on_with_the_same_job_and_all_its_retries(queues, queued):
    preemption = {"withinClusterQueue": "LowerPriority"}
    queues.make("voices", quotas={"pods": 1}, preemption=preemption)
    low, high = queues.make_priority("low", 1), queues.make_priority("high", 1000)
    asked = {"text": SENTENCES[0], "queueName": "voices", "retries": 0, **PLAYED}
    queued.apply("low", workloadPriorityClassName=low, **asked)
    pod = run(queued, "low")
    queued.apply("high", workloadPriorityClassName=high, **asked)
    end(queued, pod)
    await_words(queued, "low", "Preempted to accommodate a workload")
    before = queued.status("low")
    run(queued, "high")
    queued.kubectl("delete", "voicejob", "high", "--wait=false")
    run(queued, "low", but=pod["metadata"]["uid"])
    after = queued.status("low")
    assert after["jobName"] == before["jobName"]
    assert len(after["jobs"]) == 1
    assert after["retriesUsed"] == 0
    assert [each["outcome"] for each in after["attempts"]] == ["Stopped", "Running"]


@pytest.mark.operator_away
def test_a_retry_with_more_memory_stands_in_line_anew(queues, queued):
    # Strictly, or the new Workload may be admitted before the old one has heard that there is room.
    queues.make("voices", quotas={"pods": 1}, queueingStrategy="StrictFIFO")
    asked = {"text": SENTENCES[0], "queueName": "voices", "retries": 1, **PLAYED}
    queued.apply("first", **asked)
    pod = run(queued, "first")
    queued.apply("second", **asked)
    await_words(queued, "second", "insufficient unused quota for pods")
    # Kueue goes by the Workloads' age, which Kubernetes tells by the second.
    made = datetime.fromisoformat(queued.get("second")["metadata"]["creationTimestamp"])
    eventually("a later second", lambda: datetime.now(UTC) > made + timedelta(seconds=2), 10)
    PlayedPods(queued.kubectl).end(pod, ExitCode.OUT_OF_MEMORY)
    run(queued, "second")
    await_words(queued, "first", "insufficient unused quota for pods")
    smaller, larger = queued.status("first")["jobs"]
    assert larger["memory"] == "2048Mi"
    assert not smaller.get("memory")


# -- what admission writes into the template -------------------------------------------------------


@pytest.mark.operator_away
def test_nodes_that_admission_has_chosen_stay_chosen(queues, queued):
    """Through another look of the operator's, and until the queue is stopped and goes on."""
    toleration = {"key": "queues.voicejob.dev/rented", "operator": "Exists", "effect": "NoSchedule"}
    labels = {"kubernetes.io/os": "linux"}
    queues.make_flavor(nodeLabels=labels, tolerations=[toleration])
    queues.make_cluster_queue({})
    queues.make_local_queue("voices")
    queued.apply("placed", text=SENTENCES[0], queueName="voices", retries=0, **PLAYED)

    def is_placed(pod):
        queued.look_again("placed")
        for spec in (pod["spec"], job_of(queued, "placed")["spec"]["template"]["spec"]):
            assert spec["nodeSelector"] == labels
            assert toleration in spec["tolerations"]

    pod = run(queued, "placed")
    is_placed(pod)
    queues.stop()
    end(queued, pod)
    await_words(queued, "placed", "ClusterQueue")
    queued.look_again("placed")
    queues.go_on()
    is_placed(run(queued, "placed", but=pod["metadata"]["uid"]))
    status = queued.status("placed")
    assert (status["retriesUsed"], len(status["jobs"])) == (0, 1)


# -- suspending ------------------------------------------------------------------------------------


@pytest.mark.operator_away
def test_who_is_suspended_leaves_its_place_and_gets_it_back(queues, queued):
    """A queue resumes each Job that it has admitted, whoever has suspended it."""
    queues.make("voices", quotas={"pods": 1})
    asked = {"text": SENTENCES[0], "queueName": "voices", "retries": 0, **PLAYED}
    queued.apply("first", **asked)
    pod = run(queued, "first")
    queued.apply("second", **asked)
    await_words(queued, "second", "insufficient unused quota for pods")
    suspend(queued, "first", True)
    queued.await_phase("first", "Suspended", seconds=30)
    end(queued, pod)
    other = run(queued, "second")
    queued.look_again("first")
    assert queued.pods("first") == []
    job = job_of(queued, "first")
    suspend(queued, "first", False)
    await_words(queued, "first", "insufficient unused quota for pods")
    assert job_of(queued, "first")["spec"]["suspend"], "it is resumed by the queue alone"
    suspend(queued, "second", True)
    end(queued, other)
    run(queued, "first", but=pod["metadata"]["uid"])
    assert job_of(queued, "first")["metadata"]["uid"] == job["metadata"]["uid"]
    status = queued.status("first")
    assert [each["outcome"] for each in status["attempts"]] == ["Stopped", "Running"]
    assert (status["retriesUsed"], len(status["jobs"])) == (0, 1)


@pytest.mark.operator_away
def test_who_is_suspended_in_the_line_is_not_admitted(queues, queued):
    queues.make("voices", quotas={"pods": 0})
    queued.apply("waits", text=SENTENCES[0], queueName="voices", retries=0)
    await_words(queued, "waits", "insufficient quota for pods")
    suspend(queued, "waits", True)
    queued.await_phase("waits", "Suspended", seconds=30)
    queues.give({"pods": 1})
    queued.apply("other", text=SENTENCES[0], queueName="voices", retries=0)
    queued.await_phase("other", "Succeeded", seconds=60)
    job = job_of(queued, "waits")
    assert job["spec"]["suspend"]
    (workload,) = queues.workloads(job["metadata"]["name"])
    assert not workload["spec"]["active"]
    suspend(queued, "waits", False)
    status = queued.await_phase("waits", "Succeeded", seconds=60)
    assert [each["outcome"] for each in status["attempts"]] == ["Succeeded"]


def suspend(voicejobs: VoiceJobs, name: str, wanted: bool) -> None:
    voicejobs.kubectl.patch("voicejob", name, {"spec": {"suspend": wanted}})


# -- what the documentation says -------------------------------------------------------------------


def documented() -> list[Manifest]:
    """Every manifest in docs/queues.md."""
    text = (Path(__file__).parents[2] / "docs" / "queues.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return [each for block in blocks for each in yaml.safe_load_all(block)]


@pytest.mark.operator_away
def test_what_the_documentation_applies_works_as_it_says(queues, queued):
    """The GPU's node has no kubelet: who is admitted is Starting there."""
    flavor, *theirs, voicejob, priority = documented()
    assert (flavor["kind"], voicejob["kind"]) == ("ResourceFlavor", "VoiceJob")
    for each in (flavor, *theirs, priority):
        queues.create({**each, "metadata": {"name": each["metadata"]["name"]}})
    queues.create(gpu_node(f"{queues.kubectl.namespace}-gpu", **flavor["spec"]))
    for name in ("first", "second"):
        queued.kubectl.create({**voicejob, "metadata": {"name": name}})
        eventually(f"{name} has a Job", lambda n=name: queued.status(n).get("jobName"), 30)
    queued.await_phase("first", "Starting", seconds=30)
    await_words(queued, "second", "insufficient unused quota for nvidia.com/gpu")
    spec = {**voicejob["spec"], "workloadPriorityClassName": priority["metadata"]["name"]}
    queued.kubectl.create({**voicejob, "metadata": {"name": "urgent"}, "spec": spec})
    end(queued, queued.pods("first")[0])
    await_words(queued, "first", "Preempted to accommodate a workload")
    queued.await_phase("urgent", "Starting", seconds=30)


# -- Kueue itself goes and comes -------------------------------------------------------------------


def may_make_jobs(kubectl: Kubectl) -> bool:
    job = {**ANY["jobs"], "metadata": {"name": "tried"}}
    try:
        kubectl("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(job))
    except Refused as refused:
        if "failed calling webhook" in str(refused):
            return False
        raise
    return True


@pytest.mark.disruptive
def test_kueue_comes_back_after_a_crash_and_leaves_nothing_when_it_goes(queues, other_voicejobs):
    queues.make("default", quotas={"pods": 0})
    queues.kubectl.create({**ANY["jobs"], "metadata": {"name": "waits"}})
    eventually("it is in the queue", lambda: queues.workloads("waits"), 30)
    kill_kueue()
    assert may_make_jobs(other_voicejobs.kubectl), "Jobs elsewhere are not Kueue's"
    assert not may_make_jobs(queues.kubectl), "Kueue's webhooks fail closed"
    kueue("up")
    kueue("up")
    assert may_make_jobs(queues.kubectl)
    queues.give({"pods": 1})
    eventually("it is admitted", lambda: not is_suspended(queues.kubectl, "waits"), 30)
    kill_kueue()
    kueue("down")
    kueue("down")
    assert may_make_jobs(queues.kubectl)
    kinds = "crd,mutatingwebhookconfiguration,validatingwebhookconfiguration,clusterrole"
    assert "kueue" not in queues.kubectl("get", kinds, "-o", "name")
    assert not Path("/etc/kueue").is_symlink()


def is_suspended(kubectl: Kubectl, job: str) -> bool:
    found = kubectl.get("jobs", job)
    assert found is not None
    return bool(found["spec"]["suspend"])
