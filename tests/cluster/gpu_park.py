"""Nodes with GPUs that are not there, as device plugins and feature discovery write them.

The cluster's own scheduler places pods on them; no kubelet runs these, so that the test plays them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import yaml
from kubectl import Kubectl, Manifest, eventually

TAINT: Final = "played.test/node"
"""Keeps off whoever does not ask for these nodes: pods there never end by themselves."""
PARK: Final = "played.test/park"
RACK: Final = "played.test/rack"
"""A label of the user's own platform, by which a test narrows where a VoiceJob may go."""
_USUAL_TAINTS: Final = {
    "nvidia.com/": "nvidia.com/gpu",
    "amd.com/": "amd.com/gpu",
    "gpu.intel.com/": "gpu.intel.com/xe",
}
_ROOM: Final = {"cpu": "64", "memory": "512Gi", "pods": "100"}
_CLUSTER: Final = Kubectl("default")
_LEASES: Final = Kubectl("kube-node-lease")
_HEARTBEAT_SECONDS: Final = 10.0
"""Well below the 40 s after which a node is taken for lost."""


@dataclass
class Park:
    """The nodes of one test; their names begin with that of its namespace."""

    namespace: str
    nodes: list[str] = field(default_factory=list)

    def add(self, *bodies: Manifest, rack: str = "") -> None:
        """Add nodes with the names, labels, annotations and resources of ``bodies``; wait until
        the scheduler may use them."""
        made = [self._node(body, rack) for body in bodies]
        names = [node["metadata"]["name"] for node in made]
        _CLUSTER.create(*made)
        self.nodes += names
        self.beat()
        eventually("the nodes take pods", lambda: not any(map(_is_not_ready, names)), 20)

    def name(self, node: str) -> str:
        """The name in the cluster of a node that its test calls ``node``."""
        return f"{self.namespace}-{node}"

    def here(self, rack: str = "", **more: Any) -> Manifest:
        """``spec.podTemplate`` of a VoiceJob that is to be placed here, or in one rack."""
        selector = {PARK: self.namespace, **({RACK: rack} if rack else {})}
        toleration = {"key": TAINT, "operator": "Exists", "effect": "NoSchedule"}
        return {"spec": {"nodeSelector": selector, "tolerations": [toleration], **more}}

    def asks(self, gpu: Manifest | None = None, rack: str = "", **more: Any) -> Manifest:
        """The spec of a VoiceJob that is to be placed here.

        Its model is named, and never fetched: what played workers tell of their memory would else
        be asked for by every VoiceJob that speaks with the usual one.
        """
        return {
            "text": "Nobody speaks this.",
            "model": {"uri": f"https://voices.invalid/{self.namespace}.onnx"},
            "podTemplate": self.here(rack),
            **({} if gpu is None else {"gpu": gpu}),
            **more,
        }

    def live(self, ended: threading.Event) -> None:
        """Tell that the nodes are there, until ``ended``."""
        while not ended.wait(_HEARTBEAT_SECONDS):
            self.beat()

    def beat(self) -> None:
        """Tell it once."""
        leases = yaml.safe_dump_all(map(_lease, list(self.nodes)))
        _LEASES("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=leases)

    def remove(self) -> None:
        """Remove the nodes, and the pods that nobody else would end."""
        pods = Kubectl(self.namespace)
        pods("delete", "voicejobs,jobs", "--all", "--wait=false")
        pods("delete", "pods", "--all", "--force", "--grace-period=0", "--wait=false")
        if self.nodes:
            _CLUSTER("delete", "nodes", *self.nodes, "--wait=false")
            _LEASES("delete", "leases", *self.nodes, "--ignore-not-found")

    def _node(self, body: Manifest, rack: str) -> Manifest:
        metadata, resources = body["metadata"], body["status"]["allocatable"]
        name = self.name(metadata["name"])
        keys = {
            _USUAL_TAINTS[prefix]
            for prefix in _USUAL_TAINTS
            for key in resources
            if key.startswith(prefix)
        }
        taints = [{"key": key, "value": "present", "effect": "NoSchedule"} for key in sorted(keys)]
        room = {**_ROOM, **{key: resources[key] for key in resources if "/" in key}}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {
                    **metadata["labels"],
                    PARK: self.namespace,
                    "kubernetes.io/hostname": name,
                    **({RACK: rack} if rack else {}),
                },
                "annotations": metadata.get("annotations", {}),
            },
            "spec": {"taints": [*taints, {"key": TAINT, "effect": "NoSchedule"}]},
            "status": {
                "allocatable": room,
                "capacity": room,
                "conditions": [{"type": "Ready", "status": "True", "reason": "Played"}],
            },
        }


@contextmanager
def park_of(namespace: str) -> Iterator[Park]:
    """A park without nodes, which lives as long as the block."""
    park, ended = Park(namespace), threading.Event()
    heart = threading.Thread(target=park.live, args=(ended,), daemon=True)
    heart.start()
    try:
        yield park
    finally:
        ended.set()
        heart.join()
        park.remove()


def _lease(node: str) -> Manifest:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": node},
        "spec": {
            "holderIdentity": node,
            "leaseDurationSeconds": 40,
            "renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        },
    }


def _is_not_ready(node: str) -> bool:
    found = _CLUSTER.get("nodes", node)
    taints = found["spec"].get("taints", []) if found else []
    return found is None or any(taint["key"].startswith("node.kubernetes.io/") for taint in taints)
