"""From the way that was chosen to what it writes: the one place that knows all ways."""

from voicejob_api.gpu import Allocation
from voicejob_api.spec import VoiceJobSpec
from voicejob_operator.manifests.placement import amd, hami, intel, kai, mig, nvidia, resource_claim
from voicejob_operator.manifests.placement.devices import AMD_GPU, INTEL, Cluster, is_mig
from voicejob_operator.manifests.placement.placement import Need, Placement, Way
from voicejob_operator.settings import GPUSettings


def place(
    way: Way,
    need: Need,
    spec: VoiceJobSpec,
    cluster: Cluster,
    settings: GPUSettings,
    *,
    own_template: str,
) -> Placement:
    """What the way writes into the pod.

    Args:
        way: The way that was chosen.
        need: What the GPU must have.
        spec: The VoiceJob's; its queue is KAI's where the way is.
        cluster: What nodes offer.
        settings: The platform's names.
        own_template: Name of the ResourceClaimTemplate that is made for this Job.
    """
    match way.allocation:
        case Allocation.RESOURCE_CLAIM:
            template = way.resource if way.is_own_template else own_template
            return resource_claim.place(need, template)
        case Allocation.HAMI:
            return hami.place(need, way.resource, cluster, settings.hami)
        case Allocation.KAI:
            return kai.place(need, spec.queue_name or "", cluster, settings.kai)
        case _:
            return _extended_resource(way.resource, need, cluster)


def _extended_resource(resource: str, need: Need, cluster: Cluster) -> Placement:
    if is_mig(resource):
        return mig.place(need, resource, cluster)
    if resource == AMD_GPU or resource.startswith("amd.com/"):
        return amd.place(need, resource, cluster)
    if resource.startswith(INTEL):
        return intel.place(need, resource, cluster)
    return nvidia.place(need, resource, cluster)
