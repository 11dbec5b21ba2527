"""The nodes of the demo, as device plugins, feature discovery and a driver write them.

kwok plays them: they are known to Kubernetes as any node is, and run nothing.
"""

from __future__ import annotations

from typing import Any

Manifest = dict[str, Any]

LABEL = "demo.voicejob.dev/gpu"
DRIVER = "gpu.nvidia.com"
DRIVERS_NODE = "demo-driver"
MIXED_NODE = "demo-mig"
KWOK_TAINT = "kwok.x-k8s.io/node"
_ROOM = {"cpu": "64", "memory": "512Gi", "pods": "100"}


def nvidia(product: str, memory: int, capability: str, **more: str) -> dict[str, str]:
    """What GPU feature discovery tells of a node; `more` without `nvidia.com/`, _ for a dash."""
    major, minor = capability.split(".")
    told = {
        "gpu.product": product,
        "gpu.memory": str(memory),
        "gpu.compute.major": major,
        "gpu.compute.minor": minor,
        "gpu.replicas": "1",
        "gpu.sharing-strategy": "none",
        **more,
    }
    return {f"nvidia.com/{name}": value for name, value in told.items()}


def _node(
    name: str, labels: dict[str, str], resources: dict[str, str], taint: str = ""
) -> Manifest:
    taints = [{"key": KWOK_TAINT, "value": "fake", "effect": "NoSchedule"}]
    if taint:
        taints.append({"key": taint, "value": "present", "effect": "NoSchedule"})
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {KWOK_TAINT: "fake"},
            "labels": {**labels, LABEL: "yes", "kubernetes.io/hostname": name},
        },
        "spec": {"taints": taints},
        "status": {"allocatable": {**_ROOM, **resources}, "capacity": {**_ROOM, **resources}},
    }


NODES: tuple[Manifest, ...] = (
    _node(
        "demo-l4",
        nvidia("NVIDIA-L4", 23034, "8.9"),
        {"nvidia.com/gpu": "2"},
        "nvidia.com/gpu",
    ),
    _node(
        "demo-h200",
        nvidia("NVIDIA-H200", 143771, "9.0"),
        {"nvidia.com/gpu": "8"},
        "nvidia.com/gpu",
    ),
    _node(
        "demo-sliced",
        nvidia(
            "NVIDIA-A10-SHARED",
            23028,
            "8.6",
            **{"gpu.replicas": "4", "gpu.sharing-strategy": "time-slicing"},
        ),
        {"nvidia.com/gpu": "4"},
        "nvidia.com/gpu",
    ),
    _node(
        MIXED_NODE,
        nvidia(
            "NVIDIA-H100-80GB-HBM3",
            81559,
            "9.0",
            **{
                "gpu.replicas": "0",
                "mig.strategy": "mixed",
                "mig-1g.10gb.memory": "9984",
                "mig-3g.40gb.memory": "40448",
            },
        ),
        {"nvidia.com/gpu": "0", "nvidia.com/mig-1g.10gb": "4", "nvidia.com/mig-3g.40gb": "1"},
        "nvidia.com/gpu",
    ),
    _node(
        "demo-amd",
        {"amd.com/gpu.vram": "191G", "amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM"},
        {"amd.com/gpu": "8"},
        "amd.com/gpu",
    ),
    _node(DRIVERS_NODE, {}, {}),
)
DEVICE_CLASS: Manifest = {
    "apiVersion": "resource.k8s.io/v1",
    "kind": "DeviceClass",
    "metadata": {"name": DRIVER},
    "spec": {"selectors": [{"cel": {"expression": f"device.driver == '{DRIVER}'"}}]},
}
SLICE: Manifest = {
    "apiVersion": "resource.k8s.io/v1",
    "kind": "ResourceSlice",
    "metadata": {"name": DRIVERS_NODE},
    "spec": {
        "driver": DRIVER,
        "nodeName": DRIVERS_NODE,
        "pool": {"name": DRIVERS_NODE, "generation": 1, "resourceSliceCount": 1},
        "devices": [
            {
                "name": "gpu-0",
                "attributes": {
                    "type": {"string": "gpu"},
                    "productName": {"string": "NVIDIA RTX PRO 6000 Blackwell"},
                    "cudaComputeCapability": {"version": "12.0.0"},
                },
                "capacity": {"memory": {"value": "97887Mi"}},
            }
        ],
    },
}
