"""The GPUs that a cluster's nodes offer, as their labels, resources and slices tell it.

NVIDIA's GPU feature discovery (labels ``nvidia.com/…``), AMD's node labeller, Intel's plugins,
HAMi's annotation, and the ResourceSlices of drivers for dynamic resource allocation.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, TypeVar

from voicejob_operator.manifests.placement.node_choice import NodeChoice

NVIDIA: Final = "nvidia.com/"
NVIDIA_GPU: Final = "nvidia.com/gpu"
AMD_GPU: Final = "amd.com/gpu"
INTEL: Final = "gpu.intel.com/"

MEMORY: Final = "nvidia.com/gpu.memory"
PRODUCT: Final = "nvidia.com/gpu.product"
REPLICAS: Final = "nvidia.com/gpu.replicas"
STRATEGY: Final = "nvidia.com/gpu.sharing-strategy"
MAJOR: Final = "nvidia.com/gpu.compute.major"
MINOR: Final = "nvidia.com/gpu.compute.minor"
SHARED_BY: Final = ("time-slicing", "mps")
"""Values of STRATEGY with which several pods compute on one GPU."""
HAMI_REGISTER: Final = "hami.io/node-nvidia-register"
"""Annotation in which HAMi's device plugin tells of a node's cards, as JSON."""

_GPU_DRIVERS: Final = "gpu."
"""What the names of all drivers for GPUs begin with: gpu.nvidia.com, gpu.amd.com."""

AMD_VRAM: Final = "amd.com/gpu.vram"
AMD_PRODUCT: Final = "amd.com/gpu.product-name"
INTEL_PRODUCT: Final = "gpu.intel.com/product"

_SHARED: Final = ".shared"
"""Ending of a resource that NVIDIA's device plugin renames where it is shared."""
_MIG: Final = re.compile(r"^nvidia\.com/mig-(?:\d+c\.)?\d+g\.(\d+)gb(?:\.[a-z0-9.]+)?$")
_OF_ITS_NAME: Final = 0.95
"""A MIG instance has a little less than its name says: 1g.5gb has 4,864 MiB."""
_VRAM: Final = re.compile(r"^(\d+)([MGT])$")

_OF_A_NODE: Final = ("node", "count")
"""Fields of an offer by which those of one kind differ."""
_ANSWERS: Final = 4096
"""How many answers are kept: what is asked is the users' to write."""
_PARTS: Final = 256
"""How many choices of nodes are kept, each with its answers: those, too, are the users'."""
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node, as far as it tells of GPUs."""

    name: str
    uid: str = ""
    version: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    """All of a node with GPUs, by which a VoiceJob may choose it; none of another."""
    resources: Mapping[str, int] = field(default_factory=dict)
    """Extended resources that are allocatable, by name."""
    hami_cards: tuple[tuple[str, int], ...] = ()
    """Type and memory in MiB of each card that HAMi shares."""
    namespace: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class SliceView:
    """A ResourceSlice: what a driver offers, on one node as a rule."""

    name: str
    driver: str
    node: str
    devices: tuple["Offer", ...] = ()
    uid: str = ""
    version: int = 0
    namespace: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of device that a node offers. What is not known is None or empty, and may fit."""

    node: str
    resource: str
    """The extended resource, or the driver of a ResourceSlice."""
    count: int = 1
    memory_mib: int | None = None
    """What one worker gets of it: of a GPU that several share, its part."""
    product: str = ""
    capability: tuple[int, int] | None = None
    replicas: int = 1
    """How many share one GPU."""
    kind: str = ""
    """Of a driver's device: gpu, mig …"""
    is_claimed: bool = False
    """Whether a claim takes it: by what it tells alone, while a worker sees what a node has."""

    @property
    def is_shared(self) -> bool:
        """Whether others may compute on the same GPU."""
        return self.replicas > 1


_KIND: Final = attrgetter(*(each.name for each in fields(Offer) if each.name not in _OF_A_NODE))


