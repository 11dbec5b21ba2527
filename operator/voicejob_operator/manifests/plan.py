"""What was decided about one Job before it is made."""

from dataclasses import dataclass

from voicejob_api.gpu import Allocation
from voicejob_api.status import GPURequest, JobRecord
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.gpu import gpu_placement
from voicejob_operator.manifests.placement.devices import NVIDIA_GPU, UNKNOWN, Cluster
from voicejob_operator.manifests.placement.placement import NO_GPU, Placement
from voicejob_operator.settings import OperatorSettings


@dataclass(frozen=True)
class JobPlan:
    """One Job, as the status names it."""

    number: int
    """Which of the VoiceJob's Jobs it is; the first is 1."""
    backoff_limit: int
    """How many further attempts the Job controller may make after failed ones."""
    placement: Placement = NO_GPU
    """How its pod gets a GPU."""
    gpu_memory_mib: int | None = None
    """Memory of the GPU that is asked for: the worker compares it with what it got."""
    memory: str | None = None
    """Memory limit of the container, instead of the usual one."""
    on_cpu: bool = False
    """Whether it has no GPU because none was free: the worker says so."""


def plan_of(
    voicejob: VoiceJob,
    record: JobRecord,
    backoff_limit: int,
    settings: OperatorSettings,
    cluster: Cluster = UNKNOWN,
) -> JobPlan:
    """The plan of a Job that the status names."""
    asked = record.gpu
    if asked is None and voicejob.spec.gpu is not None and not record.on_cpu:
        # An operator of before these records named the Job, and this one makes it.
        resource = voicejob.spec.gpu.resource_name or NVIDIA_GPU
        asked = GPURequest(allocation=Allocation.EXTENDED_RESOURCE.value, resource=resource)
    return JobPlan(
        number=record.number,
        backoff_limit=backoff_limit,
        placement=gpu_placement(voicejob, record.number, asked, settings.gpu, cluster),
        gpu_memory_mib=asked.memory_mib if asked else None,
        memory=record.memory,
        on_cpu=bool(record.on_cpu),
    )
