"""Makes the views of what gives GPUs: nodes, ResourceSlices, DeviceClasses, Kueue's Workloads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicejob_api.gpu import memory_mib
from voicejob_api.resources import amount
from voicejob_operator.manifests.placement.devices import (
    HAMI_REGISTER,
    NodeView,
    Offer,
    SliceView,
    is_gpu,
)
from voicejob_operator.runtime.cache import version_number
from voicejob_operator.voicejobs.observed import Cause

Body = Mapping[str, Any]

_WAITS: Final = (("Evicted", "True"), ("QuotaReserved", "False"), ("Admitted", "False"))
"""Conditions of a Workload that say why its Job does not run, the most telling first."""


@dataclass(frozen=True, slots=True)
class ClassView:
    """A DeviceClass, of which the name is all that matters."""

    name: str
    uid: str
    version: int
    namespace: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class WorkloadView:
    """A Workload, in which Kueue says why a Job waits."""

    name: str
    namespace: str
    uid: str
    version: int
    owner: str
    """The uid of the Job."""
    active: bool = True
    """Whether Kueue may admit it; if not, it is evicted."""
    words: Cause | None = None
    """Why it waits; None if it does not."""


def view_node(body: Body) -> NodeView:
    """Make the view of a node; one without GPUs is one without resources."""
    metadata, status = body["metadata"], body.get("status", {})
    found = status.get("allocatable", {})
    resources = {name: _count(found[name]) for name in found if is_gpu(name)}
    cards = _hami_cards(metadata.get("annotations", {}).get(HAMI_REGISTER, ""))
    has_gpus = bool(resources or cards)
    return NodeView(
        name=metadata["name"],
        uid=metadata["uid"],
        version=version_number(metadata.get("resourceVersion")),
        labels=dict(metadata.get("labels", {})) if has_gpus else {},
        resources=resources,
        hami_cards=cards,
    )


def _count(quantity: object) -> int:
    """How many a node has; the API server writes 1000 of them as 1k."""
    count = amount(str(quantity))
    return 0 if count is None else int(count)


def _hami_cards(registered: str) -> tuple[tuple[str, int], ...]:
    """Type and MiB of each healthy card: JSON, or before v2.7 fields with commas and colons."""
    try:
        cards = json.loads(registered) if registered.startswith("[") else []
        if registered and not registered.startswith("["):
            fields = [each.split(",") for each in registered.split(":") if each]
            return tuple((each[4], int(each[2])) for each in fields if len(each) > 4)
        return tuple(
            (str(card.get("type", "")), int(card.get("devmem", 0)))
            for card in cards
            if card.get("health")
        )
    except (ValueError, AttributeError, TypeError):
        return ()


def view_slice(body: Body) -> SliceView:
    """Make the view of a ResourceSlice."""
    metadata, spec = body["metadata"], body["spec"]
    driver, node = spec["driver"], spec.get("nodeName", "")
    return SliceView(
        name=metadata["name"],
        driver=driver,
        node=node,
        devices=tuple(_device(each, driver, node) for each in spec.get("devices", ())),
        uid=metadata["uid"],
        version=version_number(metadata.get("resourceVersion")),
    )


def _device(device: Body, driver: str, node: str) -> Offer:
    capacity, attributes = device.get("capacity", {}), device.get("attributes", {})
    memory = memory_mib(capacity.get("memory", {}).get("value", "0"))
    capability = str(_attribute(attributes, "cudaComputeCapability")).split(".")
    is_version = len(capability) > 1 and capability[0].isdecimal() and capability[1].isdecimal()
    return Offer(
        node=node or "of several",
        resource=driver,
        memory_mib=memory or None,  # AMD's driver writes 0 for what it does not know
        product=str(_attribute(attributes, "productName")),
        capability=(int(capability[0]), int(capability[1])) if is_version else None,
        replicas=2 if device.get("allowMultipleAllocations") else 1,
        kind=str(_attribute(attributes, "type")),
        is_claimed=True,
    )


def _attribute(attributes: Body, name: str) -> object:
    found = attributes.get(name, {})
    return found.get("string") or found.get("version") or ""


def view_class(body: Body) -> ClassView:
    """Make the view of a DeviceClass."""
    metadata = body["metadata"]
    version = version_number(metadata.get("resourceVersion"))
    return ClassView(metadata["name"], metadata["uid"], version)


def view_workload(body: Body) -> WorkloadView | None:
    """Make the view of a Workload; None for one that is not of a Job."""
    metadata = body["metadata"]
    owners = metadata.get("ownerReferences", ())
    job = next((each["uid"] for each in owners if each.get("kind") == "Job"), None)
    if job is None:
        return None
    return WorkloadView(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        version=version_number(metadata.get("resourceVersion")),
        owner=str(job),
        active=body.get("spec", {}).get("active", True),
        words=_words(body.get("status", {}).get("conditions", ())),
    )


def _words(conditions: Any) -> Cause | None:
    """The condition that keeps the Job from running, in Kueue's own words."""
    by_type = {each["type"]: each for each in conditions}
    if by_type.get("Admitted", {}).get("status") == "True":
        return None
    for kind, status in _WAITS:
        found = by_type.get(kind, {})
        # Any other eviction is told by QuotaReserved, and only there until it is no longer so.
        tells = kind != "Evicted" or found.get("reason") == "Preempted"
        if tells and found.get("status") == status and found.get("message"):
            return Cause(str(found.get("reason", kind)), str(found["message"]))
    return None
