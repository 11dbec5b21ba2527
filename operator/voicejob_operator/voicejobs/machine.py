"""The state machine of a VoiceJob, in two tables that are also what the docs show.

``TRANSITIONS`` says how the phase changes; ``DUTIES`` says what is done in which phase. ``decide``
follows the first table from the phase in the status as far as the observation carries, so that an
operator that was away for a while takes every step that it missed, and then reads the second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicejob_api.status import Phase
from voicejob_operator.voicejobs import guards
from voicejob_operator.voicejobs.asking import FALLBACK_TO_CPU
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.situation import Situation

Guard = Callable[[Situation], Cause | None]

ACTIVE: Final = (Phase.QUEUED, Phase.STARTING, Phase.RUNNING)


@dataclass(frozen=True)
class Transition:
    """A row of the table: from any of ``sources`` to ``target`` when ``guard`` gives a cause."""

    sources: tuple[Phase, ...]
    target: Phase
    when: str
    """The guard in words."""
    guard: Guard
    event: str = ""
    """Reason of the event that tells of it."""
    warning: bool = False
    """Whether that event is of type Warning."""
    settles: bool = False
    """Whether the pod's end is dealt with by this step; its retry is counted then."""
    next_job: bool = False
    """Whether the status names another Job, which takes the place of the one so far."""


@dataclass(frozen=True)
class Step:
    """A transition taken, and why."""

    transition: Transition
    cause: Cause
    pod: str = ""


# -- the phases ------------------------------------------------------------------------------------

TRANSITIONS: Final = (
    Transition(
        (Phase.RUNNING, Phase.SUSPENDED),
        Phase.SUCCEEDED,
        "the worker ended with exit code 0",
        guards.audio_stored,
        event="Completed",
        settles=True,
    ),
    Transition(
        ACTIVE,
        Phase.SUCCEEDED,
        "pod and Job are gone, and the store has the result",
        guards.result_found,
        event="Completed",
    ),
    Transition(
        (Phase.RUNNING,),
        Phase.FAILED,
        "the worker ended with an exit code that says another attempt would end the same way",
        guards.ended_for_good,
        event="Failed",
        warning=True,
        settles=True,
    ),
    Transition(
        (Phase.PENDING,),
        Phase.FAILED,
        "the platform does not allow what the VoiceJob asks for",
        guards.not_allowed,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.PENDING, Phase.QUEUED),
        Phase.FAILED,
        "the API server refused the first Job for good",
        guards.refused,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.PENDING, *ACTIVE),
        Phase.SUSPENDED,
        "spec.suspend is true",
        guards.suspend_asked,
        event="Suspended",
    ),
    Transition(
        (Phase.SUSPENDED,),
        Phase.QUEUED,
        "spec.suspend is false",
        guards.resume_asked,
        event="Resumed",
    ),
    Transition(
        (Phase.PENDING,),
        Phase.QUEUED,
        "it is known to be allowed",
        guards.accepted,
        next_job=True,
    ),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.FAILED,
        "the attempt ran out of memory, and no other Job would get more",
        guards.out_of_memory,
        event="Failed",
        warning=True,
        settles=True,
    ),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.FAILED,
        "the attempt ended badly and no retry is left",
        guards.out_of_retries,
        event="Failed",
        warning=True,
        settles=True,
    ),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.QUEUED,
        "the attempt ended badly and may be repeated, and its Job would not do so or not soon: the "
        "pod was deleted within the last 5 s, its node is lost, the Job is gone, the exit code "
        "asks for another template, it ran out of memory, or its GPU was too small",
        guards.retries_elsewhere,
        event="Retrying",
        warning=True,
        settles=True,
        next_job=True,
    ),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.QUEUED,
        "the attempt ended badly and a retry is left, or its end uses up none: the Job controller "
        "makes the next pod",
        guards.may_retry,
        event="Retrying",
        warning=True,
        settles=True,
    ),
    Transition(
        ACTIVE,
        Phase.QUEUED,
        "the Job has ended and no pod is left to say how, and a retry is left: the Job controller "
        "also counts ends that use up none",
        guards.job_may_be_replaced,
        next_job=True,
    ),
    Transition(
        ACTIVE,
        Phase.FAILED,
        "the Job controller gave up and no pod is left to say why",
        guards.job_failed,
        event="Failed",
        warning=True,
    ),
    Transition(
        ACTIVE,
        Phase.QUEUED,
        "pod and Job are gone, and the store has no result",
        guards.job_gone_without_result,
        event="Retrying",
        warning=True,
        next_job=True,
    ),
    Transition(
        ACTIVE,
        Phase.QUEUED,
        "the Job that the status names was never seen, and the store has no result",
        guards.job_never_seen,
        next_job=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.QUEUED,
        "another container has kept the last attempt's pod alive for 30 s",
        guards.sidecar_stays,
        event="SidecarKeptPodAlive",
        warning=True,
        next_job=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.STARTING,
        "the scheduler gave the pod a node",
        guards.placed,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.STARTING,
        "the pod has ended already, without a node or refused by its kubelet",
        guards.ended_without_node,
    ),
    Transition(
        (Phase.STARTING,),
        Phase.RUNNING,
        "the worker's container started",
        guards.worker_started,
        event="Started",
    ),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.QUEUED,
        "the pod is gone and its Job is there",
        guards.pod_gone,
        event="Retrying",
        warning=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.QUEUED,
        "no node could ever give the GPU as its Job asks for it, and by now one could in another "
        "way, or one has come of a kind that its Job does not know",
        guards.gpu_by_another_way,
        event="OtherGPUFound",
        next_job=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.QUEUED,
        "gpu.fallbackToCPU is true and no GPU was free for deadlines.queueSeconds",
        guards.no_gpu_in_time,
        event=FALLBACK_TO_CPU,
        warning=True,
        next_job=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.FAILED,
        "deadlines.queueSeconds are over since its creation, its resumption or the end of the last "
        "attempt that ran",
        guards.queue_deadline,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.QUEUED, Phase.STARTING),
        Phase.FAILED,
        "deadlines.startSeconds are over since the pod got its node, or since it was made if it "
        "names a claim that is not there",
        guards.start_deadline,
        event="Failed",
        warning=True,
    ),
    Transition(
        ACTIVE,
        Phase.FAILED,
        "deadlines.activeSeconds are over; time in phase Suspended does not count",
        guards.active_deadline,
        event="Failed",
        warning=True,
    ),
)
"""The first row whose phase and guard fit is taken; then the table is read again from the top."""


def next_step(phase: Phase, situation: Situation) -> Step | None:
    """Return the first transition out of ``phase`` whose guard gives a cause."""
    for transition in TRANSITIONS:
        cause = transition.guard(situation) if phase in transition.sources else None
        if cause is not None:
            return Step(transition, cause, situation.pod.name if situation.pod else "")
    return None
