"""Clusters as their nodes tell of themselves, for tests of how GPUs are given."""

import json
from typing import Any

from voicejob_operator.manifests.placement.devices import Cluster
from voicejob_operator.voicejobs.node_views import view_node, view_slice

GROUPS = frozenset({"batch", "batch/v1", "resource.k8s.io", "resource.k8s.io/v1"})
BEFORE_1_34 = frozenset({"batch", "batch/v1", "resource.k8s.io", "resource.k8s.io/v1beta1"})


def node(name: str, labels: dict[str, str], **allocatable: str) -> dict[str, Any]:
    """A node; underscores of a resource's name are dots, its first slash two underscores."""
    resources = {key.replace("__", "/").replace("_", "."): n for key, n in allocatable.items()}
    return {
        "metadata": {"name": name, "uid": name, "labels": labels, "resourceVersion": "1"},
        "status": {"allocatable": {"cpu": "8", **resources}},
    }


def nvidia(product: str, memory: int, capability: str, **more: str) -> dict[str, str]:
    """The labels that GPU feature discovery writes."""
    major, minor = capability.split(".")
    return {
        "nvidia.com/gpu.product": product,
        "nvidia.com/gpu.memory": str(memory),
        "nvidia.com/gpu.compute.major": major,
        "nvidia.com/gpu.compute.minor": minor,
        "nvidia.com/gpu.count": "1",
        "nvidia.com/gpu.replicas": "1",
        "nvidia.com/gpu.sharing-strategy": "none",
        **{
            f"nvidia.com/{key.replace('_', '.', 1).replace('_', '-')}": v for key, v in more.items()
        },
    }


GTX = node("small", nvidia("NVIDIA-GeForce-GTX-1050-Ti", 4096, "6.1"), nvidia_com__gpu="1")
L4 = node("l4", nvidia("NVIDIA-L4", 23034, "8.9"), nvidia_com__gpu="2")
H200 = node("h200", nvidia("NVIDIA-H200", 143771, "9.0"), nvidia_com__gpu="8")
SLICED = node(
    "sliced",
    {
        **nvidia("NVIDIA-A10-SHARED", 23028, "8.6"),
        "nvidia.com/gpu.replicas": "4",
        "nvidia.com/gpu.sharing-strategy": "time-slicing",
    },
    nvidia_com__gpu="4",
)
MIXED = {
    "metadata": {
        "name": "mixed",
        "uid": "mixed",
        "labels": {
            **nvidia("NVIDIA-H100-80GB-HBM3", 81559, "9.0"),
            "nvidia.com/gpu.replicas": "0",
            "nvidia.com/mig.strategy": "mixed",
            "nvidia.com/mig-1g.10gb.memory": "9984",
            "nvidia.com/mig-3g.40gb.memory": "40448",
        },
    },
    "status": {
        "allocatable": {
            "nvidia.com/gpu": "0",
            "nvidia.com/mig-1g.10gb": "4",
            "nvidia.com/mig-3g.40gb": "1",
        }
    },
}
SINGLE = node(
    "single",
    {
        **nvidia("NVIDIA-A100-SXM4-40GB-MIG-1g.5gb", 4864, "8.0"),
        "nvidia.com/mig.strategy": "single",
    },
    nvidia_com__gpu="7",
)
AMD = node(
    "amd",
    {"amd.com/gpu.vram": "191G", "amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM"},
    amd_com__gpu="8",
)
INTEL = node(
    "intel", {"gpu.intel.com/product": "Max_1550"}, gpu_intel_com__xe="4", gpu_intel_com__i915="0"
)
HAMI = node("shared", {}, nvidia_com__gpu="20")
HAMI["metadata"]["annotations"] = {
    "hami.io/node-nvidia-register": json.dumps(
        [{"id": "GPU-1", "count": 10, "devmem": 24576, "type": "NVIDIA-A10", "health": True}]
    )
}
BARE = node("bare", {}, nvidia_com__gpu="1")
SLICE = {
    "metadata": {"name": "h200-gpu", "uid": "slice", "resourceVersion": "1"},
    "spec": {
        "driver": "gpu.nvidia.com",
        "nodeName": "dra",
        "devices": [
            {
                "name": "gpu-0",
                "attributes": {
                    "type": {"string": "gpu"},
                    "productName": {"string": "NVIDIA H200"},
                    "cudaComputeCapability": {"version": "9.0.0"},
                },
                "capacity": {"memory": {"value": "143771Mi"}},
            }
        ],
    },
}


def cluster(*nodes: dict[str, Any], groups: frozenset[str] = GROUPS) -> Cluster:
    """A cluster of these nodes, without dynamic resource allocation's drivers."""
    return Cluster(tuple(map(view_node, nodes)), (), frozenset(), groups)


def claiming(*classes: str) -> Cluster:
    """A cluster whose only GPU is a driver's, with these DeviceClasses."""
    names = frozenset(classes or ("gpu.nvidia.com", "mig.nvidia.com"))
    return Cluster((view_node(node("dra", {})),), (view_slice(SLICE),), names, GROUPS)
