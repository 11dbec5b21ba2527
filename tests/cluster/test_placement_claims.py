"""GPUs by claims (dynamic resource allocation), which the real scheduler allocates.

The ResourceSlices are the test's, as NVIDIA's driver writes them; no driver prepares anything.
"""

import pytest
from gpu_clusters import node
from kubectl import Kubectl, eventually, read
from played_pods import PlayedPods

DRIVER, DRA = "gpu.nvidia.com", "/apis/resource.k8s.io/v1"
CLUSTER = Kubectl("default")


def device(name, memory="", product="", capability="", park=""):
    """A device; what is empty it does not tell, the park apart."""
    attributes = {
        "park": {"string": park},
        **({"type": {"string": "gpu"}, "productName": {"string": product}} if product else {}),
        **({"cudaComputeCapability": {"version": f"{capability}.0"}} if capability else {}),
    }
    capacity = {"capacity": {"memory": {"value": memory}}} if memory else {}
    return {"name": name, "attributes": attributes, **capacity}


class Claims:
    """A node whose driver offers GPUs, and a DeviceClass of these alone."""

    def __init__(self, park):
        self.park, self.device_class = park, park.namespace
        self.devices = (
            device("silent", park=park.namespace),
            device("t4", "15360Mi", "Tesla T4", "7.5", park.namespace),
            device("h200", "143771Mi", "NVIDIA H200", "9.0", park.namespace),
        )

    def add(self):
        self.park.add(node("dra", {}))
        name = self.park.name("dra")
        pool = {"name": name, "generation": 1, "resourceSliceCount": 1}
        spec = {"driver": DRIVER, "nodeName": name, "pool": pool, "devices": list(self.devices)}
        CLUSTER.create(
            {
                "apiVersion": "resource.k8s.io/v1",
                "kind": "ResourceSlice",
                "metadata": {"name": name},
                "spec": spec,
            }
        )

    def add_class(self):
        """Of this test's devices, whatever others offer under the same driver's name."""
        of_the_park = f"device.attributes['{DRIVER}'].park"
        chosen = (
            f"device.driver == '{DRIVER}' && has({of_the_park}) "
            f"&& {of_the_park} == '{self.park.namespace}'"
        )
        CLUSTER.create(
            {
                "apiVersion": "resource.k8s.io/v1",
                "kind": "DeviceClass",
                "metadata": {"name": self.device_class},
                "spec": {"selectors": [{"cel": {"expression": chosen}}]},
            }
        )

    def remove(self):
        CLUSTER("delete", "deviceclass", self.device_class, "--ignore-not-found")
        CLUSTER("delete", "resourceslice", self.park.name("dra"), "--ignore-not-found")

    def asks(self, **gpu):
        """A VoiceJob's spec that asks for one of these."""
        return self.park.asks({"deviceClassName": self.device_class, **gpu})


@pytest.fixture
def claims(park):
    own = Claims(park)
    own.add()
    try:
        yield own
    finally:
        own.remove()


@pytest.fixture
def classed(claims):
    claims.add_class()
    return claims


def listed(kubectl, kind):
    return read(f"{DRA}/namespaces/{kubectl.namespace}/{kind}")["items"]


def allocated(voicejobs, name):
    """The device that its claim has got; None while it has none."""
    for claim in listed(voicejobs.kubectl, "resourceclaims"):
        owners = {owner["name"] for owner in claim["metadata"]["ownerReferences"]}
        if owners & {pod["metadata"]["name"] for pod in voicejobs.pods(name)}:
            results = claim.get("status", {}).get("allocation", {}).get("devices", {})
            return next((each["device"] for each in results.get("results", [])), None)
    return None


def templates(voicejobs):
    found = listed(voicejobs.kubectl, "resourceclaimtemplates")
    return [template["metadata"]["name"] for template in found]


