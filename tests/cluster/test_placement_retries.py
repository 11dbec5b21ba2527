"""An attempt that had too little: the next Job asks for more, or for another node.

The pods are placed by the real scheduler; how they end is played, with the words of a real worker.
"""

import pytest
from gpu_clusters import L4, MIXED, node
from kubectl import eventually
from played_pods import PlayedPods

from voicejob_api.report import WorkerReport
from voicejob_api.status import VRAM, AudioResult, GPUInfo, Stage

SMALL, LARGE = "nvidia.com/mig-1g.10gb", "nvidia.com/mig-3g.40gb"
AUDIO = AudioResult(
    uri="s3://voicejob/audio/played.wav",
    sha256="0" * 64,
    size_bytes=44,
    format="wav",
    sample_rate=22050,
    duration_seconds=1.0,
)


def report(memory_mib=None, peak_mib=0, **said):
    """The last word of a worker on a GPU of that memory, or on none."""
    if memory_mib is not None:
        said["gpu"] = GPUInfo(
            name="NVIDIA H100 80GB HBM3 MIG",
            uuid="MIG-33333333-3333-3333-3333-333333333333",
            memory_mib=memory_mib,
            compute_capability="9.0",
            driver="580.65.06",
        )
        said["vram"] = VRAM(
            device_before_mib=21, reserved_peak_mib=peak_mib, device_peak_mib=peak_mib + 21
        )
    return WorkerReport(stage=Stage.ENDED, **said).termination_message().decode()


def out_of_memory(memory_mib):
    words = "the GPU's memory is used up, in every way that there is"
    return report(memory_mib, memory_mib - 40, exit_code=20, reason="GPUOutOfMemory", message=words)


class Played:
    """VoiceJobs of one namespace whose pods end as the test says."""

    def __init__(self, voicejobs, park):
        self.voicejobs, self.park = voicejobs, park
        self._pods = PlayedPods(voicejobs.kubectl)

    def apply(self, name, **spec):
        self.voicejobs.apply(name, **self.park.asks(**spec))

    def placed(self, name, number):
        """The pod of its Job of that number, once it has a node."""
        return eventually(f"pod {number} has a node", lambda: self._placed(name, number), 30)

    def _placed(self, name, number):
        jobs = self.voicejobs.status(name).get("jobs", [])
        wanted = [job["name"] for job in jobs if job["number"] == number]
        for pod in self.voicejobs.pods(name):
            job = pod["metadata"]["labels"]["batch.kubernetes.io/job-name"]
            if job in wanted and pod["spec"].get("nodeName"):
                return pod
        return None

    def placed_again(self, name, before):
        """The pod that its Job makes after that one, once it has a node."""

        def another():
            pods = [pod for pod in self.voicejobs.pods(name) if pod["spec"].get("nodeName")]
            uid = before["metadata"]["uid"]
            return next((pod for pod in pods if pod["metadata"]["uid"] != uid), None)

        return eventually("the next pod has a node", another, 60)

    def start(self, pod):
        self._pods.start(pod)

    def end(self, pod, code, **said):
        self._pods.start(pod)
        self._pods.end(pod, code, **said)

    def done(self, name, number, *figures):
        """Let that Job's worker end well."""
        message = report(*figures, exit_code=0, audio=AUDIO)
        self.end(self.placed(name, number), 0, message=message)
        return self.voicejobs.await_phase(name, "Succeeded", seconds=30)


@pytest.fixture
def played(voicejobs, park):
    return Played(voicejobs, park)


def limits_of(pod):
    return pod["spec"]["containers"][0]["resources"]["limits"]


def test_after_too_little_of_a_gpu_the_next_profile_is_asked_for(played):
    played.park.add(MIXED)
    played.apply("grows", gpu={"memory": "9000Mi"})
    first = played.placed("grows", 1)
    assert SMALL in limits_of(first)
    played.end(first, 20, message=out_of_memory(9984))
    second = played.placed("grows", 2)
    assert LARGE in limits_of(second)
    status = played.done("grows", 2, 40448, 12000)
    before, after = status["jobs"]
    assert (before["gpu"]["resource"], before["gpu"]["memoryFrom"]) == (SMALL, "Spec")
    assert (after["gpu"]["resource"], after["gpu"]["memoryFrom"]) == (LARGE, "OutOfMemory")
    assert after["gpu"]["memoryMiB"] > 9984
    assert "OutOfMemory" in after["message"]
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Failed", "Succeeded"]
    assert [attempt["gpu"]["memoryMiB"] for attempt in status["attempts"]] == [9984, 40448]
    assert status["attempts"][1]["vram"]["devicePeakMiB"] == 12021


def test_a_profile_that_was_named_is_left_for_the_next_one(played):
    played.park.add(MIXED)
    played.apply("named", gpu={"resourceName": SMALL})
    played.end(played.placed("named", 1), 20, message=out_of_memory(9984))
    assert LARGE in limits_of(played.placed("named", 2))


def test_where_no_larger_one_is_it_fails_with_the_number_to_ask_for(played):
    """AMD's, of which no other test has one: what they offer beside it would be grown into."""
    labels = {"amd.com/gpu.vram": "32G", "amd.com/gpu.product-name": "Radeon_PRO_W6800"}
    played.park.add(node("only", labels, amd_com__gpu="1"))
    gpu = {"resourceName": "amd.com/gpu", "memory": "30Gi", "product": "W6800"}
    played.apply("largest", gpu=gpu)
    played.end(played.placed("largest", 1), 20, message=out_of_memory(32768))
    status = played.voicejobs.await_phase("largest", "Failed", seconds=30)
    told = played.voicejobs.condition("largest", "Failed")
    assert (status["reason"], told["reason"]) == ("GPUOutOfMemory", "GPUOutOfMemory")
    assert "32768 MiB of the GPU were not enough" in told["message"]
    assert "gpu.memory: 49152Mi" in told["message"]
    assert len(status["jobs"]) == 1