@dataclass(frozen=True)
class Cluster:
    """What the cluster has to give GPUs with; what the operator may not see is None."""

    nodes: tuple[NodeView, ...] | None = None
    slices: tuple[SliceView, ...] | None = None
    device_classes: frozenset[str] | None = None
    api_groups: frozenset[str] | None = None
    """API groups that are served and their versions: ``kueue.x-k8s.io``, ``batch/v1``."""

    def serves(self, group: str) -> bool:
        """Whether an API group, or a version of one, is served, or may be for all that is known."""
        return self.api_groups is None or group in self.api_groups

    def chosen_by(self, choice: NodeChoice) -> "Cluster":
        """What it has on the nodes that are chosen; as a rule the same object for the same choice.

        Devices of drivers are all in it: labels of a node without other GPUs are not known.
        """
        if not choice or self.nodes is None:
            return self
        if choice not in self._parts:
            if len(self._parts) >= _PARTS:
                self._parts.clear()
            nodes = (node for node in self.nodes if choice.has(node.name, node.labels))
            self._parts[choice] = replace(self, nodes=tuple(nodes))
        return self._parts[choice]

    @cached_property
    def _parts(self) -> dict[NodeChoice, "Cluster"]:
        return {}

    def once(self, question: Hashable, find: Callable[[], Found]) -> Found:
        """What ``find`` finds, looked for once: a cluster never changes, and many ask the same."""
        if question not in self._answers:
            if len(self._answers) >= _ANSWERS:
                self._answers.clear()
            self._answers[question] = find()
        answer: Found = self._answers[question]
        return answer

    @cached_property
    def _answers(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """All extended resources for GPUs, of all nodes."""
        return tuple(offer for node in self.nodes or () for offer in offers_of(node))

    @cached_property
    def kinds(self) -> tuple[Offer, ...]:
        """Each kind of offer once, with one of its nodes: thousands of nodes are a few kinds."""
        return one_of_each(self.offers)

    @cached_property
    def hami_nodes(self) -> tuple[NodeView, ...]:
        """Nodes whose cards HAMi shares."""
        return tuple(node for node in self.nodes or () if node.hami_cards)

    @cached_property
    def claimable(self) -> tuple[Offer, ...]:
        """The devices of all ResourceSlices of drivers for GPUs."""
        slices = (each for each in self.slices or () if each.driver.startswith(_GPU_DRIVERS))
        return tuple(device for each in slices for device in each.devices)


def one_of_each(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The offers without those that differ from another in node and count alone."""
    kinds: dict[tuple[object, ...], Offer] = {}
    for offer in offers:
        kinds.setdefault(_KIND(offer), offer)
    return tuple(kinds.values())


UNKNOWN: Final = Cluster()
"""A cluster that the operator may not look at."""


def is_gpu(resource: str) -> bool:
    """Whether an extended resource is a GPU, or a part of one."""
    if resource.startswith(INTEL):
        return not resource.endswith("_monitoring")
    return resource in (NVIDIA_GPU, AMD_GPU, "nvidia.com/gpu.shared") or is_mig(resource)


def is_mig(resource: str) -> bool:
    """Whether an extended resource is a MIG profile's."""
    return _MIG.match(resource) is not None


def mig_memory_mib(resource: str, labels: Mapping[str, str] | None = None) -> int:
    """Memory of a MIG instance: as the node's labels have it, else nearly as its name says."""
    told = (labels or {}).get(f"{resource}.memory", "")
    if told.isdecimal():
        return int(told)
    return int(mig_name_mib(resource) * _OF_ITS_NAME)


def mig_name_mib(resource: str) -> int:
    """Memory that the name of a MIG profile says, rounded up; 0 for any other resource."""
    found = _MIG.match(resource)
    return int(found.group(1)) * 1024 if found else 0


def vram_mib(label: str) -> int | None:
    """Memory as AMD's labeller writes it, such as ``191G``; None for anything else."""
    found = _VRAM.match(label)
    if found is None:
        return None
    return int(int(found.group(1)) * {"M": 1, "G": 1024, "T": 1024**2}[found.group(2)])


def offers_of(node: NodeView) -> tuple[Offer, ...]:
    """What a node offers by extended resources."""
    found = (
        _offer(node, resource, count)
        for resource, count in sorted(node.resources.items())
        if count > 0 and is_gpu(resource)
    )
    return tuple(found)


def _offer(node: NodeView, resource: str, count: int) -> Offer:
    labels = node.labels
    if resource == AMD_GPU:
        return Offer(
            node.name,
            resource,
            count,
            vram_mib(labels.get(AMD_VRAM, "")),
            labels.get(AMD_PRODUCT, ""),
        )
    if resource.startswith(INTEL):
        return Offer(node.name, resource, count, product=labels.get(INTEL_PRODUCT, ""))
    product, capability = labels.get(PRODUCT, ""), _capability(labels)
    if is_mig(resource):
        replicas = replicas_of(labels, resource)
        memory = mig_memory_mib(resource, labels) // replicas
        return Offer(node.name, resource, count, memory, product, capability, replicas)
    replicas = replicas_of(labels)
    whole = labels.get(MEMORY, "")
    memory_mib = int(whole) // replicas if whole.isdecimal() and int(whole) else None
    return Offer(node.name, resource, count, memory_mib, product, capability, replicas)


def replicas_of(labels: Mapping[str, str], profile: str = "nvidia.com/gpu") -> int:
    """How many pods share each of a node's GPUs, or MIG instances; 1 where they are not shared."""
    told = labels.get(f"{profile}.replicas", "")
    if labels.get(f"{profile}.sharing-strategy") in SHARED_BY and told.isdecimal():
        return max(int(told), 1)
    return 2 if profile.endswith(_SHARED) else 1


def _capability(labels: Mapping[str, str]) -> tuple[int, int] | None:
    major, minor = labels.get(MAJOR, ""), labels.get(MINOR, "0")
    if not major.isdecimal() or not minor.isdecimal():
        return None
    return int(major), int(minor)


def known_products(offers: Iterable[Offer]) -> tuple[str, ...]:
    """The products of these offers, each once, in the alphabet's order."""
    return tuple(sorted({offer.product for offer in offers if offer.product}))


def is_product(asked: str, product: str) -> bool:
    """Whether a product has the words asked for: A10 is NVIDIA-A10, and not NVIDIA-A100.

    Labels have dashes where the driver's names have spaces; upper and lower case do not matter.
    """
    return spelled(asked) in spelled(product)


def spelled(product: str) -> str:
    """The words of a product, each between dashes: ``-nvidia-a100-sxm4-40gb-``."""
    return f"-{product.lower().replace(' ', '-').replace('_', '-')}-"
