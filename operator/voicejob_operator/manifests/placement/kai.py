"""GPUs by KAI-Scheduler: fractions by memory, in queues of its own.

A fraction is an annotation of the pod, beside which KAI refuses a limit on ``nvidia.com/gpu``.
KAI's podgrouper climbs from the pod to the last owner that it may read: it has no right to
VoiceJobs, so it stops at the Job, which it knows. It is not kept off by its annotation
``skip-podgrouper``: with that a pod is scheduled only in a PodGroup that somebody else makes.
"""

from typing import Final

from voicejob_api import pod
from voicejob_operator.manifests.placement import nvidia
from voicejob_operator.manifests.placement.devices import NVIDIA_GPU, Cluster
from voicejob_operator.manifests.placement.placement import (
    Need,
    Placement,
    all_of,
    away_from,
    toleration,
)
from voicejob_operator.settings import KAISettings

_MEMORY: Final = "gpu-memory"
"""Annotation: a whole number of MiB."""
_CONTAINER: Final = "gpu-fraction-container-name"
"""Annotation: which container it is for; a sidecar may come first."""
QUEUE: Final = "kai.scheduler/queue"


def place(need: Need, queue: str, cluster: Cluster, settings: KAISettings) -> Placement:
    """A fraction of that memory; a whole GPU where none is named, or it is not to be shared."""
    offers = tuple(offer for offer in cluster.kinds if offer.resource == NVIDIA_GPU)
    labels, scheduler = {QUEUE: queue or settings.queue}, settings.scheduler
    if need.memory_mib is None or need.exclusive:
        whole = nvidia.place(need, NVIDIA_GPU, cluster)
        return Placement(
            limits=whole.limits,
            node_terms=whole.node_terms,
            tolerations=whole.tolerations,
            labels=labels,
            scheduler=scheduler,
        )
    return Placement(
        node_terms=all_of(
            nvidia.capability(need, offers),
            nvidia.product(need, offers),
            away_from(need.avoided_nodes),
        ),
        tolerations=(toleration(NVIDIA_GPU),),
        labels=labels,
        annotations={_MEMORY: str(need.memory_mib), _CONTAINER: pod.CONTAINER},
        scheduler=scheduler,
    )
