"""Why a VoiceJob has not started yet, in the words of whoever says it.

They are the API server's, a scheduler's, a kubelet's or a queue's: the operator's own only where
nobody else says anything.
"""

from typing import Final

from voicejob_api.scheduling import PodTemplateSpec
from voicejob_operator.manifests.gpu import way_of
from voicejob_operator.manifests.placement.fitting import KUEUE_GROUP, what_is_not_installed
from voicejob_operator.manifests.placement.node_choice import choice_of
from voicejob_operator.manifests.placement.placement import need_of
from voicejob_operator.manifests.pod_defaults import own_fields, with_defaults
from voicejob_operator.voicejobs.cluster_events import (
    named,
    names_what_is_missing,
    waits_for_the_operator,
)
from voicejob_operator.voicejobs.effects import EnsureClaimTemplate
from voicejob_operator.voicejobs.gpu_answers import why_never
from voicejob_operator.voicejobs.observed import Cause, JobView, PodView
from voicejob_operator.voicejobs.scheduler_message import missing_claim
from voicejob_operator.voicejobs.situation import Situation
from voicejob_operator.voicejobs.store_room import STORE_QUOTA_EXCEEDED, why_no_room

OTHER_GPU_FOUND: Final = "OtherGPUFound"
"""Reason of a Job that takes the place of one whose GPU no node has, or had."""
_UNSCHEDULABLE: Final = "Unschedulable"
_WAITING_FOR_NODE: Final = "WaitingForNode"
_JOB_SUSPENDED: Final = "JobSuspended"
_BACK_OFF: Final = "BackOff"
_WAITING_FOR_OLD_POD: Final = "WaitingForOldPod"
_NO_SUCH_GPU: Final = "NoSuchGPU"
_NO_SUCH_ALLOCATION: Final = "GPUAllocationUnavailable"
_TEMPLATE: Final = EnsureClaimTemplate.__name__
_QUEUED_BY_KUEUE: Final = "QueuedByKueue"
_NO_QUEUES: Final = "QueueUnavailable"
_SEEN_AT_EACH_LOOK: Final = frozenset(
    {
        _UNSCHEDULABLE,
        _WAITING_FOR_NODE,
        _JOB_SUSPENDED,
        _BACK_OFF,
        _WAITING_FOR_OLD_POD,
        _NO_SUCH_GPU,
        _NO_SUCH_ALLOCATION,
        _QUEUED_BY_KUEUE,
        _NO_QUEUES,
        STORE_QUOTA_EXCEEDED,
    }
)
"""Reasons that hold no longer than what they tell of is seen."""
_PREPARING: Final = ("ContainerCreating", "PodInitializing")
_SUSPENDED_BY_OTHERS: Final = (
    "Job {job} is suspended, and not by this VoiceJob: a queue such as Kueue, or a person, resumes "
    "it"
)
NO_POD_YET: Final = Cause("WaitingForPod", "The Job controller has not made the pod yet")


# -- in phase Queued -------------------------------------------------------------------------------


def why_waiting(situation: Situation) -> Cause | None:
    """What it waits for now; None if nobody says anything."""
    answers, full = situation.seen.answers, why_no_room(situation)
    if full is not None:
        return _trouble_of_store(situation) or full
    never = why_no_gpu(situation)
    if never is not None:
        # That no claim's template can be made follows from what is not installed, and says less.
        is_its_cause = never.reason == _NO_SUCH_ALLOCATION and answers.hindered == _TEMPLATE
        if answers.hindrance is None or is_its_cause:
            return never
    if situation.pod is None:
        return _why_no_pod(situation)
    return _why_no_node(situation, situation.pod)


def _why_no_node(situation: Situation, pod: PodView) -> Cause:
    if pod.unschedulable:
        return Cause(_UNSCHEDULABLE, pod.unschedulable + _whose_claim(situation, pod.unschedulable))
    # Not every scheduler writes the pod's condition: some tell it in events alone.
    told = situation.seen.warnings.get(pod.uid)
    if told is not None:
        return Cause(_UNSCHEDULABLE, told.message)
    before = situation.told_of_queue
    if before is not None and before.reason == _UNSCHEDULABLE:
        return before
    return Cause(
        _WAITING_FOR_NODE,
        f'Scheduler "{pod.scheduler}" looks for a node for pod {pod.name}, or has not seen it',
    )


def _whose_claim(situation: Situation, message: str) -> str:
    """What is to be done about a claim that no VoiceJob names: the platform's, for models."""
    claim = situation.seen.settings.worker.model_cache.claim_name
    if not claim or missing_claim(message) != claim:
        return ""
    return (
        f" (claim {claim} is the platform's worker.modelCache: have its administrator make it in "
        "this namespace, or add the namespace to worker.modelCache.namespaces)"
    )


