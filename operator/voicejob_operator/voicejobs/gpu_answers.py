"""What a cluster says to a GPU that is asked for. Each question is looked into once.

Whenever a node changes, all that wait are looked at again: thousands of VoiceJobs with a few kinds
of questions, to which a walk over all nodes is the answer.
"""

from voicejob_api.gpu import GPU
from voicejob_operator.manifests.placement.choose import choose
from voicejob_operator.manifests.placement.devices import Cluster, Offer, one_of_each
from voicejob_operator.manifests.placement.fitting import offers_by
from voicejob_operator.manifests.placement.fitting import why_never as look_why_never
from voicejob_operator.manifests.placement.placement import Need, Way
from voicejob_operator.voicejobs.observed import Observation


def way_for(gpu: GPU, need: Need, seen: Observation) -> Way:
    """The way in which a GPU is given now: see ``choose``."""
    settings, allowed = seen.settings.gpu, seen.settings.allowed
    return seen.cluster.once(
        ("way", gpu, need, settings, allowed),
        lambda: choose(gpu, need, seen.cluster, settings, allowed),
    )


def why_never(way: Way, need: Need, cluster: Cluster, *, is_named: bool) -> str:
    """Why no node could ever give it; empty where one could: see ``fitting.why_never``."""
    return cluster.once(
        ("never", *how(way), need, is_named),
        lambda: look_why_never(way, need, cluster, is_named=is_named),
    )


def kinds_by(way: Way, cluster: Cluster) -> tuple[Offer, ...]:
    """Each kind of device that nodes offer in that way, with one of its nodes."""
    return cluster.once(("kinds", *how(way)), lambda: one_of_each(offers_by(way, cluster)))


def how(way: Way) -> tuple[object, ...]:
    """The way without why it was chosen."""
    return way.allocation, way.resource, way.is_own_template
