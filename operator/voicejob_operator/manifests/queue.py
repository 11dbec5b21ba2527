"""What tells a queue of a VoiceJob's Job: Kueue's labels, which its webhook and controller read."""

from typing import Final

from voicejob_api.gpu import Allocation
from voicejob_api.spec import VoiceJobSpec

QUEUE_NAME: Final = "kueue.x-k8s.io/queue-name"
PRIORITY_CLASS: Final = "kueue.x-k8s.io/priority-class"


def is_queued(spec: VoiceJobSpec) -> bool:
    """Whether the VoiceJob names a LocalQueue; with KAI, ``queueName`` is a queue of KAI's."""
    return spec.queue_name is not None and not is_kais(spec)


def is_kais(spec: VoiceJobSpec) -> bool:
    """Whether KAI-Scheduler places the pod."""
    return spec.gpu is not None and spec.gpu.allocation is Allocation.KAI


def queue_labels(spec: VoiceJobSpec) -> dict[str, str]:
    """Labels of the Job, never of its pod: by these Kueue would queue the pod once more."""
    labels: dict[str, str] = {}
    if is_queued(spec) and spec.queue_name is not None:
        labels[QUEUE_NAME] = spec.queue_name
    if spec.workload_priority_class_name is not None:
        labels[PRIORITY_CLASS] = spec.workload_priority_class_name
    return labels
