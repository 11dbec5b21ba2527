"""Objects that go while they are needed: Secrets, Jobs that are done, nodes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from kubectl import Kubectl, Manifest, eventually
from played_pods import PlayedPods, started_at
from voicejobs import SENTENCES, VoiceJobs, long_text

NODE = "voicejob-node"


def secrets(voicejobs: VoiceJobs, name: str) -> dict[str, str]:
    """uids of the Secrets of a VoiceJob that are there, by what they hold."""
    found = voicejobs.kubectl.list("secret", f"voicejob.dev/name={name}")
    return {each["metadata"]["name"].rpartition("-")[2]: each["metadata"]["uid"] for each in found}


def delete_secrets(voicejobs: VoiceJobs, name: str) -> None:
    voicejobs.kubectl("delete", "secret", "-l", f"voicejob.dev/name={name}")


def test_a_secret_deleted_while_the_pod_waits_for_a_node_comes_back(voicejobs, kubectl):
    label = f"voicejob.dev/{kubectl.namespace}"
    template = {"spec": {"nodeSelector": {label: "yes"}}}
    voicejobs.apply("waits", text=SENTENCES[0], podTemplate=template)
    voicejobs.await_condition("waits", "Queued", "Unschedulable")
    assert set(secrets(voicejobs, "waits")) == {"job"}, "grants are made once there is a node"
    delete_secrets(voicejobs, "waits")
    kubectl("label", "node", NODE, f"{label}=yes")
    try:
        status = voicejobs.await_phase("waits", "Succeeded", seconds=60)
    finally:
        kubectl("label", "node", NODE, f"{label}-")
    assert status["retriesUsed"] == 0
    assert len(status["attempts"]) == 1


def test_secrets_deleted_while_the_worker_runs_come_back(voicejobs):
    """The kubelet misses the grants at once, and the job file, which is immutable, never."""
    voicejobs.apply("runs", text=long_text(300))
    voicejobs.await_phase("runs", "Running")
    before = secrets(voicejobs, "runs")
    assert set(before) == {"job", "grants"}
    delete_secrets(voicejobs, "runs")

    def are_back(*names):
        found = secrets(voicejobs, "runs")
        return all(found.get(name, before[name]) != before[name] for name in names)

    eventually("the grants are made anew", lambda: are_back("grants"), 30)
    assert voicejobs.phase("runs") == "Running"
    assert len(voicejobs.status("runs")["attempts"]) == 1
    voicejobs.kubectl("delete", "pod", "-l", "voicejob.dev/name=runs", "--wait=false")
    eventually("the next pod has both", lambda: are_back("job", "grants"), 30)
    eventually("it runs", lambda: len(voicejobs.status("runs")["attempts"]) == 2, 30)
    voicejobs.await_phase("runs", "Running", seconds=30)


@pytest.mark.operator_away
def test_work_whose_job_is_gone_when_the_operator_comes_back_is_not_done_again(own_operator):
    voicejobs = own_operator.start()
    voicejobs.apply("done", text=long_text(8))
    voicejobs.await_phase("done", "Running")
    assert own_operator.stop() == 0
    (job,) = voicejobs.kubectl.list("jobs")
    name = job["metadata"]["name"]
    voicejobs.kubectl("wait", "job", name, "--for=condition=Complete", "--timeout=50s")
    voicejobs.kubectl("delete", "job", name, "--cascade=foreground", "--wait=true")
    assert not voicejobs.pods("done")
    assert voicejobs.phase("done") == "Running", "nobody has told its end yet"
    own_operator.start()
    status = voicejobs.await_phase("done", "Succeeded", seconds=30)
    assert own_operator.store.sha256(status["audio"]["uri"]) == status["audio"]["sha256"]
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
    assert [job["number"] for job in status["jobs"]] == [1]
    assert "Completed" in voicejobs.events_at_end("done")
    assert not voicejobs.kubectl.list("jobs")


@pytest.fixture
def make_node(kubectl: Kubectl) -> Iterator[Callable[[str], str]]:
    """Makes nodes without a kubelet: Ready at first, and never heard of again."""
    made = []

    def make(name: str) -> str:
        made.append(f"{kubectl.namespace}-{name}")
        kubectl.create(node_that_is_ready(made[-1]))
        return made[-1]

    yield make
    for name in made:
        kubectl("delete", "node", name, "--ignore-not-found")


def node_that_is_ready(name: str) -> Manifest:
    """A node for those who tolerate it; what a kubelet would say of it is said at once."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    room = {"cpu": "4", "memory": "8Gi", "pods": "10"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"voicejob.dev/of-a-test": name}},
        "spec": {
            "taints": [{"key": "voicejob.dev/of-a-test", "value": name, "effect": "NoSchedule"}]
        },
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [{**ready, "lastHeartbeatTime": now, "lastTransitionTime": now}],
        },
    }


def prefers(node: str) -> Manifest:
    """A pod template that goes to that node while it is there, and else anywhere."""
    wish = {
        "matchExpressions": [{"key": "voicejob.dev/of-a-test", "operator": "In", "values": [node]}]
    }
    preferred = [{"weight": 100, "preference": wish}]
    return {
        "spec": {
            "affinity": {
                "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}
            },
            "tolerations": [{"key": "voicejob.dev/of-a-test", "operator": "Equal", "value": node}],
        }
    }


@pytest.mark.operator_away
@pytest.mark.lengthy
def test_work_on_a_node_that_is_lost_goes_on_elsewhere(own_operator, make_node):
    """One node is removed; of the other nothing is heard, and its pod is deleted in vain."""
    voicejobs = own_operator.start(WORKER__TERMINATION_GRACE_SECONDS="1")
    kubectl, played = voicejobs.kubectl, PlayedPods(voicejobs.kubectl)
    nodes = {name: make_node(name) for name in ("removed", "silent")}
    for name, node in nodes.items():
        voicejobs.apply(name, text=SENTENCES[0], retries=0, podTemplate=prefers(node))
        voicejobs.await_phase(name, "Starting")
        (pod,) = voicejobs.pods(name)
        assert pod["spec"]["nodeName"] == node
        assert not started_at(pod)
        played.start(pod)
        voicejobs.await_phase(name, "Running")
    kubectl("delete", "node", nodes["removed"])
    kubectl("delete", "pod", "-l", "voicejob.dev/name=silent", "--wait=false")
    for name, node in nodes.items():
        eventually(f"{name}: its end is told", lambda n=name: ended(voicejobs, n), 100)
        status = voicejobs.await_phase(name, "Succeeded", seconds=60)
        assert [attempt["node"] for attempt in status["attempts"]] == [node, NODE]
        assert status["retriesUsed"] == 0
        assert status["audio"]["durationSeconds"] > 1
    reasons = [voicejobs.status(name)["attempts"][0]["reason"] for name in nodes]
    assert reasons == ["DeletionByPodGC", "NodeLost"]


def ended(voicejobs: VoiceJobs, name: str) -> bool:
    return voicejobs.status(name)["attempts"][0]["outcome"] != "Running"
