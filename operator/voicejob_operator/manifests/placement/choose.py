"""Which of the cluster's ways gives a VoiceJob its GPU, and why that one."""

from dataclasses import replace
from typing import Final

from voicejob_api.gpu import GPU, Allocation
from voicejob_operator.manifests.placement.devices import (
    NVIDIA,
    NVIDIA_GPU,
    Cluster,
    Offer,
    is_mig,
)
from voicejob_operator.manifests.placement.fitting import offers_by, why_never
from voicejob_operator.manifests.placement.matching import candidates, fits, nearest
from voicejob_operator.manifests.placement.mig import smallest_profile
from voicejob_operator.manifests.placement.placement import Need, Way
from voicejob_operator.manifests.violation import fits as is_allowed
from voicejob_operator.settings import AllowedSettings, GPUSettings

_ASKED: Final = "spec.gpu asks for it"
_NOTHING_SEEN: Final = "the operator may not look at nodes"
_NO_GPU: Final = "no node has a GPU of NVIDIA's now; this is the usual way"


def choose(
    gpu: GPU, need: Need, cluster: Cluster, settings: GPUSettings, allowed: AllowedSettings
) -> Way:
    """The way that spec.gpu names, or for Auto the first in which some node has such a GPU.

    HAMi where it shares cards; an extended resource where device plugins advertise one (the
    smallest MIG profile that has the memory, before a whole GPU); a claim where a driver offers
    devices. KAI is never chosen: who is scheduled in its queues is the platform's to say.
    Nothing is chosen that ``allowed`` would refuse if it were named.
    """
    named = _named(gpu, settings)
    if named is not None:
        return named
    ways = [_extended(need, cluster, allowed)]
    if gpu.allocation is Allocation.AUTO:
        ways = [_by_hami(cluster, allowed), *ways, _claimed(cluster, settings, allowed)]
    there = [way for way in ways if way is not None]
    usual = Way(Allocation.EXTENDED_RESOURCE, NVIDIA_GPU, _why_usual(cluster))
    fitting = (way for way in there if not why_never(way, need, cluster, is_named=False))
    return next(fitting, there[0] if there else usual)


def _named(gpu: GPU, settings: GPUSettings) -> Way | None:
    """The way that the VoiceJob itself names."""
    if gpu.claim_template_name is not None:
        return Way(Allocation.RESOURCE_CLAIM, gpu.claim_template_name, _ASKED, is_own_template=True)
    if gpu.device_class_name is not None or gpu.allocation is Allocation.RESOURCE_CLAIM:
        name = gpu.device_class_name or settings.device_class
        return Way(Allocation.RESOURCE_CLAIM, name, _ASKED)
    if gpu.allocation is Allocation.HAMI:
        return Way(gpu.allocation, gpu.resource_name or NVIDIA_GPU, _ASKED)
    if gpu.allocation is Allocation.KAI:
        return Way(gpu.allocation, settings.kai.scheduler, _ASKED)
    if gpu.resource_name is not None:
        return Way(Allocation.EXTENDED_RESOURCE, gpu.resource_name, _ASKED)
    return None


def _by_hami(cluster: Cluster, allowed: AllowedSettings) -> Way | None:
    nodes = len(cluster.hami_nodes)
    if not nodes or not is_allowed(Allocation.HAMI, allowed.gpu_allocations):
        return None
    return Way(Allocation.HAMI, NVIDIA_GPU, f"HAMi shares the GPUs of {_nodes(nodes)}")


def _extended(need: Need, cluster: Cluster, allowed: AllowedSettings) -> Way | None:
    """A MIG profile that fits, where the memory is known; a whole GPU; the smallest profile."""
    if not is_allowed(Allocation.EXTENDED_RESOURCE, allowed.gpu_allocations):
        return None
    shared = {node.name for node in cluster.hami_nodes}
    offers = [
        each
        for each in cluster.offers
        if each.resource.startswith(NVIDIA)
        and is_allowed(each.resource, allowed.gpu_resources)
        and each.node not in shared  # what it calls a GPU there is a share that HAMi gives
    ]
    kinds = candidates(need, offers)
    profile = smallest_profile(need, kinds)
    whole = min(
        (each for each in kinds if not is_mig(each.resource) and fits(need, each)),
        key=lambda each: (each.is_shared, each.resource),
        default=None,
    )
    if profile is not None and (need.memory_mib is not None or whole is None):
        enough = "there is" if need.memory_mib is None else f"with {need.memory_mib} MiB"
        return _by(profile.resource, f"the smallest MIG profile {enough}")
    if whole is not None:
        return _by(whole.resource, _advertised(whole.resource, offers))
    best = nearest(need, kinds)
    return _by(best.resource, "no GPU fits, and this comes nearest") if best is not None else None


def _by(resource: str, why: str) -> Way:
    return Way(Allocation.EXTENDED_RESOURCE, resource, why)


def _claimed(cluster: Cluster, settings: GPUSettings, allowed: AllowedSettings) -> Way | None:
    classes = cluster.device_classes or frozenset()
    if not is_allowed(Allocation.RESOURCE_CLAIM, allowed.gpu_allocations):
        return None
    if settings.device_class not in classes:
        return None
    way = Way(Allocation.RESOURCE_CLAIM, settings.device_class)
    drivers = sorted({offer.resource for offer in offers_by(way, cluster)})
    if not drivers:
        return None
    return replace(way, why=f"driver {', '.join(drivers)} offers devices, and nobody else a GPU")


def _advertised(resource: str, offers: list[Offer]) -> str:
    nodes = {offer.node for offer in offers if offer.resource == resource}
    return f"{_nodes(len(nodes))} advertise it" if len(nodes) > 1 else "1 node advertises it"


def _nodes(number: int) -> str:
    return "1 node" if number == 1 else f"{number} nodes"


def _why_usual(cluster: Cluster) -> str:
    return _NOTHING_SEEN if cluster.nodes is None else _NO_GPU
