"""What others add to the worker's pod: a sidecar that does not end with it."""

import subprocess
from collections.abc import Iterator
from datetime import datetime

import pytest
from kubectl import Kubectl, Manifest, eventually
from voicejobs import SENTENCES, VoiceJobs, long_text

from voicejob_api.pod import CONTAINER

SIDECAR = "mesh-proxy"
PATIENCE = 30


@pytest.fixture
def sidecars(kubectl: Kubectl) -> Iterator[None]:
    """Every pod of the namespace gets a container that never ends, by an admission policy."""
    name = f"{kubectl.namespace}-sidecar"
    container = f'{{name: "{SIDECAR}", image: "localhost/pause:dev", imagePullPolicy: "Never"}}'
    injected = f"Object{{spec: Object.spec{{containers: [Object.spec.containers{container}]}}}}"
    kubectl.create(
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "reinvocationPolicy": "Never",
                "matchConstraints": {
                    "namespaceSelector": {
                        "matchLabels": {"kubernetes.io/metadata.name": kubectl.namespace}
                    },
                    "resourceRules": [
                        {
                            "apiGroups": [""],
                            "apiVersions": ["v1"],
                            "operations": ["CREATE"],
                            "resources": ["pods"],
                        }
                    ],
                },
                "mutations": [
                    {
                        "patchType": "ApplyConfiguration",
                        "applyConfiguration": {"expression": injected},
                    }
                ],
            },
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name},
        },
    )
    probe = ("run", "probe", "--image=localhost/pause:dev", "--dry-run=server", "--output=yaml")
    try:
        eventually("the policy is in force", lambda: SIDECAR in kubectl(*probe), 20)
        yield
    finally:
        kubectl("delete", "mutatingadmissionpolicy,mutatingadmissionpolicybinding", name)


@pytest.mark.lengthy
def test_a_sidecar_that_keeps_the_pod_is_named_and_the_pod_goes(voicejobs, sidecars):
    voicejobs.apply("done", text=SENTENCES[0])
    voicejobs.apply("dies", text=long_text(300), retries=1)
    voicejobs.await_phase("dies", "Running")
    (dying,) = voicejobs.pods("dies")
    kill_worker(dying)
    done = voicejobs.await_phase("done", "Succeeded")
    assert done["audio"]["durationSeconds"] > 1, "told at the worker's end, not at the pod's"
    (kept,) = voicejobs.pods("done")
    eventually("the other's end is known", lambda: first_attempt(voicejobs, "dies"), 20)

    for name, pod in (("dies", dying), ("done", kept)):
        message, waited = eventually("it is told", lambda n=name: told(voicejobs, n), PATIENCE + 20)
        assert f"was kept alive by {SIDECAR} " in message
        assert PATIENCE - 1 <= waited <= PATIENCE + 8
        gone = lambda p=pod: voicejobs.kubectl.get("pods", p["metadata"]["name"]) is None  # noqa: E731
        eventually("its pod goes", gone, 45)
    assert voicejobs.phase("done") == "Succeeded"
    status = voicejobs.status("dies")
    assert [job["number"] for job in status["jobs"]] == [1, 2]
    assert status["retriesUsed"] == 1
    voicejobs.await_phase("dies", "Running", seconds=40)


def kill_worker(pod: Manifest) -> None:
    """End the worker's container, and nothing else, as a kernel does that is out of memory."""
    statuses = pod["status"]["containerStatuses"]
    (worker,) = (each["containerID"] for each in statuses if each["name"] == CONTAINER)
    command = ("ctr", "tasks", "kill", "--signal", "SIGKILL", worker.removeprefix("containerd://"))
    subprocess.run(command, check=True, capture_output=True, timeout=20)


def first_attempt(voicejobs: VoiceJobs, name: str) -> Manifest | None:
    """The first attempt, once it has ended."""
    attempts = voicejobs.status(name).get("attempts", [])
    return attempts[0] if attempts and "finishedAt" in attempts[0] else None


def told(voicejobs: VoiceJobs, name: str) -> tuple[str, float] | None:
    """The event of the sidecar, and how long after the worker's end it came."""
    events = voicejobs.kubectl.list("events")
    for event in events:
        if (event["reason"], event["involvedObject"]["name"]) == ("SidecarKeptPodAlive", name):
            ended = datetime.fromisoformat(first_attempt(voicejobs, name)["finishedAt"])
            waited = datetime.fromisoformat(event["firstTimestamp"]) - ended
            return event["message"], waited.total_seconds()
    return None
