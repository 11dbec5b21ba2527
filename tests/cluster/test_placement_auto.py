"""What the whole cluster has: which way Auto takes, and what no node could ever give.

Whatever else there is of NVIDIA's would change the answers, so these tests run alone.
"""

import json
from contextlib import suppress

import pytest
from gpu_clusters import H200, HAMI, L4, SINGLE, node, nvidia
from kubectl import Kubectl, Refused, read

pytestmark = pytest.mark.disruptive

CLUSTER = Kubectl("default")
B300 = node("b300", nvidia("NVIDIA-B300", 275040, "10.3"), nvidia_com__gpu="4")


@pytest.fixture(autouse=True)
def _nobody_elses_gpus(release):
    """Take away what other nodes offer, such as those that `kwok up` has added, for a while."""
    offered = {}
    for found in CLUSTER.list("nodes"):
        allocatable = found["status"].get("allocatable", {})
        gpus = {key: allocatable[key] for key in allocatable if key.startswith("nvidia.com/")}
        offered |= {found["metadata"]["name"]: gpus} if gpus else {}
    for name, gpus in offered.items():
        _offer(name, dict.fromkeys(gpus, "0"))
    yield
    for name, gpus in offered.items():
        _offer(name, gpus)


def _offer(name, gpus):
    with suppress(Refused):  # its test has removed it meanwhile
        patch = json.dumps({"status": {"allocatable": gpus}})
        CLUSTER("patch", "node", name, "--subresource=status", "--type=merge", "-p", patch)


def asked(voicejobs, name):
    return voicejobs.status(name)["jobs"][-1]["gpu"]


def test_what_no_node_has_is_told_until_a_node_with_it_comes(voicejobs, park):
    park.add(L4, H200, SINGLE)
    gpus = {
        "large": ({"memory": "200Gi"}, "h200", "has 143771 MiB where gpu.memory asks for 204800"),
        "new": ({"product": "B300"}, "h200", "has NVIDIA-H200 where gpu.product asks for B300"),
        "other": (
            {"product": "A100", "memory": "5200Mi"},
            "single",
            "has 4864 MiB where gpu.memory asks for 5200",
        ),
    }
    for name, (gpu, *_) in gpus.items():
        voicejobs.apply(name, **park.asks(gpu))
    for name, (_, nearest, lacks) in gpus.items():
        told = voicejobs.await_condition(name, "Started", "NoSuchGPU")["message"]
        assert f"node {park.name(nearest)} comes nearest" in told
        assert lacks in told
        status = voicejobs.status(name)
        assert (status["phase"], status["reason"]) == ("Queued", "NoSuchGPU")
    park.add(B300)
    for name, jobs in (("large", 1), ("new", 2)):
        status = voicejobs.await_phase(name, "Starting", seconds=30)
        assert len(status["jobs"]) == jobs, "what a name is a part of, the first Job cannot know"
        nodes = {pod["spec"].get("nodeName") for pod in voicejobs.pods(name)}
        assert park.name("b300") in nodes
        assert "NoSuchGPU" not in {c["reason"] for c in voicejobs.status(name)["conditions"]}
    assert voicejobs.status("other")["reason"] == "NoSuchGPU"


def test_auto_shares_by_hami_where_a_node_is_registered_with_it(voicejobs, park):
    """HAMi's webhook adds what is missing; here the node advertises its resources itself."""
    memory = {"nvidia.com/gpumem": "24576"}
    shared = {**HAMI, "status": {"allocatable": {**HAMI["status"]["allocatable"], **memory}}}
    park.add(shared)
    voicejobs.apply("auto", **park.asks({"memory": "6Gi"}))
    voicejobs.await_phase("auto", "Starting", seconds=20)
    assert (asked(voicejobs, "auto")["allocation"], asked(voicejobs, "auto")["memoryMiB"]) == (
        "HAMi",
        6144,
    )
    told = voicejobs.condition("auto", "Accepted")["message"]
    assert "its GPU comes by HAMi nvidia.com/gpu with 6144 MiB: HAMi shares the GPUs of" in told
    voicejobs.apply("large", **park.asks({"memory": "30Gi"}))
    told = voicejobs.await_condition("large", "Started", "NoSuchGPU")["message"]
    assert "has 24576 MiB where gpu.memory asks for 30720" in told


@pytest.fixture
def claimable(park):
    """A driver's GPU on a node without any extended resource, and NVIDIA's own DeviceClass."""
    park.add(node("dra", {}))
    name, driver = park.name("dra"), "gpu.nvidia.com"
    gpu = {
        "name": "gpu-0",
        "attributes": {"type": {"string": "gpu"}, "productName": {"string": "NVIDIA H200"}},
        "capacity": {"memory": {"value": "143771Mi"}},
    }
    pool = {"name": name, "generation": 1, "resourceSliceCount": 1}
    made = {"apiVersion": "resource.k8s.io/v1", "metadata": {"name": name}}
    offer = {"driver": driver, "nodeName": name, "pool": pool, "devices": [gpu]}
    chosen = {"selectors": [{"cel": {"expression": f"device.driver == '{driver}'"}}]}
    classed = {**made, "kind": "DeviceClass", "metadata": {"name": driver}, "spec": chosen}
    CLUSTER.create({**made, "kind": "ResourceSlice", "spec": offer}, classed)
    try:
        yield name
    finally:
        CLUSTER("delete", "deviceclass", driver)
        CLUSTER("delete", "resourceslice", name)


def test_auto_claims_where_no_node_has_an_extended_resource(voicejobs, park, claimable):
    voicejobs.apply("auto", **park.asks({"memory": "90Gi"}))
    voicejobs.await_phase("auto", "Starting", seconds=20)
    assert asked(voicejobs, "auto")["allocation"] == "ResourceClaim"
    told = voicejobs.condition("auto", "Accepted")["message"]
    assert "driver gpu.nvidia.com offers devices, and nobody else a GPU" in told
    namespace = f"/apis/resource.k8s.io/v1/namespaces/{voicejobs.kubectl.namespace}"
    (claim,) = read(f"{namespace}/resourceclaims")["items"]
    (result,) = claim["status"]["allocation"]["devices"]["results"]
    assert (result["device"], result["pool"]) == ("gpu-0", claimable)