def _why_no_pod(situation: Situation) -> Cause | None:
    job, answers = situation.job, situation.seen.answers
    if answers.hindrance is not None:
        return answers.hindrance
    trouble = _trouble_of_store(situation)
    if trouble is not None:
        return trouble
    if job is not None and job.suspended and not situation.spec.suspend:
        return _why_suspended(situation, job)
    due = situation.next_job_at
    if job is None and due is not None and situation.now < due:
        is_for_nodes = situation.record is not None and situation.record.reason == OTHER_GPU_FOUND
        why = "Nodes with GPUs came and went" if is_for_nodes else "Attempts end at once"
        return Cause(_BACK_OFF, f"{why}; the next Job is made at {due:%Y-%m-%dT%H:%M:%SZ}")
    if job is None and situation.old_pod is not None:
        return Cause(_WAITING_FOR_OLD_POD, f"Pod {situation.old_pod.name} has not ended yet")
    return situation.seen.warnings.get(job.uid) if job is not None else None


def _trouble_of_store(situation: Situation) -> Cause | None:
    result = situation.seen.answers.result
    return None if result is None else result.trouble


def _why_suspended(situation: Situation, job: JobView) -> Cause:
    """What Kueue says of a Job in a queue, or that there is no Kueue."""
    if not job.queue:
        return Cause(_JOB_SUSPENDED, _SUSPENDED_BY_OTHERS.format(job=job.name))
    if not situation.seen.cluster.serves(KUEUE_GROUP):
        return Cause(
            _NO_QUEUES,
            f"queueName is {job.queue} and this cluster has no Kueue (API group {KUEUE_GROUP}): "
            "install it, or leave queueName out",
        )
    words = situation.seen.queue_words.get(job.uid)
    told = words.message if words else "Kueue has not admitted its Job yet"
    return Cause(_QUEUED_BY_KUEUE, f"LocalQueue {job.queue}: {told}")


def why_no_gpu(situation: Situation) -> Cause | None:
    """Why no node of the cluster can give the GPU that the newest Job asks for, if it is so."""
    record, gpu, cluster = situation.record, situation.spec.gpu, situation.seen.cluster
    pod = situation.pod
    if record is None or record.gpu is None or gpu is None:
        return None
    if pod is not None and (pod.scheduled_at is not None or pod.ended):
        return None
    way = way_of(record.gpu)
    missing = what_is_not_installed(way, cluster)
    if missing:
        return Cause(_NO_SUCH_ALLOCATION, missing)
    asked = record.gpu
    need = need_of(gpu, memory_mib=asked.memory_mib, avoided_nodes=asked.avoided_nodes)
    never = why_never(way, need, cluster, is_named=gpu.resource_name is not None)
    choosing = _who_chooses_nodes(situation)
    if never and choosing:
        never += f" (nodeSelector and affinity in {choosing} leave all other nodes out)"
    return Cause(_NO_SUCH_GPU, never) if never else None


def _who_chooses_nodes(situation: Situation) -> str:
    """Where nodes are left out by their labels or names; empty where none are."""
    usual = situation.seen.settings.worker.pod
    choices = {
        "podTemplate.spec": own_fields(situation.spec),
        "the platform's worker.nodeSelector and worker.affinity": with_defaults(
            PodTemplateSpec(), usual
        ),
    }
    return " and in ".join(where for where, fields in choices.items() if choice_of(fields))


def gpu_has_come(situation: Situation) -> bool:
    """Whether it was told that no node has such a GPU, and one has by now."""
    before, pod = situation.told_of_queue, situation.pod
    if before is None or before.reason != _NO_SUCH_GPU or situation.job is None:
        return False
    is_placed = pod is not None and (pod.scheduled_at is not None or pod.ended)
    return not is_placed and why_no_gpu(situation) is None


def words_kept(situation: Situation) -> Cause | None:
    """What the status tells of why there is no pod: whoever said it may not say it again.

    The event may be gone, and so may the process that has seen it.
    """
    before = situation.told_of_queue
    if before is None or situation.pod is not None or before.reason in _SEEN_AT_EACH_LOOK:
        return None
    return before


# -- in phase Starting -----------------------------------------------------------------------------


def why_starting(situation: Situation) -> Cause:
    """What a scheduled pod waits for."""
    pod, hindrance = situation.pod, situation.seen.answers.hindrance
    waiting = pod.waiting if pod else None
    told = situation.seen.warnings.get(pod.uid) if pod else None
    if waiting is not None and waiting.reason not in _PREPARING:
        return named(Cause(waiting.reason, waiting.message or waiting.reason), situation.spec)
    if hindrance is not None:
        # The kubelet waits for the Secret that is forbidden, and cannot know why.
        return hindrance
    if told is not None and not waits_for_the_operator(told, situation.spec):
        return named(told, situation.spec)
    return Cause("ContainerCreating", "The kubelet prepares the worker's container")


def why_not_started(situation: Situation) -> Cause:
    """What keeps the worker from starting: the scheduler's or the kubelet's own reason."""
    if situation.pod is not None and situation.pod.scheduled_at is not None:
        return why_starting(situation)
    return why_waiting(situation) or words_kept(situation) or NO_POD_YET


def what_is_missing(situation: Situation) -> Cause | None:
    """The ConfigMap, Secret or key of the user's that a scheduled pod waits for."""
    pod = situation.pod
    if pod is None or pod.scheduled_at is None or pod.has_started:
        return None
    cause = why_starting(situation)
    return cause if names_what_is_missing(cause) else None
