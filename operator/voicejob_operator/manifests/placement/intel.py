"""GPUs of Intel's. Its device plugin tells of no memory: the worker looks at what it got."""

from voicejob_operator.manifests.placement import nvidia
from voicejob_operator.manifests.placement.devices import INTEL_PRODUCT, Cluster
from voicejob_operator.manifests.placement.placement import (
    Need,
    Placement,
    all_of,
    away_from,
    toleration,
)


def place(need: Need, resource: str, cluster: Cluster) -> Placement:
    """A GPU by ``gpu.intel.com/xe`` or ``gpu.intel.com/i915``."""
    offers = tuple(offer for offer in cluster.kinds if offer.resource == resource)
    return Placement(
        limits={resource: "1"},
        node_terms=all_of(
            nvidia.product(need, offers, INTEL_PRODUCT), away_from(need.avoided_nodes)
        ),
        tolerations=(toleration(resource),),
    )
