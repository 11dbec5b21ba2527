"""Manifests about where a pod runs and what it needs: what Kubernetes would refuse in its Job."""

from typing import Any

from tried import Tried, text


def _metadata(**metadata: Any) -> dict[str, Any]:
    return text(podTemplate={"metadata": metadata})


def _pod(**spec: Any) -> dict[str, Any]:
    return text(podTemplate={"spec": spec})


def _nodes(**term: Any) -> dict[str, Any]:
    required = {"nodeSelectorTerms": [term]}
    affinity = {"requiredDuringSchedulingIgnoredDuringExecution": required}
    return _pod(affinity={"nodeAffinity": affinity})


def _node(**expression: Any) -> dict[str, Any]:
    return _nodes(matchExpressions=[{"key": "zone", **expression}])


def _neighbours(**selector: Any) -> dict[str, Any]:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": selector}
    affinity = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return _pod(affinity={"podAntiAffinity": affinity})


def _toleration(**toleration: Any) -> dict[str, Any]:
    return _pod(tolerations=[toleration])


def _resources(requests: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    return text(resources={"requests": requests, "limits": limits})


RIGHT = (
    Tried("requests at their limits", _resources({"cpu": "1000m"}, {"cpu": 1})),
    Tried("requests without a limit", _resources({"cpu": 4}, {"memory": "1Gi"})),
    Tried("units of both kinds", _resources({"memory": "1G"}, {"memory": "1Gi"})),
    Tried("an amount with an exponent", _resources({"memory": "1e9"}, {"memory": "1E"})),
    Tried("a fraction", _resources({"cpu": "0.5"}, {"cpu": "501m"})),
    Tried("a priority class", text(priorityClassName="batch.low")),
    Tried(
        "labels of every kind",
        _metadata(labels={"team": "a", "example.com/cost-center": "A_1.b", "empty": ""}),
    ),
    Tried("an annotation", _metadata(annotations={"sidecar.istio.io/inject": "false; really"})),
    Tried("an annotation of 4 KiB", _metadata(annotations={"a": "a" * 4096})),
    Tried("a toleration of a value", _toleration(key="dedicated", value="speech")),
    Tried(
        "a toleration for a while",
        _toleration(
            key="example.com/x", operator="Exists", effect="NoExecute", tolerationSeconds=60
        ),
    ),
    Tried("nodes by their zones", _node(operator="In", values=["a", "b"])),
    Tried("nodes without a label", _node(operator="DoesNotExist")),
    Tried("nodes by a number", _node(operator="Gt", values=["4"])),
    Tried(
        "one node",
        _nodes(matchFields=[{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]),
    ),
    Tried("a GPU as it comes", text(gpu={})),
    Tried(
        "a GPU that is asked for by name, and what to do without",
        text(gpu={"fallbackToCPU": True, "lowVRAM": "On"}, device="cuda"),
    ),
    Tried("the CPU", text(device="cpu")),
    Tried("neighbours", _neighbours(matchLabels={"app": "x"})),
)

WRONG = (
    Tried(
        "a device that is none",
        text(device="gpu"),
        ("spec.device", "must be auto, cpu, or cuda"),
    ),
    Tried("a device in capitals", text(device="CUDA:0", gpu={}), ("must be auto, cpu, or cuda",)),
    Tried("a device that counts from nothing", text(device="cuda:", gpu={}), ("spec.device",)),
    Tried(
        "a GPU that nothing reserves",
        text(device="cuda"),
        ("spec.device", "gpu reserves none: write gpu: {}, or device: cpu"),
    ),
    Tried(
        "the CPU beside a GPU that is reserved",
        text(device="cpu", gpu={}),
        ("spec.device", "would leave the GPU idle"),
    ),
    Tried(
        "the second GPU of one",
        text(device="cuda:1", gpu={}),
        ("spec.device", "its own is cuda, or cuda:0"),
    ),
    Tried("a bare On, which YAML reads as true", text(gpu={"lowVRAM": True}), ("lowVRAM",)),
    Tried("a mode that is none", text(gpu={"lowVRAM": "Maybe"}), ("spec.gpu.lowVRAM", "Auto")),
    Tried(
        "a request over its limit",
        _resources({"cpu": "1", "memory": "2Gi"}, {"memory": "1Gi"}),
        ("spec.resources", "requests may not be over limits"),
    ),
    Tried(
        "a request over its limit in another unit",
        _resources({"memory": "1Gi"}, {"memory": "1G"}),
        ("spec.resources", "requests may not be over limits"),
    ),
    Tried("a number over its limit", _resources({"cpu": 2}, {"cpu": "1500m"}), ("over limits",)),
    Tried(
        "memory in GB",
        _resources({}, {"memory": "2GB"}),
        ("spec.resources.limits", "512Mi or 2Gi", "without a B"),
    ),
    Tried("memory with a space", _resources({"memory": "2 Gi"}, {}), ("512Mi or 2Gi",)),
    Tried("half a number", _resources({"cpu": "."}, {}), ("512Mi or 2Gi",)),
    Tried("less than nothing", _resources({"cpu": "-1"}, {}), ("spec.resources.requests", "500m")),
    Tried(
        "a key with a space",
        _metadata(labels={"cost center": "x"}),
        ("spec.podTemplate.metadata.labels", "each key must be a name"),
    ),
    Tried("a key of nothing", _metadata(labels={"": "x"}), ("each key must be a name",)),
    Tried("a key with two domains", _metadata(labels={"a/b/c": "x"}), ("such as team",)),
    Tried("a key in capitals", _metadata(labels={"Example.com/a": "x"}), ("example.com/team",)),
    Tried("a long key", _metadata(labels={"a" * 64: "x"}), ("at most 63",)),
    Tried(
        "a label with a space",
        _metadata(labels={"team": "a b"}),
        ("spec.podTemplate.metadata.labels", "must be a label's value"),
    ),
    Tried("a label that ends in a dot", _metadata(labels={"team": "a."}), ("letter or digit",)),
    Tried(
        "an annotation's key with a space",
        _metadata(annotations={"my note": "x"}),
        ("spec.podTemplate.metadata.annotations", "each key must be a name"),
    ),
    Tried(
        "an annotation of 8 KiB",
        _metadata(annotations={"a": "é" * 4096}),
        ("spec.podTemplate.metadata.annotations", "4096 bytes"),
    ),
    Tried(
        "a node's label with a space",
        _pod(nodeSelector={"not a label": "x"}),
        ("spec.podTemplate.spec.nodeSelector", "each key must be a name"),
    ),
    Tried(
        "the cluster's own priority",
        text(priorityClassName="system-node-critical"),
        ("spec.priorityClassName", "for what the cluster itself runs on"),
    ),
    Tried(
        "a priority in capitals",
        text(priorityClassName="High"),
        ("spec.priorityClassName", "small letters"),
    ),
    Tried(
        "a priority with a line break",
        text(priorityClassName="high\n"),
        ("spec.priorityClassName", "small letters"),
    ),
    Tried(
        "a toleration of everything",
        _toleration(operator="Exists"),
        ("spec.podTemplate.spec.tolerations[0]", "name the taint's key"),
    ),
    Tried("a toleration of a key of nothing", _toleration(key="", operator="Exists"), ("key",)),
    Tried(
        "a toleration that exists with a value",
        _toleration(key="a", operator="Exists", value="b"),
        ("Exists takes no value",),
    ),
    Tried(
        "a while that never begins",
        _toleration(key="a", operator="Exists", tolerationSeconds=5),
        ("goes with effect NoExecute",),
    ),
    Tried("nodes in nothing", _node(operator="In"), ("operators In and NotIn need values",)),
    Tried("nodes not in nothing", _node(operator="NotIn", values=[]), ("need values",)),
    Tried(
        "a label that exists with a value", _node(operator="Exists", values=["a"]), ("no values",)
    ),
    Tried("nodes over a word", _node(operator="Gt", values=["many"]), ("exactly one value",)),
    Tried(
        "nodes over two numbers", _node(operator="Lt", values=["1", "2"]), ("exactly one value",)
    ),
    Tried(
        "a field that nodes are not chosen by",
        _nodes(matchFields=[{"key": "spec.unschedulable", "operator": "In", "values": ["a"]}]),
        ("knows the key metadata.name",),
    ),
    Tried(
        "neighbours over a number",
        _neighbours(matchExpressions=[{"key": "a", "operator": "Gt", "values": ["1"]}]),
        ("Gt and Lt are for nodes",),
    ),
    Tried(
        "neighbours in a namespace of two words",
        _pod(
            affinity={
                "podAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {"topologyKey": "zone", "namespaces": ["two words"]}
                    ]
                }
            }
        ),
        (".namespaces[0]", "such as my-namespace"),
    ),
    Tried(
        "a ServiceAccount of two words",
        _pod(serviceAccountName="two words"),
        ("spec.podTemplate.spec.serviceAccountName", "such as my-object"),
    ),
)
