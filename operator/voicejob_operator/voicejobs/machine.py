"""The state machine of a VoiceJob, in two tables that are also what the docs show.

``TRANSITIONS`` says how the phase changes; ``DUTIES`` says what is done in which phase. ``decide``
follows the first table from the phase in the status as far as the observation carries, so that an
operator that was away for a while takes every step that it missed, and then reads the second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicejob_api.durations import human_duration
from voicejob_api.status import Phase
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.situation import POD_LOST, Situation

Guard = Callable[[Situation], Cause | None]

JOB_NOT_MADE: Final = "JobNotMade"
"""Reason of a Job that takes the place of one that nobody has seen."""
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


# -- guards: each is named for the fact that it finds ----------------------------------------------


def _refused(situation: Situation) -> Cause | None:
    return situation.seen.answers.refusal


def _not_allowed(situation: Situation) -> Cause | None:
    return situation.seen.not_allowed


def _suspend_asked(situation: Situation) -> Cause | None:
    if situation.seen.secret_to_look_at:
        return None
    if situation.spec.suspend:
        return Cause("SuspendRequested", "spec.suspend is true; finished chunks are kept")
    return None


def _resume_asked(situation: Situation) -> Cause | None:
    return None if situation.spec.suspend else Cause("Resumed", "spec.suspend is false")


def _accepted(situation: Situation) -> Cause | None:
    if situation.seen.secret_to_look_at:
        return None
    return Cause("Created", "The Job that runs the worker is made")


def _placed(situation: Situation) -> Cause | None:
    pod = situation.pod
    if pod is not None and pod.scheduled_at is not None:
        return Cause("Scheduled", f"Pod {pod.name} is on node {pod.node}")
    return None


def _ended_without_node(situation: Situation) -> Cause | None:
    pod = situation.pod
    if pod is not None and pod.ended and pod.scheduled_at is None:
        return Cause("PodEnded", f"Pod {pod.name} ended before it had a node")
    return None


def _worker_started(situation: Situation) -> Cause | None:
    pod = situation.pod
    if pod is not None and pod.has_started:
        return Cause("WorkerStarted", f"The worker runs in pod {pod.name} on node {pod.node}")
    return None


def _audio_stored(situation: Situation) -> Cause | None:
    if not situation.ended_well:
        return None
    report = situation.report
    if report is not None and report.audio is not None:
        return Cause("Completed", f"{report.audio.duration} of audio at {report.audio.uri}")
    return Cause("Completed", "The worker ended well")


def _result_found(situation: Situation) -> Cause | None:
    result = situation.seen.answers.result
    if not situation.end_is_unwitnessed or result is None or result.report is None:
        return None
    audio = result.report.audio
    where = f"{audio.duration} of audio at {audio.uri}" if audio else "The worker ended well"
    return Cause("Completed", f"{where} (found in the store: pod and Job are gone)")


def _ended_for_good(situation: Situation) -> Cause | None:
    return situation.why_ended() if situation.ended_for_good else None


def _out_of_retries(situation: Situation) -> Cause | None:
    if not situation.ended_badly or situation.ended_for_good or situation.retries_left:
        return None
    cause, made = situation.why_ended(), situation.status.attempts_total
    attempts = "1 attempt" if made == 1 else f"{made} attempts"
    return Cause(cause.reason, f"{cause.message} (no retry left, {attempts} made)")


def _retries_elsewhere(situation: Situation) -> Cause | None:
    elsewhere = (
        situation.is_made_from_other_template
        or situation.backs_off_in_vain
        or situation.node_is_lost
        or situation.outlived_its_job
    )
    return _may_retry(situation) if elsewhere else None


def _may_retry(situation: Situation) -> Cause | None:
    if not situation.ended_badly or situation.ended_for_good or not situation.retries_left:
        return None
    if situation.must_look_at_job:
        return None
    cause = situation.why_ended()
    return Cause("Retrying", f"The last attempt ended: {cause.reason}: {cause.message}")


def _job_may_be_replaced(situation: Situation) -> Cause | None:
    if not situation.job_may_be_replaced:
        return None
    job = situation.job
    if job is not None and job.stopped_by_exit_code and not situation.retry_is_left:
        return None
    how = "is complete and left no last word" if job is None or job.complete else "gave up"
    return Cause("JobReplaced", f"The Job {how}; a retry is left, so another Job is made")


def _job_failed(situation: Situation) -> Cause | None:
    job = situation.job
    if job is None or job.failure is None or situation.pod is not None:
        return None
    return Cause(job.failure.reason, f"The Job failed: {job.failure.message}")


def _job_gone_without_result(situation: Situation) -> Cause | None:
    if not _store_has_no_result(situation) or not situation.job_was_seen:
        return None
    return Cause("JobLost", "The Job is gone and the store has no result; another Job is made")


def _job_never_seen(situation: Situation) -> Cause | None:
    # A process that died between the status and the Job: as a rule nothing is lost but a number.
    if not _store_has_no_result(situation) or situation.job_was_seen:
        return None
    return Cause(JOB_NOT_MADE, "The Job that was to be made is not there; another is made")


def _store_has_no_result(situation: Situation) -> bool:
    result = situation.seen.answers.result
    if not situation.end_is_unwitnessed or result is None or result.trouble is not None:
        return False
    return result.report is None


def _sidecar_stays(situation: Situation) -> Cause | None:
    pod = situation.sidecar
    if pod is None or situation.job is None or pod.owner != situation.job.uid:
        return None
    return Cause("SidecarKeptPodAlive", sidecar_message(situation))


def sidecar_message(situation: Situation) -> str:
    """Name the containers that keep a pod, and what to do about them."""
    pod = situation.sidecar
    kept, by = (pod.name, ", ".join(pod.kept_alive_by)) if pod else ("", "")
    return (
        f"Pod {kept} was kept alive by {by} after its worker's end and is deleted: make it a "
        "native sidecar (an init container with restartPolicy Always), or keep it off worker pods"
    )


def _pod_gone(situation: Situation) -> Cause | None:
    # With the Job gone too, the store is asked first: the work may be done.
    if situation.pod is None and not situation.end_is_unwitnessed:
        return Cause(POD_LOST, "The worker pod is gone")
    return None


def _queue_deadline(situation: Situation) -> Cause | None:
    if situation.now < situation.queue_deadline():
        return None
    waiting = situation.why_waiting()
    for_what = waiting.message if waiting else "no pod was made"
    return Cause("QueueDeadlineExceeded", f"Queued for longer than queueSeconds: {for_what}")


def _start_deadline(situation: Situation) -> Cause | None:
    deadline = situation.start_deadline()
    if deadline is None or situation.now < deadline:
        return None
    why = situation.why_not_started()
    return Cause(
        "StartDeadlineExceeded", f"Not started within startSeconds: {why.reason}: {why.message}"
    )


def _active_deadline(situation: Situation) -> Cause | None:
    deadline = situation.active_deadline()
    if deadline is None or situation.now < deadline:
        return None
    limit = human_duration(situation.active_limit)
    report = situation.report
    done = f"{report.progress.percent} % of the text was spoken" if report else "it had not begun"
    return Cause(
        "ActiveDeadlineExceeded", f"The work took longer than activeSeconds ({limit}): {done}"
    )


# -- the phases ------------------------------------------------------------------------------------

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
        ACTIVE,
        Phase.SUCCEEDED,
        "pod and Job are gone, and the store has the result",
        _result_found,
        event="Completed",
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
        (Phase.PENDING,),
        Phase.FAILED,
        "the platform does not allow what the VoiceJob asks for",
        _not_allowed,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.PENDING, Phase.QUEUED),
        Phase.FAILED,
        "the API server refused the first Job for good",
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
    Transition(
        (Phase.PENDING,),
        Phase.QUEUED,
        "it is known to be allowed",
        _accepted,
        next_job=True,
    ),
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
        "the attempt ended badly and may be repeated, and its Job would not do so or not soon: the "
        "pod was deleted within the last 5 s, its node is lost, the Job is gone, or the exit code "
        "asks for another template",
        _retries_elsewhere,
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
        _may_retry,
        event="Retrying",
        warning=True,
        settles=True,
    ),
    Transition(
        ACTIVE,
        Phase.QUEUED,
        "the Job has ended and no pod is left to say how, and a retry is left: the Job controller "
        "also counts ends that use up none",
        _job_may_be_replaced,
        next_job=True,
    ),
    Transition(
        ACTIVE,
        Phase.FAILED,
        "the Job controller gave up and no pod is left to say why",
        _job_failed,
        event="Failed",
        warning=True,
    ),
    Transition(
        ACTIVE,
        Phase.QUEUED,
        "pod and Job are gone, and the store has no result",
        _job_gone_without_result,
        event="Retrying",
        warning=True,
        next_job=True,
    ),
    Transition(
        ACTIVE,
        Phase.QUEUED,
        "the Job that the status names was never seen, and the store has no result",
        _job_never_seen,
        next_job=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.QUEUED,
        "another container has kept the last attempt's pod alive for 30 s",
        _sidecar_stays,
        event="SidecarKeptPodAlive",
        warning=True,
        next_job=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.STARTING,
        "the scheduler gave the pod a node",
        _placed,
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
        "the pod is gone and its Job is there",
        _pod_gone,
        event="Retrying",
        warning=True,
    ),
    Transition(
        (Phase.QUEUED,),
        Phase.FAILED,
        "deadlines.queueSeconds are over since its creation, its resumption or the end of the last "
        "attempt that ran",
        _queue_deadline,
        event="Failed",
        warning=True,
    ),
    Transition(
        (Phase.QUEUED, Phase.STARTING),
        Phase.FAILED,
        "deadlines.startSeconds are over since the pod got its node, or since it was made if it "
        "names a claim that is not there",
        _start_deadline,
        event="Failed",
        warning=True,
    ),
    Transition(
        ACTIVE,
        Phase.FAILED,
        "deadlines.activeSeconds are over; time in phase Suspended does not count",
        _active_deadline,
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
