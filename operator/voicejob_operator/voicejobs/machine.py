"""The state machine of a VoiceJob: a table of transitions, which is also what the docs show.

``run`` follows the table from the phase in the status as far as the observation carries, so an
operator that was away for a while takes every step that it missed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicejob_api.status import Phase
from voicejob_operator.voicejobs.situation import POD_LOST, Cause, Situation

Guard = Callable[[Situation], Cause | None]

UNFINISHED: Final = tuple(phase for phase in Phase if not phase.is_final)
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
    """Whether the pod's end is dealt with by this step."""


@dataclass(frozen=True)
class Step:
    """A transition taken, and why."""

    transition: Transition
    cause: Cause
    pod: str = ""


def _refused(at: Situation) -> Cause | None:
    return at.seen.refusal


def _suspend_asked(at: Situation) -> Cause | None:
    if at.spec.suspend:
        return Cause("SuspendRequested", "spec.suspend is true; finished chunks are kept")
    return None


def _resume_asked(at: Situation) -> Cause | None:
    return None if at.spec.suspend else Cause("Resumed", "spec.suspend is false")


def _accepted(at: Situation) -> Cause | None:
    return Cause("JobCreated", "The Job that runs the worker is made")


def _placed(at: Situation) -> Cause | None:
    if at.pod is not None and at.pod.scheduled_at is not None:
        return Cause("Scheduled", f"Pod {at.pod.name} is on node {at.pod.node}")
    return None


def _ended_without_node(at: Situation) -> Cause | None:
    if at.pod is not None and at.pod.ended and at.pod.scheduled_at is None:
        return Cause("PodEnded", f"Pod {at.pod.name} ended before it had a node")
    return None


def _worker_started(at: Situation) -> Cause | None:
    if at.pod is not None and at.pod.has_started:
        return Cause("WorkerStarted", f"The worker runs in pod {at.pod.name} on node {at.pod.node}")
    return None


def _audio_stored(at: Situation) -> Cause | None:
    if not at.ended_well:
        return None
    if at.report is not None and at.report.audio is not None:
        audio = at.report.audio
        return Cause("Completed", f"{audio.duration} of audio at {audio.uri}")
    return Cause("Completed", "The worker ended well")


def _ended_for_good(at: Situation) -> Cause | None:
    return at.why_ended() if at.ended_for_good else None


def _out_of_retries(at: Situation) -> Cause | None:
    if not at.ended_badly or at.ended_for_good or at.retries_left:
        return None
    cause, made = at.why_ended(), at.status.attempts_total
    attempts = "1 attempt" if made == 1 else f"{made} attempts"
    return Cause(cause.reason, f"{cause.message} (no retry left, {attempts} made)")


def _may_retry(at: Situation) -> Cause | None:
    if not at.ended_badly or at.ended_for_good or not at.retries_left:
        return None
    cause = at.why_ended()
    return Cause("Retrying", f"The last attempt ended: {cause.reason}: {cause.message}")


def _pod_gone(at: Situation) -> Cause | None:
    if at.pod is None:
        return Cause(POD_LOST, "The worker pod is gone; the Job makes another one")
    return None


def _job_failed(at: Situation) -> Cause | None:
    job = at.seen.job
    if job is None or job.failure is None or at.pod is not None:
        return None
    if job.counted_out and at.end_was_seen:
        return None
    return Cause(job.failure.reason, f"The Job failed: {job.failure.message}")


def _queue_deadline(at: Situation) -> Cause | None:
    if at.now < at.queue_deadline():
        return None
    waiting = at.why_waiting()
    return Cause("QueueDeadlineExceeded", f"Queued for longer than queueSeconds: {waiting.message}")


def _start_deadline(at: Situation) -> Cause | None:
    deadline = at.start_deadline()
    if deadline is None or at.now < deadline:
        return None
    why = at.why_not_started()
    return Cause(
        "StartDeadlineExceeded", f"Not started within startSeconds: {why.reason}: {why.message}"
    )


def _active_deadline(at: Situation) -> Cause | None:
    deadline = at.active_deadline()
    if deadline is None or at.now < deadline:
        return None
    return Cause("ActiveDeadlineExceeded", "The work took longer than activeSeconds")


TRANSITIONS: Final = (
    Transition(
        (Phase.RUNNING, Phase.SUSPENDED),
        Phase.SUCCEEDED,
        "the worker ended with exit code 0",
        _audio_stored,
        event="Completed",
        settles=True,
    ),
    Transition(
        (Phase.RUNNING,),
        Phase.FAILED,
        "the worker ended with an exit code that says another attempt would end the same way",
        _ended_for_good,
        event="Failed",
        warning=True,
        settles=True,
    ),
    Transition(
        UNFINISHED,
        Phase.FAILED,
        "the API server refused the Job for good",
        _refused,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.PENDING, *ACTIVE),
        Phase.SUSPENDED,
        "spec.suspend is true",
        _suspend_asked,
        event="Suspended",
    ),
    Transition(
        (Phase.SUSPENDED,),
        Phase.QUEUED,
        "spec.suspend is false",
        _resume_asked,
        event="Resumed",
    ),
    Transition((Phase.PENDING,), Phase.QUEUED, "always", _accepted),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.FAILED,
        "the attempt ended badly and no retry is left",
        _out_of_retries,
        event="Failed",
        warning=True,
        settles=True,
    ),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.QUEUED,
        "the attempt ended badly and a retry is left, or its end uses up none",
        _may_retry,
        event="Retrying",
        warning=True,
        settles=True,
    ),
    Transition(
        ACTIVE,
        Phase.FAILED,
        "the Job controller gave up and no pod is left to say why; where a retry is "
        "left, since it also counts ends that use up none, the Job is made anew instead",
        _job_failed,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.STARTING,
        "the scheduler gave the pod a node",
        _placed,
        event="Scheduled",
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.STARTING,
        "the pod has ended already, without a node or refused by its kubelet",
        _ended_without_node,
    ),
    Transition(
        (Phase.STARTING,),
        Phase.RUNNING,
        "the worker's container started",
        _worker_started,
        event="Started",
    ),
    Transition(
        (Phase.STARTING, Phase.RUNNING),
        Phase.QUEUED,
        "the pod is gone",
        _pod_gone,
        event="Retrying",
        warning=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.FAILED,
        "deadlines.queueSeconds are over",
        _queue_deadline,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.QUEUED, Phase.STARTING),
        Phase.FAILED,
        "deadlines.startSeconds are over since the pod got its node, or since it was made where no "
        "node of the cluster could take it",
        _start_deadline,
        event="Failed",
        warning=True,
    ),
    Transition(
        ACTIVE,
        Phase.FAILED,
        "deadlines.activeSeconds are over since the first worker started",
        _active_deadline,
        event="Failed",
        warning=True,
    ),
)
"""The first row whose phase and guard fit is taken; then the table is read again from the top."""


def next_step(phase: Phase, at: Situation) -> Step | None:
    """The first transition out of ``phase`` whose guard gives a cause."""
    for transition in TRANSITIONS:
        cause = transition.guard(at) if phase in transition.sources else None
        if cause is not None:
            return Step(transition, cause, at.pod.name if at.pod else "")
    return None
