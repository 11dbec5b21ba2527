"""MIG instances under the strategy ``mixed``: each profile is a resource of its own.

Under the strategy ``single`` an instance is a whole GPU to Kubernetes: see ``nvidia``.
"""

from collections.abc import Iterable

from voicejob_operator.manifests.placement import nvidia
from voicejob_operator.manifests.placement.devices import (
    NVIDIA_GPU,
    SHARED_BY,
    Cluster,
    Offer,
    is_mig,
)
from voicejob_operator.manifests.placement.matching import fits
from voicejob_operator.manifests.placement.placement import (
    Need,
    Placement,
    all_of,
    away_from,
    is_not_in,
    toleration,
)


def place(need: Need, resource: str, cluster: Cluster) -> Placement:
    """An instance of that profile; its memory is in its name, so no label is asked for it."""
    offers = tuple(offer for offer in cluster.kinds if offer.resource == resource)
    return Placement(
        limits={resource: "1"},
        node_terms=all_of(
            ((is_not_in(f"{resource}.sharing-strategy", *SHARED_BY),),) if need.exclusive else (),
            nvidia.capability(need, offers),
            nvidia.product(need, offers),
            away_from(need.avoided_nodes),
        ),
        tolerations=(toleration(NVIDIA_GPU),),
    )


def smallest_profile(need: Need, offers: Iterable[Offer]) -> Offer | None:
    """The smallest instance that fits, of those that some node offers; None where none does."""
    fitting = (offer for offer in offers if is_mig(offer.resource) and fits(need, offer))
    return min(
        fitting, key=lambda offer: (offer.memory_mib or 0, offer.resource, offer.node), default=None
    )
