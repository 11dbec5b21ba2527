"""What a VoiceJob may ask of the platform's GPUs and queues."""

from collections.abc import Iterator

from voicejob_api.gpu import GPU, Allocation
from voicejob_api.spec import VoiceJobSpec
from voicejob_operator.manifests.queue import is_kais
from voicejob_operator.manifests.violation import Violation, fits, given, outside
from voicejob_operator.settings import AllowedSettings


def gpu_violations(spec: VoiceJobSpec, allowed: AllowedSettings) -> Iterator[Violation]:
    """The first of the names in ``spec.gpu`` that is not allowed, and those after it."""
    gpu = spec.gpu
    if gpu is None:
        return
    yield from _way(gpu, allowed.gpu_allocations)
    for field, name, patterns, value in (
        ("resourceName", gpu.resource_name, allowed.gpu_resources, "gpuResources"),
        ("deviceClassName", gpu.device_class_name, allowed.device_classes, "deviceClasses"),
        ("claimTemplateName", gpu.claim_template_name, allowed.claim_templates, "claimTemplates"),
    ):
        yield from outside(f"spec.gpu.{field}", given(name), patterns, f"allowed.{value}")


def _way(gpu: GPU, patterns: tuple[str, ...]) -> Iterator[Violation]:
    field, way = _asked_way(gpu)
    if not fits(way, patterns):
        yield Violation(
            f"spec.gpu.{field}", way, patterns, "allowed.gpuAllocations", verb="asks for"
        )


def _asked_way(gpu: GPU) -> tuple[str, Allocation]:
    """The field that decides on the way, and the way: Auto is none where a name leaves no other."""
    if gpu.allocation is Allocation.AUTO:
        if gpu.claim_template_name is not None:
            return "claimTemplateName", Allocation.RESOURCE_CLAIM
        if gpu.device_class_name is not None:
            return "deviceClassName", Allocation.RESOURCE_CLAIM
        if gpu.resource_name is not None:
            return "resourceName", Allocation.EXTENDED_RESOURCE
    return "allocation", gpu.allocation


def queue_violations(spec: VoiceJobSpec, allowed: AllowedSettings) -> Iterator[Violation]:
    """Queues: Kueue's are the namespace's own, those of KAI-Scheduler the whole cluster's."""
    patterns, value = (
        (allowed.kai_queues, "kaiQueues") if is_kais(spec) else (allowed.queues, "queues")
    )
    yield from outside("spec.queueName", given(spec.queue_name), patterns, f"allowed.{value}")
    yield from outside(
        "spec.workloadPriorityClassName",
        given(spec.workload_priority_class_name),
        allowed.workload_priority_classes,
        "allowed.workloadPriorityClasses",
    )