def test_a_claim_is_allocated_by_what_its_devices_tell(voicejobs, classed):
    """One that tells nothing is passed over, and ends the allocation of none."""
    asked = {
        "by-memory": ({"memory": "100Gi"}, "h200"),
        "by-everything": (
            {"memory": "8Gi", "product": "Tesla-T4", "minComputeCapability": "7.0"},
            "t4",
        ),
    }
    for name, (gpu, _) in asked.items():
        voicejobs.apply(name, **classed.asks(**gpu))
    for name, (_, device_name) in asked.items():
        eventually(f"{name} has a device", lambda n=name: allocated(voicejobs, n), 20)
        assert allocated(voicejobs, name) == device_name
        voicejobs.await_phase(name, "Starting", seconds=20)
        (pod,) = voicejobs.pods(name)
        assert pod["spec"]["nodeName"] == classed.park.name("dra")
        resources = pod["spec"]["containers"][0]["resources"]
        assert resources["claims"] == [{"name": "gpu"}]
        assert not [key for key in resources["limits"] if "/" in key], "no GPU beside it"
    told = voicejobs.condition("by-memory", "Accepted")["message"]
    assert f"ResourceClaim {classed.device_class} with 102400 MiB" in told


def test_a_gpu_of_any_kind_may_be_one_that_tells_nothing(voicejobs, classed):
    voicejobs.apply("any", **classed.asks())
    eventually("it has a device", lambda: allocated(voicejobs, "any"), 20)


def test_what_no_device_has_is_told_and_its_template_goes_with_its_end(voicejobs, classed):
    gpu = {"memory": "500Gi"}
    voicejobs.apply("large", **classed.asks(**gpu), deadlines={"queueSeconds": 5})
    told = voicejobs.await_condition("large", "Started", "NoSuchGPU")
    assert "512000" in told["message"]
    assert "gpu.memory" in told["message"]
    assert len(templates(voicejobs)) == 1
    status = voicejobs.await_phase("large", "Failed", seconds=20)
    assert status["reason"] == "QueueDeadlineExceeded"
    eventually("its template is gone", lambda: not templates(voicejobs), 20)


def test_a_class_that_comes_later_lets_it_run(voicejobs, claims):
    voicejobs.apply("early", **claims.asks(memory="8Gi"))
    told = voicejobs.await_condition("early", "Queued", "GPUAllocationUnavailable")
    assert f"no DeviceClass {claims.device_class}" in told["message"]
    assert "gpu.deviceClassName" in told["message"]
    claims.add_class()
    voicejobs.await_phase("early", "Starting", seconds=30)
    assert allocated(voicejobs, "early") in ("t4", "h200")


def test_an_administrators_own_template_is_used_as_it_is_and_stays(voicejobs, classed):
    request = {"exactly": {"deviceClassName": classed.device_class}}
    voicejobs.kubectl.create(
        {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceClaimTemplate",
            "metadata": {"name": "ours"},
            "spec": {"spec": {"devices": {"requests": [{"name": "any", **request}]}}},
        }
    )
    spec = classed.asks() | {"gpu": {"claimTemplateName": "ours"}}
    voicejobs.apply("own", **spec, deadlines={"startSeconds": 5})
    eventually("it has a device", lambda: allocated(voicejobs, "own"), 20)
    voicejobs.await_phase("own", "Failed", seconds=30)
    assert templates(voicejobs) == ["ours"]


def test_a_template_that_is_not_there_is_told_and_waited_for(voicejobs, classed):
    spec = classed.asks() | {"gpu": {"claimTemplateName": "missing"}}
    voicejobs.apply("waits", **spec)
    told = voicejobs.await_condition("waits", "Queued", "Unschedulable")
    assert '"missing" not found' in told["message"]


@pytest.mark.lengthy
def test_its_template_goes_half_a_minute_after_a_good_end(voicejobs, classed):
    voicejobs.apply("done", **classed.asks(memory="8Gi"))
    voicejobs.await_phase("done", "Starting", seconds=20)
    assert len(templates(voicejobs)) == 1
    (pod,) = voicejobs.pods("done")
    played = PlayedPods(voicejobs.kubectl)
    played.start(pod)
    played.end(pod, 0)
    voicejobs.await_phase("done", "Succeeded", seconds=30)
    eventually("its template is gone", lambda: not templates(voicejobs), 45)
