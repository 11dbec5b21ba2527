"""Dynamic resource allocation: a claim, made for each pod from a template of this VoiceJob's own.

A CEL expression that reads an attribute which a device does not have ends the allocation for every
device, so ``has()`` stands before each. Under Kueue a claim with selectors is never admitted: there
the DeviceClass is all that chooses, and the memory is asked for as capacity.
"""

from typing import Final

from voicejob_operator.manifests.names import Manifest
from voicejob_operator.manifests.placement.devices import Cluster, spelled
from voicejob_operator.manifests.placement.matching import least_memory
from voicejob_operator.manifests.placement.placement import (
    Need,
    Placement,
    away_from,
    toleration,
)

REQUEST: Final = "gpu"
"""Name of the request in the claim, and of the claim in the pod."""
_NVIDIA: Final = "gpu.nvidia.com"
_AMD: Final = "gpu.amd.com"
_TAINTS: Final = ("nvidia.com/gpu", "amd.com/gpu")


def place(need: Need, template: str) -> Placement:
    """The pod's part: a claim from that template, and no extended resource beside it."""
    return Placement(
        claim_template=template,
        node_terms=away_from(need.avoided_nodes),
        tolerations=tuple(map(toleration, _TAINTS)),
    )


def claim_spec(need: Need, device_class: str, cluster: Cluster, *, is_queued: bool) -> Manifest:
    """The spec of the claim: one device of the class that has what is needed.

    Args:
        need: What it must have.
        device_class: Name of the DeviceClass.
        cluster: What is known of the devices there.
        is_queued: Whether Kueue decides: the DeviceClass and the memory are all that it takes.
    """
    exactly: Manifest = {
        "deviceClassName": device_class,
        "allocationMode": "ExactCount",
        "count": 1,
    }
    least = least_memory(need)
    if least is not None:
        # From 1.36 on, and earlier with the feature gate DRAConsumableCapacity: of a device that
        # several share, as much is taken. An older API server drops the field, so that a selector
        # says it, too.
        exactly["capacity"] = {"requests": {"memory": f"{least}Mi"}}
    can_be_shared = any(offer.is_shared for offer in cluster.claimable)
    selectors = (
        ()
        if is_queued
        else _selectors(need, _driver_of(device_class, cluster), can_be_shared=can_be_shared)
    )
    if selectors:
        exactly["selectors"] = [{"cel": {"expression": each}} for each in selectors]
    return {"devices": {"requests": [{"name": REQUEST, "exactly": exactly}]}}


def _driver_of(device_class: str, cluster: Cluster) -> str:
    """The driver whose attributes tell the need: AMD's for its class, NVIDIA's for all else.

    A platform's own class says in its selectors what it is, which nobody reads here: where one
    driver alone has devices, it is that one.
    """
    drivers = {offer.resource for offer in cluster.claimable} & {_NVIDIA, _AMD}
    if device_class.endswith(_AMD) or drivers == {_AMD}:
        return _AMD
    return _NVIDIA


def _selectors(need: Need, driver: str, *, can_be_shared: bool) -> tuple[str, ...]:
    attributes, capacity = f"device.attributes['{driver}']", f"device.capacity['{driver}']"
    found: list[str] = []
    least = least_memory(need)
    if least is not None:
        quantity = f"quantity('{least}Mi')"
        found.append(f"has({capacity}.memory) && {capacity}.memory.compareTo({quantity}) >= 0")
    if need.capability is not None:
        version = f"semver('{need.capability[0]}.{need.capability[1]}.0')"
        found.append(
            f"has({attributes}.cudaComputeCapability) "
            f"&& {attributes}.cudaComputeCapability.compareTo({version}) >= 0"
        )
    if need.product:
        words = f"{attributes}.productName.lowerAscii().replace(' ', '-').replace('_', '-')"
        asked = spelled(need.product)
        found.append(f"has({attributes}.productName) && ('-' + {words} + '-').contains('{asked}')")
    if need.exclusive and can_be_shared:
        # Before 1.36 no device can be, and the API server does not know the word.
        found.append("!device.allowMultipleAllocations")
    return tuple(found)
