"""Shares of NVIDIA's GPUs that HAMi gives and holds to.

``gpumem`` is a plain number of MiB (HAMi calls them MB); ``gpucores: 100`` is a card that nobody
else is on. HAMi's webhook gives the pod its scheduler, and leaves a pod alone that names one, so
none is named here. The annotation ``use-gputype`` is a part of the card's name, in upper or lower
case. HAMi knows no compute capability: that is asked for by node labels.
"""

from typing import Final

from voicejob_operator.manifests.placement import nvidia
from voicejob_operator.manifests.placement.devices import NVIDIA_GPU, Cluster, is_product
from voicejob_operator.manifests.placement.placement import (
    Need,
    Placement,
    all_of,
    away_from,
    toleration,
)
from voicejob_operator.settings import HAMiSettings

_WHOLE_CARD: Final = "100"
"""Per cent of a card's cores: HAMi gives it only a card that is free, and then to nobody else."""
_TYPE: Final = "nvidia.com/use-gputype"
_NOT_TYPE: Final = "nvidia.com/nouse-gputype"


def place(need: Need, resource: str, cluster: Cluster, settings: HAMiSettings) -> Placement:
    """A share of one card of ``need.memory_mib``, or all of one where that is not named."""
    limits = {resource: "1"}
    if need.memory_mib is not None:
        limits[settings.memory_resource] = str(need.memory_mib)
    if need.exclusive:
        limits[settings.cores_resource] = _WHOLE_CARD
    shared = {node.name for node in cluster.hami_nodes}
    offers = tuple(each for each in cluster.offers if each.node in shared)
    return Placement(
        limits=limits,
        node_terms=all_of(nvidia.capability(need, offers), away_from(need.avoided_nodes)),
        tolerations=(toleration(NVIDIA_GPU),),
        annotations=_types(need, cluster),
    )


def _types(need: Need, cluster: Cluster) -> dict[str, str]:
    """The cards that are meant; to HAMi a part of a name is the name, so others are excluded."""
    if not need.product:
        return {}
    cards = {card for node in cluster.hami_nodes for card, _ in node.hami_cards}
    meant = sorted(card for card in cards if is_product(need.product, card))
    if not meant:
        return {_TYPE: need.product}
    others = sorted(
        card for card in cards - set(meant) if any(each.lower() in card.lower() for each in meant)
    )
    return {_TYPE: ",".join(meant)} | ({_NOT_TYPE: ",".join(others)} if others else {})
