"""What a worker needs of a GPU, in which way it gets one, and what that writes into its pod."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voicejob_api.gpu import GPU, Allocation, Sharing
from voicejob_operator.manifests.names import Manifest

Requirement = Mapping[str, Any]
"""A requirement on a node's label or name, as a NodeSelectorTerm has it: key, operator, values."""
Term = tuple[Requirement, ...]
"""Requirements that must all hold."""

NODE_NAME: Final = "metadata.name"
"""A field of the node and no label: it goes into ``matchFields``."""


@dataclass(frozen=True)
class Need:
    """What the GPU, or the share of one, must have."""

    memory_mib: int | None = None
    """Least memory; None for any."""
    capability: tuple[int, int] | None = None
    """Oldest compute capability, as major and minor."""
    product: str = ""
    """The product, or a part of its name."""
    exclusive: bool = False
    """Whether nobody else may compute on it."""
    names_memory: bool = True
    """Whether spec.gpu.memory is where the memory comes from."""
    avoided_nodes: tuple[str, ...] = ()
    """Nodes on which it was too small in fact."""


@dataclass(frozen=True)
class Way:
    """The way that was chosen, and why."""

    allocation: Allocation
    resource: str
    """The extended resource, the DeviceClass, or the ResourceClaimTemplate."""
    why: str = ""
    is_own_template: bool = False
    """Whether ``resource`` is a ResourceClaimTemplate of the user's."""


@dataclass(frozen=True)
class Placement:
    """What a way of giving GPUs writes into the worker's pod."""

    limits: Mapping[str, str] = field(default_factory=dict)
    """Extended resources of the container; a limit needs no request beside it."""
    claim_template: str = ""
    """Name of the ResourceClaimTemplate of which the pod gets a claim."""
    node_terms: tuple[Term, ...] = ()
    """Of which one must hold for the node; none for any node."""
    tolerations: tuple[Manifest, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the pod."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of the pod."""
    scheduler: str = ""
    """Empty for the one that the pod would have anyway."""


NO_GPU: Final = Placement()


def need_of(gpu: GPU, *, memory_mib: int | None = None, avoided_nodes: Iterable[str] = ()) -> Need:
    """What a VoiceJob's ``gpu`` needs, with the memory of this very Job."""
    return Need(
        memory_mib=gpu.memory_mib if memory_mib is None else memory_mib,
        capability=gpu.capability,
        product=gpu.product or "",
        exclusive=gpu.sharing is Sharing.NEVER,
        names_memory=memory_mib is None or memory_mib == gpu.memory_mib,
        avoided_nodes=tuple(avoided_nodes),
    )


def toleration(key: str) -> Manifest:
    """Lets the pod onto nodes with that taint, which keeps other pods off them."""
    return {"key": key, "operator": "Exists", "effect": "NoSchedule"}


def is_in(key: str, *values: str) -> Requirement:
    """The label has one of the values."""
    return {"key": key, "operator": "In", "values": list(values)}


def is_not_in(key: str, *values: str) -> Requirement:
    """The label is absent, or has none of the values."""
    return {"key": key, "operator": "NotIn", "values": list(values)}


def is_missing(key: str) -> Requirement:
    """The node does not have the label."""
    return {"key": key, "operator": "DoesNotExist"}


def is_over(key: str, number: int) -> Requirement:
    """The label is an integer over ``number``; a node without the label does not fit."""
    return {"key": key, "operator": "Gt", "values": [str(number)]}


def all_of(*alternatives: Iterable[Term]) -> tuple[Term, ...]:
    """The terms of which one holds where one of each of ``alternatives`` does."""
    terms: tuple[Term, ...] = ((),)
    for ways in alternatives:
        chosen = tuple(ways)
        if chosen:
            terms = tuple((*term, *way) for term in terms for way in chosen)
    return tuple(term for term in terms if term)


def away_from(nodes: tuple[str, ...]) -> tuple[Term, ...]:
    """Keeps off these nodes."""
    # The API server takes one name in each.
    return (tuple(is_not_in(NODE_NAME, node) for node in nodes),) if nodes else ()
