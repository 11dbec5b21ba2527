"""Whole GPUs and MIG instances: each VoiceJob on the node that has what it asks for.

Real scheduler, real labels; the nodes are played, so that nothing runs on them.
"""

from contextlib import suppress

import pytest
from gpu_clusters import AMD, H200, INTEL, L4, MIXED, SINGLE, SLICED, node, nvidia
from kubectl import eventually

SMALL = node("small", nvidia("NVIDIA-GeForce-GTX-1050-Ti", 4096, "6.1"), nvidia_com__gpu="4")
SMALL_AMD = node(
    "small-amd",
    {"amd.com/gpu.vram": "64G", "amd.com/gpu.product-name": "AMD_Instinct_MI210"},
    amd_com__gpu="4",
)
GPU, MIG = "nvidia.com/gpu", "nvidia.com/mig-"
ZONES = {"a": (SMALL, SLICED), "b": (L4,), "c": (H200, MIXED, SINGLE), "d": (AMD, SMALL_AMD, INTEL)}
"""Racks, and the nodes in them."""


def either(*racks):
    """The user's own affinity: a term for each rack."""
    requirements = [{"key": "played.test/rack", "operator": "In", "values": [r]} for r in racks]
    terms = [{"matchExpressions": [each]} for each in requirements]
    required = {"nodeSelectorTerms": terms}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


PLACED = {
    # -- whole GPUs, by what their labels tell
    "by-memory": ({"memory": "100Gi"}, "", "h200", GPU),
    "by-product": ({"product": "GTX-1050"}, "", "small", GPU),
    "by-capability": ({"minComputeCapability": "9.0", "resourceName": GPU}, "", "h200", GPU),
    "by-minor": ({"minComputeCapability": "8.7", "resourceName": GPU}, "b", "l4", GPU),
    # -- GPUs that several pods share by turns: the label's memory is the whole card's
    "enough-of-a-share": ({"memory": "5Gi", "resourceName": GPU}, "a", "sliced", GPU),
    "never-shared": (
        {"memory": "3Gi", "resourceName": GPU, "sharing": "Never"},
        "a",
        "small",
        GPU,
    ),
    "never-shared-whatever-the-memory": (
        {"resourceName": GPU, "sharing": "Never"},
        "a",
        "small",
        GPU,
    ),
    # -- the user's own pool of whole GPUs, where others have MIG profiles that would fit
    "whole-in-its-pool": ({"memory": "8Gi"}, "b", "l4", GPU),
    # -- instances
    "smallest-profile": ({"memory": "8Gi"}, "c", "mixed", f"{MIG}1g.10gb"),
    "next-profile": ({"memory": "12Gi"}, "c", "mixed", f"{MIG}3g.40gb"),
    "profile-by-its-name": ({"resourceName": f"{MIG}1g.10gb"}, "", "mixed", f"{MIG}1g.10gb"),
    "single-strategy": ({"product": "A100", "memory": "4800Mi"}, "", "single", GPU),
    # -- other makers
    "amd-by-memory": ({"resourceName": "amd.com/gpu", "memory": "190Gi"}, "", "amd", "amd.com/gpu"),
    "amd-by-product": (
        {"resourceName": "amd.com/gpu", "product": "MI210"},
        "",
        "small-amd",
        "amd.com/gpu",
    ),
    "intel": (
        {"resourceName": "gpu.intel.com/xe", "product": "Max_1550"},
        "",
        "intel",
        "gpu.intel.com/xe",
    ),
}
"""What is asked for, the rack it is confined to, the node it lands on, the resource it gets."""
NEVER = {
    "too-little-of-a-share": (
        {"memory": "6Gi", "resourceName": GPU},
        ("-sliced comes nearest", "has 5757 MiB (4 share a GPU) where gpu.memory asks for 6144"),
        "a",
    ),
    "not-in-this-rack": (
        {"product": "L4"},
        ("-h200 comes nearest", "leave all other nodes out"),
        "c",
    ),
    "profile-of-no-node": (
        {"resourceName": f"{MIG}7g.80gb"},
        (f"No node has {MIG}7g.80gb; nodes have ", f"{MIG}1g.10gb", "gpu.resourceName"),
    ),
    "amd-too-large": (
        {"resourceName": "amd.com/gpu", "memory": "500Gi"},
        ("-amd comes nearest", "has 195584 MiB where gpu.memory asks for 512000"),
    ),
    "amd-of-no-such-product": (
        {"resourceName": "amd.com/gpu", "product": "MI999"},
        ("has AMD_Instinct_MI300X_OAM where gpu.product asks for MI999",),
    ),
    "intel-of-no-such-product": (
        {"resourceName": "gpu.intel.com/xe", "product": "Arc"},
        ("-intel comes nearest", "has Max_1550 where gpu.product asks for Arc"),
    ),
    "no-hami": ({"allocation": "HAMi", "memory": "4Gi"}, ("No node has cards that HAMi shares",)),
}
"""What is asked for that no node could ever give, what is told of it, and the rack if only one."""


