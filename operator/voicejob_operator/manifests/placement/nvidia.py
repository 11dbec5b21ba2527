"""Whole GPUs of NVIDIA's, and shares of them that time-slicing or MPS makes.

The labels are GPU feature discovery's. Under time-slicing and MPS ``nvidia.com/gpu.memory`` stays
the whole card's: what one of several gets of it is that by ``nvidia.com/gpu.replicas``, which an
affinity cannot divide, so each number of replicas that a node of the cluster has is a term of its
own. A MIG instance under the strategy ``single`` is a ``nvidia.com/gpu`` whose labels are its own.
"""

from collections.abc import Iterable
from typing import Final

from voicejob_operator.manifests.placement.devices import (
    MAJOR,
    MEMORY,
    MINOR,
    NVIDIA_GPU,
    PRODUCT,
    REPLICAS,
    SHARED_BY,
    STRATEGY,
    Cluster,
    Offer,
    is_product,
    known_products,
)
from voicejob_operator.manifests.placement.matching import least_memory
from voicejob_operator.manifests.placement.placement import (
    Need,
    Placement,
    Term,
    all_of,
    away_from,
    is_in,
    is_missing,
    is_not_in,
    is_over,
    toleration,
)

_NOT_SHARED: Final = is_not_in(STRATEGY, *SHARED_BY)


def place(need: Need, resource: str, cluster: Cluster) -> Placement:
    """A GPU by the resource that NVIDIA's device plugin advertises."""
    offers = tuple(offer for offer in cluster.kinds if offer.resource == resource)
    return Placement(
        limits={resource: "1"},
        node_terms=all_of(
            _memory(need, offers),
            () if need.memory_mib is not None else _alone(need),
            capability(need, offers),
            product(need, offers),
            away_from(need.avoided_nodes),
        ),
        tolerations=(toleration(NVIDIA_GPU),),
    )


def _memory(need: Need, offers: tuple[Offer, ...]) -> tuple[Term, ...]:
    """Enough memory: of a GPU of one's own, or of one's part of a GPU that others share."""
    least = least_memory(need)
    if least is None or is_unlabelled(offers, "memory_mib"):
        return ()
    alone = (_NOT_SHARED, is_over(MEMORY, least - 1))
    counts = sorted({offer.replicas for offer in offers if offer.is_shared})
    parts = () if need.exclusive else tuple(_part(least, replicas) for replicas in counts)
    return or_untold((alone, *parts), MEMORY, offers, "memory_mib", beside=(_NOT_SHARED,))


def _part(memory_mib: int, replicas: int) -> Term:
    return (
        is_in(STRATEGY, *SHARED_BY),
        is_in(REPLICAS, str(replicas)),
        is_over(MEMORY, memory_mib * replicas - 1),
    )


def _alone(need: Need) -> tuple[Term, ...]:
    return ((_NOT_SHARED,),) if need.exclusive else ()


def capability(need: Need, offers: Iterable[Offer] = ()) -> tuple[Term, ...]:
    """The compute capability, which two labels tell: a later major, or this one and the minor."""
    if need.capability is None or is_unlabelled(offers, "capability"):
        return ()
    major, minor = need.capability
    later, same = (is_over(MAJOR, major),), (is_in(MAJOR, str(major)), is_over(MINOR, minor - 1))
    terms = (later, same) if minor else ((is_over(MAJOR, major - 1),),)
    return or_untold(terms, MAJOR, offers, "capability")


def product(need: Need, offers: Iterable[Offer] = (), label: str = PRODUCT) -> tuple[Term, ...]:
    """The products that are meant: those of the cluster's that the name is a part of.

    Args:
        need: What the GPU must have.
        offers: The GPUs of the resource that is asked for.
        label: The label in which their maker's discovery tells the product.
    """
    if not need.product or is_unlabelled(offers, "product"):
        return ()
    meant = [name for name in known_products(offers) if is_product(need.product, name)]
    return or_untold(((is_in(label, *(meant or [need.product])),),), label, offers, "product")


def or_untold(
    terms: tuple[Term, ...],
    label: str,
    offers: Iterable[Offer],
    fact: str,
    *,
    beside: Term = (),
) -> tuple[Term, ...]:
    """The terms, and a node without the label where some have none: the worker looks at its GPU.

    Args:
        terms: Of which one must hold where the label tells.
        label: What may be missing.
        offers: The GPUs of the resource that is asked for.
        fact: What the label tells, as the offer has it.
        beside: What must hold besides where the label is missing.
    """
    if all(getattr(offer, fact) for offer in offers):
        return terms
    return (*terms, (*beside, is_missing(label)))


def is_unlabelled(offers: Iterable[Offer], fact: str) -> bool:
    """Whether there are such GPUs and no node tells that of them: the worker finds it out itself.

    Required all the same, it would keep the pod from every node of a cluster without GPU feature
    discovery.
    """
    found = [getattr(offer, fact) for offer in offers]
    return bool(found) and not any(found)