def test_after_too_little_of_the_hosts_memory_the_limit_is_doubled(played):
    played.park.add(node("host", {}))
    limits = {"requests": {"memory": "300Mi"}, "limits": {"memory": "512Mi"}}
    played.apply("host", resources=limits)
    played.end(played.placed("host", 1), 137, reason="OOMKilled")
    second = played.placed("host", 2)
    resources = second["spec"]["containers"][0]["resources"]
    assert resources["limits"]["memory"] == resources["requests"]["memory"] == "1Gi"
    status = played.done("host", 2)
    before, after = status["jobs"]
    assert "memory" not in before
    assert after["memory"] == "1024Mi"
    assert status["attempts"][0]["reason"] == "OOMKilled"


def test_a_gpu_that_is_smaller_than_it_was_said_to_be_is_left_for_another_node(played):
    twin = {**L4, "metadata": {**L4["metadata"], "name": "twin"}}
    played.park.add(L4, twin)
    played.apply("small", gpu={"product": "L4", "memory": "20Gi"}, retries=0)
    first = played.placed("small", 1)
    words = "the GPU has 11000 MiB where 20480 MiB were asked for"
    told = report(11000, 0, exit_code=13, reason="GPUTooSmall", message=words)
    played.end(first, 13, message=told)
    second = played.placed("small", 2)
    assert second["spec"]["nodeName"] != first["spec"]["nodeName"]
    affinity = second["spec"]["affinity"]["nodeAffinity"]
    terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    left = {"key": "metadata.name", "operator": "NotIn", "values": [first["spec"]["nodeName"]]}
    assert all(left in term["matchFields"] for term in terms)
    status = played.done("small", 2, 23034, 12000)
    assert status.get("retriesUsed", 0) == 0
    assert status["jobs"][1]["gpu"]["avoidedNodes"] == [first["spec"]["nodeName"]]
    assert words in status["jobs"][1]["message"]


def test_where_no_gpu_was_free_in_time_the_cpu_does_the_work(played):
    played.park.add(node("cpu", {}))
    gpu = {"resourceName": "nvidia.com/mig-7g.80gb", "fallbackToCPU": True}
    played.apply("falls-back", gpu=gpu, deadlines={"queueSeconds": 3})
    second = played.placed("falls-back", 2)
    container = second["spec"]["containers"][0]
    assert {"name": "VOICEJOB_GPU_WITHHELD", "value": "true"} in container["env"]
    assert not [key for key in limits_of(second) if "/" in key]
    status = played.done("falls-back", 2)
    assert status["jobs"][1]["reason"] == "FallbackToCPU"
    assert status["jobs"][1]["onCpu"] is True
    assert "FallbackToCPU" in played.voicejobs.events("falls-back")
    assert status.get("retriesUsed", 0) == 0


def test_a_pod_of_a_higher_class_takes_the_gpu_and_no_retry_is_used(played):
    """The scheduler preempts the worker; it saved its chunks, and its Job goes on by itself."""
    namespace, kubectl = played.voicejobs.kubectl.namespace, played.voicejobs.kubectl
    single = {**L4, "status": {"allocatable": {"nvidia.com/gpu": "1"}}}
    played.park.add(single)
    kubectl.create(
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": namespace},
            "value": 1000,
        }
    )
    try:
        played.apply("yields", gpu={"product": "L4"}, retries=0)
        first = played.placed("yields", 1)
        played.start(first)
        kubectl.create(pod_that_preempts(namespace, played.park.here()["spec"]))
        gone = f"{first['metadata']['name']} is preempted"
        eventually(gone, lambda: is_preempted(played, first), 30)
        played.end(first, 143, message=report(exit_code=143, reason="Stopped"))
        eventually("it is preempted", lambda: placed_node(kubectl, "urgent"), 60)
        kubectl("delete", "pod", "urgent", "--force", "--grace-period=0")
        second = played.placed_again("yields", first)
        played.end(second, 0, message=report(23034, 9000, exit_code=0, audio=AUDIO))
        status = played.voicejobs.await_phase("yields", "Succeeded", seconds=60)
    finally:
        kubectl("delete", "priorityclass", namespace, "--wait=false")
    assert status.get("retriesUsed", 0) == 0
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Stopped", "Succeeded"]


def pod_that_preempts(namespace, placement):
    container = {
        "name": "urgent",
        "image": "localhost/pause:dev",
        "resources": {"limits": {"nvidia.com/gpu": "1"}},
    }
    gpu = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    spec = {**placement, "priorityClassName": namespace, "containers": [container]}
    spec["tolerations"] = [*placement["tolerations"], gpu]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "urgent"}, "spec": spec}


def is_preempted(played, pod):
    found = played.voicejobs.kubectl.get("pods", pod["metadata"]["name"])
    conditions = found["status"].get("conditions", []) if found else []
    return any(each.get("reason") == "PreemptionByScheduler" for each in conditions)


def placed_node(kubectl, name):
    found = kubectl.get("pods", name)
    return found and found["spec"].get("nodeName")