@pytest.fixture
def racks(park):
    for rack, nodes in ZONES.items():
        park.add(*nodes, rack=rack)
    return park


def test_each_lands_where_its_gpu_is(voicejobs, racks):
    for name, (gpu, rack, *_) in PLACED.items():
        voicejobs.apply(name, **racks.asks(gpu, rack))
    wanted = {name: (racks.name(node), resource) for name, (_, _, node, resource) in PLACED.items()}
    await_all(lambda: {name: where(voicejobs, name) for name in PLACED}, wanted)
    told = voicejobs.condition("next-profile", "Accepted")
    assert f"ExtendedResource {MIG}3g.40gb with 12288 MiB" in told["message"]
    assert "the smallest MIG profile with 12288 MiB" in told["message"]


def await_all(ask, wanted):
    """Wait until it is so; fail with what differs."""
    with suppress(AssertionError):
        eventually("all are placed", lambda: ask() == wanted, 20)
    assert ask() == wanted


def where(voicejobs, name):
    """The node and the extended resource of its pod; None while it has no node."""
    pods = [pod for pod in voicejobs.pods(name) if pod["spec"].get("nodeName")]
    if not pods:
        return None
    limits = pods[0]["spec"]["containers"][0]["resources"]["limits"]
    (resource,) = (key for key in limits if "/" in key)
    return pods[0]["spec"]["nodeName"], resource


def test_the_users_own_terms_hold_beside_the_requirement(voicejobs, racks):
    """A node fits where one term does: the memory must stand in each."""
    template = racks.here(affinity=either("a", "b"))
    gpu = {"memory": "20Gi", "resourceName": GPU}
    voicejobs.apply("either", **(racks.asks(gpu) | {"podTemplate": template}))
    found = eventually("it has a node", lambda: where(voicejobs, "either"), 20)
    assert found == (racks.name("l4"), GPU), "rack c has the memory, and a has the rack alone"


def test_what_the_users_affinity_leaves_out_is_not_taken_for_there(voicejobs, racks):
    """Auto takes no MIG profile that others have, and no node that is left out comes nearest."""
    template = racks.here(affinity=either("a", "b"))
    for name, memory in (("whole", "8Gi"), ("none", "40Gi")):
        asked = racks.asks({"memory": memory}) | {"podTemplate": template}
        voicejobs.apply(name, **asked)
    found = eventually("it has a node", lambda: where(voicejobs, "whole"), 20)
    assert found == (racks.name("l4"), GPU)
    told = voicejobs.await_condition("none", "Started", "NoSuchGPU")["message"]
    assert f"{racks.name('l4')} comes nearest" in told


def test_what_no_node_could_give_is_told_with_what_to_change(voicejobs, racks):
    for name, (gpu, _, *rack) in NEVER.items():
        voicejobs.apply(name, **racks.asks(gpu, *rack))
    for name, (_, words, *_) in NEVER.items():
        told = voicejobs.await_condition(name, "Started", "NoSuchGPU")
        for word in words:
            assert word in told["message"], name
        status = voicejobs.status(name)
        assert (status["phase"], status["reason"]) == ("Queued", "NoSuchGPU")
