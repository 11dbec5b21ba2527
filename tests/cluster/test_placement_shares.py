"""HAMi's shares and KAI-Scheduler's fractions: what pods carry, and who places them.

Neither is installed here. HAMi's resources are advertised by a played node, so that the cluster's
own scheduler places by them; KAI's pods wait for a scheduler that the test plays.
"""

import pytest
from gpu_clusters import node
from kubectl import eventually
from played_pods import PlayedPods
from voicejobs import SENTENCES

HAMI_NODE = node("hami", {}, nvidia_com__gpu="20")
HAMI_NODE["status"]["allocatable"] |= {"nvidia.com/gpumem": "24576", "nvidia.com/gpucores": "100"}
STUB = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "queues.scheduling.run.ai"},
    "spec": {
        "group": "scheduling.run.ai",
        "scope": "Cluster",
        "names": {"kind": "Queue", "plural": "queues", "singular": "queue"},
        "versions": [
            {
                "name": "v2",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}
"""KAI's API group, without anything behind it."""


def pod_of(voicejobs, name):
    """Its pod, as the API server has admitted it."""
    (pod,) = eventually(f"{name} has a pod", lambda: voicejobs.pods(name), 20)
    return pod


def limits_of(pod):
    limits = pod["spec"]["containers"][0]["resources"]["limits"]
    return {key: limits[key] for key in limits if "/" in key}


def test_a_share_by_hami_is_admitted_and_placed_by_its_resources(voicejobs, park):
    park.add(HAMI_NODE)
    asked = {"allocation": "HAMi", "memory": "6Gi", "product": "A10"}
    voicejobs.apply("share", **park.asks(asked))
    whole = {"allocation": "HAMi", "sharing": "Never"}
    voicejobs.apply("whole-card", **park.asks(whole))
    for name in ("share", "whole-card"):
        voicejobs.await_phase(name, "Starting", seconds=20)
    share, card = pod_of(voicejobs, "share"), pod_of(voicejobs, "whole-card")
    assert limits_of(share) == {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "6144"}
    assert share["metadata"]["annotations"]["nvidia.com/use-gputype"] == "A10"
    assert limits_of(card) == {"nvidia.com/gpu": "1", "nvidia.com/gpucores": "100"}
    assert share["spec"]["schedulerName"] == "default-scheduler", "HAMi's webhook names its own"
    assert {pod["spec"]["nodeName"] for pod in (share, card)} == {park.name("hami")}


@pytest.mark.lengthy
def test_a_fraction_by_kai_waits_for_a_kai_that_is_not_there_and_goes_on_once_it_is(
    voicejobs, park
):
    """The operator asks which API groups there are once a minute."""
    park.add(node("kai", {}, nvidia_com__gpu="1"))
    asked = {"allocation": "KAI", "memory": "6Gi"}
    voicejobs.apply("fraction", **park.asks(asked))
    told = voicejobs.await_condition("fraction", "Queued", "GPUAllocationUnavailable", 75)
    assert "this cluster has no KAI-Scheduler (API group scheduling.run.ai)" in told["message"]
    pod = pod_of(voicejobs, "fraction")
    annotations = pod["metadata"]["annotations"]
    assert annotations["gpu-memory"] == "6144"
    assert annotations["gpu-fraction-container-name"] == pod["spec"]["containers"][0]["name"]
    assert pod["metadata"]["labels"]["kai.scheduler/queue"] == "default-queue"
    assert pod["spec"]["schedulerName"] == "kai-scheduler"
    assert not limits_of(pod), "KAI refuses a limit on nvidia.com/gpu beside it"

    voicejobs.kubectl.create(STUB)
    try:
        told = voicejobs.await_condition("fraction", "Queued", "WaitingForNode", seconds=75)
    finally:
        voicejobs.kubectl("delete", "customresourcedefinition", STUB["metadata"]["name"])
    assert 'Scheduler "kai-scheduler" looks for a node' in told["message"]
    played = PlayedPods(voicejobs.kubectl)
    played.bind(pod, park.name("kai"))
    voicejobs.await_phase("fraction", "Starting", seconds=20)
    played.start(pod)
    voicejobs.await_phase("fraction", "Running", seconds=20)


def test_a_whole_gpu_by_kai_is_a_limit_and_no_fraction(voicejobs, park):
    asked = {"allocation": "KAI", "memory": "6Gi", "sharing": "Never"}
    voicejobs.apply("whole", **park.asks(asked))
    pod = pod_of(voicejobs, "whole")
    assert limits_of(pod) == {"nvidia.com/gpu": "1"}
    assert "gpu-memory" not in pod["metadata"]["annotations"]
    assert pod["spec"]["schedulerName"] == "kai-scheduler"


def test_a_queue_of_kais_that_the_platform_does_not_allow_is_refused(voicejobs):
    voicejobs.apply("queue", text=SENTENCES[0], gpu={"allocation": "KAI"}, queueName="others")
    told = voicejobs.await_condition("queue", "Accepted", "NotAllowed")
    assert "allowed.kaiQueues" in told["message"]
