"""From what the status says a Job asks for to the placement that its pod gets."""

from voicejob_api.gpu import Allocation
from voicejob_api.status import GPURequest
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.names import Manifest, claim_template_name, object_metadata
from voicejob_operator.manifests.placement.devices import UNKNOWN, Cluster
from voicejob_operator.manifests.placement.placement import (
    NO_GPU,
    Need,
    Placement,
    Way,
    need_of,
)
from voicejob_operator.manifests.placement.resource_claim import claim_spec
from voicejob_operator.manifests.placement.way import place
from voicejob_operator.settings import GPUSettings


def gpu_placement(
    voicejob: VoiceJob,
    number: int,
    asked: GPURequest | None,
    settings: GPUSettings,
    cluster: Cluster = UNKNOWN,
) -> Placement:
    """The placement of the Job of that number; nothing of a GPU where none is asked for."""
    need = _need(voicejob, asked)
    if asked is None or need is None:
        return NO_GPU
    return place(
        way_of(asked),
        need,
        voicejob.spec,
        cluster,
        settings,
        own_template=claim_template_name(voicejob, number),
    )


def claim_template(
    voicejob: VoiceJob, number: int, asked: GPURequest, cluster: Cluster = UNKNOWN
) -> Manifest | None:
    """The ResourceClaimTemplate of that Job; None where the way needs none, or it is a user's."""
    way, need = way_of(asked), _need(voicejob, asked)
    if need is None or not has_own_claim(asked):
        return None
    is_queued = voicejob.spec.queue_name is not None
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaimTemplate",
        "metadata": object_metadata(voicejob, claim_template_name(voicejob, number)),
        "spec": {"spec": claim_spec(need, way.resource, cluster, is_queued=is_queued)},
    }


def has_own_claim(asked: GPURequest) -> bool:
    """Whether a ResourceClaimTemplate is made for the Job."""
    return asked.allocation == Allocation.RESOURCE_CLAIM and not asked.own_template


def way_of(asked: GPURequest) -> Way:
    """The way that the status names."""
    return Way(
        Allocation(asked.allocation),
        asked.resource,
        asked.message,
        is_own_template=bool(asked.own_template),
    )


def _need(voicejob: VoiceJob, asked: GPURequest | None) -> Need | None:
    gpu = voicejob.spec.gpu
    if gpu is None or asked is None:
        return None
    return need_of(gpu, memory_mib=asked.memory_mib, avoided_nodes=asked.avoided_nodes)
