"""Whether a device has what is needed, what it lacks, and which comes nearest.

What a node does not tell of its GPU is taken for fitting: the worker looks at what it got. What a
driver does not tell of a device fits no claim that asks for it.
"""

from collections.abc import Iterable

from voicejob_api.gpu import MEMORY_TOLERANCE
from voicejob_operator.manifests.placement.devices import Offer, is_product, one_of_each
from voicejob_operator.manifests.placement.placement import Need


def fits(need: Need, offer: Offer) -> bool:
    """Whether a device has what is needed, as far as it is known."""
    return not lacks(need, offer)


def lacks(need: Need, offer: Offer) -> list[str]:
    """What a device does not have, each with the field that asks for it."""
    found: list[str] = []
    memory, capability = offer.memory_mib, offer.capability
    enough = least_memory(need)
    if enough is not None and memory is not None and memory < enough:
        part = f" ({offer.replicas} share a GPU)" if offer.is_shared else ""
        asked = "gpu.memory asks for" if need.names_memory else "by what was measured it takes"
        found.append(f"has {memory} MiB{part} where {asked} {need.memory_mib}")
    if need.capability is not None and capability is not None and capability < need.capability:
        wanted, has = (".".join(map(str, each)) for each in (need.capability, capability))
        found.append(f"has compute capability {has} where gpu.minComputeCapability is {wanted}")
    if need.product and offer.product and not is_product(need.product, offer.product):
        found.append(f"has {offer.product} where gpu.product asks for {need.product}")
    if need.exclusive and offer.is_shared:
        found.append("shares its GPUs where gpu.sharing is Never")
    if offer.node in need.avoided_nodes:
        found.append("was too small in fact when it was tried")
    if offer.is_claimed:
        found += _not_told(need, offer)
    return found


def _not_told(need: Need, offer: Offer) -> list[str]:
    """What a claim would look for in vain."""
    asked = {
        "memory": need.memory_mib is not None and offer.memory_mib is None,
        "minComputeCapability": need.capability is not None and offer.capability is None,
        "product": bool(need.product) and not offer.product,
    }
    return [f"does not tell what gpu.{name} asks for" for name, in_vain in asked.items() if in_vain]


def least_memory(need: Need) -> int | None:
    """Memory in MiB with which a GPU will do: a little less than asked for, as their names have."""
    return None if need.memory_mib is None else int(need.memory_mib * (1 - MEMORY_TOLERANCE))


def nearest(need: Need, offers: Iterable[Offer]) -> Offer | None:
    """The device that lacks least, of these the one with most memory; None where there is none.

    One of the product that is asked for comes before all others: no other would do.
    """

    def distance(offer: Offer) -> tuple[bool, int, int, str]:
        is_other = bool(need.product) and not is_product(need.product, offer.product)
        return is_other, len(lacks(need, offer)), -(offer.memory_mib or 0), offer.node

    return min(offers, key=distance, default=None)


def candidates(need: Need, offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The offers to look at: each kind once, unless it matters which node one is on."""
    return tuple(offers) if need.avoided_nodes else one_of_each(offers)
