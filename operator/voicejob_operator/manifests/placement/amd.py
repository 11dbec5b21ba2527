"""GPUs of AMD's, with the labels of its node labeller.

``amd.com/gpu.vram`` is a string such as ``191G``, which no affinity compares: the values that are
enough are listed, those of the cluster's nodes and those that AMD's cards are known to have.
"""

from typing import Final

from voicejob_operator.manifests.placement import nvidia
from voicejob_operator.manifests.placement.devices import (
    AMD_GPU,
    AMD_PRODUCT,
    AMD_VRAM,
    Cluster,
    Offer,
    vram_mib,
)
from voicejob_operator.manifests.placement.matching import least_memory
from voicejob_operator.manifests.placement.placement import (
    Need,
    Placement,
    Term,
    all_of,
    away_from,
    is_in,
    toleration,
)

_KNOWN_VRAM: Final = tuple(
    f"{gigabytes}G" for gigabytes in (16, 24, 32, 48, 64, 128, 191, 192, 252, 255, 256, 288)
)
"""Memory of Instinct and Radeon Pro cards, as the labeller rounds it."""


def place(need: Need, resource: str, cluster: Cluster) -> Placement:
    """A GPU by the resource that AMD's device plugin advertises."""
    offers = tuple(offer for offer in cluster.kinds if offer.resource == resource)
    return Placement(
        limits={resource: "1"},
        node_terms=all_of(
            _memory(need, offers, cluster),
            nvidia.product(need, offers, AMD_PRODUCT),
            away_from(need.avoided_nodes),
        ),
        tolerations=(toleration(AMD_GPU),),
    )


def _memory(need: Need, offers: tuple[Offer, ...], cluster: Cluster) -> tuple[Term, ...]:
    if need.memory_mib is None or nvidia.is_unlabelled(offers, "memory_mib"):
        return ()
    seen = {node.labels[AMD_VRAM] for node in cluster.nodes or () if AMD_VRAM in node.labels}
    sizes = {label: vram_mib(label) or 0 for label in (*_KNOWN_VRAM, *seen)}
    least = least_memory(need) or 0
    enough = sorted((size, label) for label, size in sizes.items() if size >= least)
    # More than any card has: a label that no node can have, so that it waits and is told.
    labels = [label for _, label in enough] or [f"{-(-need.memory_mib // 1024)}G"]
    return nvidia.or_untold(((is_in(AMD_VRAM, *labels),),), AMD_VRAM, offers, "memory_mib")
