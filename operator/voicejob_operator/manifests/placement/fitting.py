"""Whether any node could ever give what is needed; if not, which comes nearest and what it lacks.

It is judged by what nodes have, never by what is free on them: what is free is the scheduler's to
say. A node that tells nothing of its GPU may fit.
"""

from dataclasses import replace
from typing import Final

from voicejob_api.gpu import Allocation
from voicejob_operator.manifests.placement.devices import (
    NVIDIA,
    NVIDIA_GPU,
    Cluster,
    Offer,
    is_gpu,
    is_mig,
    is_product,
    known_products,
    mig_memory_mib,
    mig_name_mib,
)
from voicejob_operator.manifests.placement.matching import candidates, fits, lacks, nearest
from voicejob_operator.manifests.placement.placement import Need, Way

KAI_GROUP: Final = "scheduling.run.ai"
DRA_GROUP: Final = "resource.k8s.io"
KUEUE_GROUP: Final = "kueue.x-k8s.io"
_TOLD_PRODUCTS: Final = 6
_OF_CLASSES: Final = {
    "gpu.nvidia.com": ("gpu.nvidia.com", "gpu"),
    "mig.nvidia.com": ("gpu.nvidia.com", "mig"),
    "gpu.amd.com": ("gpu.amd.com", ""),
}
"""Driver and kind of the devices that the drivers' own DeviceClasses pick."""


def why_never(way: Way, need: Need, cluster: Cluster, *, is_named: bool) -> str:
    """Why no node could give it, and what to change; empty where one could, or nobody knows.

    Args:
        way: The way that was chosen.
        need: What the GPU must have.
        cluster: What nodes offer.
        is_named: Whether spec.gpu names the resource; else any of NVIDIA's may come nearest.
    """
    if way.is_own_template or not _is_seen(way, cluster):
        return ""
    if way.allocation is Allocation.EXTENDED_RESOURCE and not is_gpu(way.resource):
        return ""  # a platform's own name for a GPU, whose nodes nobody here knows
    if is_named and is_mig(way.resource):
        if need.memory_mib is not None and mig_name_mib(way.resource) < need.memory_mib:
            memory = mig_memory_mib(way.resource)
            return (
                f"{way.resource} has about {memory} MiB and gpu.memory asks for {need.memory_mib}: "
                "leave gpu.resourceName out, or lower gpu.memory"
            )
        # By its name it is what it is, as the worker takes it: the name rounds up.
        need = replace(need, memory_mib=None)
    offers = candidates(need, offers_by(way, cluster))
    if any(fits(need, offer) for offer in offers):
        return ""
    if way.allocation is Allocation.EXTENDED_RESOURCE and not is_named:
        offers = tuple(each for each in cluster.kinds if each.resource.startswith(NVIDIA))
    if not offers:
        return f"No node has {_title(way)}{_instead(way, cluster)}"
    return _nearest(need, offers)


def what_is_not_installed(way: Way, cluster: Cluster) -> str:
    """What the way needs and this cluster does not have at all; empty where it has all."""
    if way.allocation is Allocation.KAI and not cluster.serves(KAI_GROUP):
        return (
            "gpu.allocation is KAI and this cluster has no KAI-Scheduler (API group "
            f"{KAI_GROUP}): install it, or write another allocation"
        )
    if way.allocation is not Allocation.RESOURCE_CLAIM:
        return ""
    # Of a version before v1 there is a user's own template, and none that the operator makes.
    if not cluster.serves(DRA_GROUP if way.is_own_template else f"{DRA_GROUP}/v1"):
        return (
            f"gpu asks for a ResourceClaim and this cluster has no {DRA_GROUP}/v1 (Kubernetes "
            "1.34): leave deviceClassName and claimTemplateName out, and write allocation: Auto"
        )
    classes = cluster.device_classes
    if classes is None or way.is_own_template or way.resource in classes:
        return ""
    there = ", ".join(sorted(classes)) or "none"
    return (
        f"There is no DeviceClass {way.resource} (there are: {there}): write another in "
        "gpu.deviceClassName, or install the driver that brings it"
    )


def _is_seen(way: Way, cluster: Cluster) -> bool:
    if way.allocation is Allocation.RESOURCE_CLAIM:
        return cluster.slices is not None
    return cluster.nodes is not None


def offers_by(way: Way, cluster: Cluster) -> tuple[Offer, ...]:
    """The devices that nodes offer in that way."""
    match way.allocation:
        case Allocation.RESOURCE_CLAIM:
            driver, kind = _OF_CLASSES.get(way.resource, ("", ""))
            return tuple(
                offer
                for offer in cluster.claimable
                if driver in ("", offer.resource) and (not kind or offer.kind in ("", kind))
            )
        case Allocation.HAMI:
            return tuple(
                Offer(node.name, way.resource, 1, memory, product)
                for node in cluster.hami_nodes
                for product, memory in node.hami_cards
            )
        case Allocation.KAI:
            return tuple(offer for offer in cluster.offers if offer.resource == NVIDIA_GPU)
        case _:
            return tuple(offer for offer in cluster.offers if offer.resource == way.resource)


def _title(way: Way) -> str:
    match way.allocation:
        case Allocation.RESOURCE_CLAIM:
            return f"a device of class {way.resource}"
        case Allocation.HAMI:
            return "cards that HAMi shares"
        case Allocation.KAI:
            return NVIDIA_GPU
        case _:
            return way.resource


def _instead(way: Way, cluster: Cluster) -> str:
    """What there is in its place, to write instead."""
    there = sorted({offer.resource for offer in cluster.kinds})
    if not there or way.allocation is not Allocation.EXTENDED_RESOURCE:
        return ""
    return f"; nodes have {', '.join(there)}: write one of these in gpu.resourceName"


def _nearest(need: Need, offers: tuple[Offer, ...]) -> str:
    """The device that lacks least, and what it lacks."""
    best = nearest(need, offers)
    if best is None:
        return ""
    missing = "; ".join(lacks(need, best))
    found = f"node {best.node} comes nearest with {best.resource}"
    told = f"No node has such a GPU: {found}, and {missing}"
    products = known_products(offers)
    if need.product and not any(is_product(need.product, each) for each in products):
        told += f" (products that there are: {', '.join(products[:_TOLD_PRODUCTS])})"
    return told
