"""The decision: from an observation to the status that is true now and the effects it asks for.

``decide`` is pure. It follows the transitions of ``machine`` as far as they go, then derives all
else from the phase that it ended in, so that a step lost, repeated or interrupted changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from voicejob_api.report import WorkerReport
from voicejob_api.status import Attempt, JobRecord, Performance, Phase, Progress, VoiceJobStatus
from voicejob_operator.manifests.names import job_name
from voicejob_operator.voicejobs import attempts, duties, machine
from voicejob_operator.voicejobs.conditions import conditions_of
from voicejob_operator.voicejobs.effects import Announcement, Effect
from voicejob_operator.voicejobs.observed import Cause, Observation, PodView
from voicejob_operator.voicejobs.situation import (
    NO_POD_YET,
    NODE_PATIENCE,
    POD_LOST,
    SIDECAR_PATIENCE,
    Situation,
    without_lost_nodes,
)

KEPT_JOBS = 5
"""Newest Jobs that the status lists."""
_MIN_DELAY_SECONDS = 10
_MAX_DELAY_SECONDS = 360
"""The Job controller's own first and last back-off between pods."""
_A_WHILE = timedelta(seconds=60)
_STEPS_PER_POD = 2 * len(Phase)
"""One pod takes a VoiceJob through fewer transitions; more are a cycle in the table."""


@dataclass(frozen=True)
class Decision:
    """What is true now, and what is to be done about it."""

    status: VoiceJobStatus
    effects: tuple[Effect, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    look_again_at: datetime | None = None
    """When time alone may change the decision."""


@dataclass(frozen=True)
class _Walk:
    """The way through the table."""

    phase: Phase
    steps: tuple[machine.Step, ...]
    situation: Situation


def decide(seen: Observation) -> Decision:
    """Decide on one VoiceJob.

    Raises:
        RuntimeError: The table of transitions has a cycle; a fault of this program.
    """
    seen = replace(seen, pods=without_lost_nodes(seen.pods, seen.now))
    before = seen.voicejob.status
    if before.phase.is_final:
        return _decide_on_finished(seen)
    walk = _walk(seen)
    status = _status(walk, _cause(walk))
    situation = replace(walk.situation, status=status)
    return Decision(
        status=status,
        effects=duties.duties_in(walk.phase, situation),
        announcements=(*_announcements(walk), *_missing(walk)),
        look_again_at=_next_look(walk.phase, situation),
    )


def _decide_on_finished(seen: Observation) -> Decision:
    """Nothing follows an end; an edit of the spec is only acknowledged."""
    before = seen.voicejob.status
    generation = seen.voicejob.metadata.generation
    status = before.model_copy(
        update={
            "observed_generation": generation,
            "conditions": [
                condition.model_copy(update={"observed_generation": generation})
                for condition in before.conditions
            ],
        }
    )
    situation = Situation(seen, status, attempts.settled_pods(status.attempts))
    sidecar = situation.sidecar
    told: tuple[Announcement, ...] = ()
    if sidecar is not None:
        message = machine.sidecar_message(situation)
        told = (Announcement("SidecarKeptPodAlive", message, True, sidecar.name),)
    return Decision(
        status=status,
        effects=duties.duties_in(status.phase, situation),
        announcements=told,
        look_again_at=_next_look(status.phase, situation),
    )


# -- the walk --------------------------------------------------------------------------------------


def _walk(seen: Observation) -> _Walk:
    status = seen.voicejob.status
    seen = replace(seen, pods=attempts.without_forgotten(seen.pods, status))
    situation = Situation(seen, status, attempts.settled_pods(status.attempts))
    phase = status.phase
    situation = _at_rest(phase, _with_attempts(_with_jobs_seen(situation)))
    steps: list[machine.Step] = []
    while (step := machine.next_step(phase, situation)) is not None:
        if len(steps) >= _STEPS_PER_POD * (1 + len(seen.pods)):
            raise RuntimeError(f"the transitions of {phase} have a cycle: {steps[-2:]}")
        steps.append(step)
        situation = _after(step, situation)
        phase = step.transition.target
    listed = situation.status.attempts[-attempts.KEPT :]
    situation = _updated(situation, attempts=listed)
    return _Walk(phase, tuple(steps), situation)


def _updated(situation: Situation, **changes: object) -> Situation:
    return replace(situation, status=situation.status.model_copy(update=changes))


def _with_jobs_seen(situation: Situation) -> Situation:
    """Note the uid of each Job that is there: one that was seen and is gone is lost, not new."""
    uids = {job.name: job.uid for job in situation.seen.jobs}
    jobs = [
        record.model_copy(update={"uid": uids[record.name]}) if record.name in uids else record
        for record in situation.status.jobs
    ]
    return _updated(situation, jobs=jobs)


def _with_attempts(situation: Situation) -> Situation:
    entries, total = attempts.record(situation, situation.settled)
    return _updated(situation, attempts=entries, attempts_total=total)


def _after(step: machine.Step, situation: Situation) -> Situation:
    """The situation once a step is taken: what it starts, settles, uses up and makes anew."""
    transition, pod, status = step.transition, situation.pod, situation.status
    update: dict[str, object] = {}
    if transition.target is Phase.RUNNING and status.start_time is None and pod:
        update["start_time"] = pod.started_at
    if transition.target is Phase.SUSPENDED and status.start_time is not None:
        worked = int((situation.now - status.start_time).total_seconds())
        update["active_seconds"] = (status.active_seconds or 0) + max(worked, 0)
        update["start_time"] = None
    settles = transition.settles and pod is not None and not situation.ended_well
    if transition.target is Phase.QUEUED:
        update |= _queued(step, situation)
        if settles and pod is not None and pod.uses_a_retry:
            update["retries_used"] = status.retries_used + 1
    if transition.next_job or (transition.target is Phase.QUEUED and not status.jobs):
        update["jobs"] = _with_next_job(situation, step.cause)
        if situation.job is not None and situation.job.stopped_by_exit_code and not settles:
            update["retries_used"] = status.retries_used + 1
    situation = _updated(situation, **update)
    if settles and pod is not None:
        situation = replace(situation, settled=situation.settled | {pod.name})
    return _at_rest(transition.target, _with_attempts(situation))


def _queued(step: machine.Step, situation: Situation) -> dict[str, object]:
    """Since when it waits. Only a resumption and the end of a worker that ran begin it anew."""
    pod, sources = situation.pod, step.transition.sources
    if Phase.PENDING in sources:
        return {"queue_time": situation.seen.voicejob.metadata.creation_timestamp or situation.now}
    if sources == (Phase.SUSPENDED,):
        return {"queue_time": situation.now}
    ran = pod is not None and pod.has_started
    if ran and step.transition.settles:
        return {"queue_time": (pod.finished_at if pod else None) or situation.now}
    lost = situation.status.attempts[-1:]
    if pod is None and lost and lost[0].reason == POD_LOST and lost[0].started_at is not None:
        return {"queue_time": lost[0].finished_at or situation.now}
    return {}


def _with_next_job(situation: Situation, cause: Cause) -> list[JobRecord]:
    jobs = situation.status.jobs
    number = jobs[-1].number + 1 if jobs else 1
    name = job_name(situation.seen.voicejob, number)
    seen = next((job.uid for job in situation.seen.jobs if job.name == name), "")
    record = JobRecord(
        number=number,
        name=name,
        uid=seen,
        decided_at=situation.now,
        delay_seconds=_delay(situation, cause) or None,
        reason=cause.reason,
        message=cause.message,
    )
    return [*jobs, record][-KEPT_JOBS:]


def _delay(situation: Situation, cause: Cause) -> int:
    """Seconds until the next Job: the Job controller's back-off ends with the Job, so this is ours.

    None for the first that takes another's place, nor after an attempt that ran for a while: a
    node that refuses every pod, or somebody who deletes each, is met ever less often.
    """
    jobs, attempts_made = situation.status.jobs, situation.status.attempts
    newest = attempts_made[-1] if attempts_made else None
    if len(jobs) < 2 or _ran_for_a_while(newest) or cause.reason == machine.JOB_NOT_MADE:
        return 0
    return min(max(2 * (jobs[-1].delay_seconds or 0), _MIN_DELAY_SECONDS), _MAX_DELAY_SECONDS)


def _ran_for_a_while(attempt: Attempt | None) -> bool:
    if attempt is None or attempt.started_at is None or attempt.finished_at is None:
        return False
    return attempt.finished_at - attempt.started_at >= _A_WHILE


def _at_rest(phase: Phase, situation: Situation) -> Situation:
    """If no attempt is to go on, every bad end is dealt with: none is retried."""
    if phase is not Phase.SUSPENDED and not phase.is_final:
        return situation
    ended = {pod.name for pod in situation.seen.pods if pod.ended and pod.exit_code != 0}
    return _with_attempts(replace(situation, settled=situation.settled | ended))


# -- the status ------------------------------------------------------------------------------------


def _cause(walk: _Walk) -> Cause:
    """Why the phase is what it is: what it waits for, or the step that led there."""
    situation = walk.situation
    if walk.phase is Phase.QUEUED:
        return _why_queued(walk)
    if walk.phase is Phase.STARTING:
        return situation.why_starting()
    if walk.phase is Phase.RUNNING:
        if situation.end_is_unwitnessed:
            return Cause("JobLost", "Pod and Job are gone; the store is asked for the result")
        return Cause("WorkerStarted", "The worker runs")
    hindrance = situation.seen.answers.hindrance
    if hindrance is not None and not walk.phase.is_final:
        return hindrance
    return walk.steps[-1].cause if walk.steps else _earlier_cause(situation.status)


def _why_queued(walk: _Walk) -> Cause:
    """The words of whoever holds it up. They stay after their event is gone, until it moves on."""
    waiting = walk.situation.why_waiting()
    if waiting is not None:
        return waiting
    told = [step.cause for step in walk.steps if step.transition.event]
    if told:
        return told[-1]
    before = walk.situation.seen.voicejob.status
    had_pod = before.reason in ("Unschedulable", "WaitingForNode")
    if before.phase is Phase.QUEUED and before.reason and not had_pod:
        return _earlier_cause(before)
    return NO_POD_YET


def _earlier_cause(status: VoiceJobStatus) -> Cause:
    for condition in status.conditions:
        if condition.reason == status.reason:
            return Cause(condition.reason, condition.message)
    return Cause(status.reason, "")


def _status(walk: _Walk, cause: Cause) -> VoiceJobStatus:
    situation, seen = walk.situation, walk.situation.seen
    report = situation.report
    update: dict[str, object] = {
        "phase": walk.phase,
        "observed_generation": seen.voicejob.metadata.generation,
        "conditions": conditions_of(walk.phase, cause, situation),
        "reason": cause.reason,
        "job_name": situation.record.name if situation.record else "",
        "performance": _performance(walk.phase, situation, report),
        "stage": report.stage if report is not None and walk.phase is Phase.RUNNING else None,
    }
    if walk.phase is not Phase.QUEUED:
        update["progress"] = _progress(walk.phase, report, situation.status.progress)
    if walk.phase is Phase.SUCCEEDED and report is not None:
        update |= {"audio": report.audio, "quality": report.quality}
    if report is not None:
        found = {"model": report.model, "reference": report.reference}
        update |= {name: value for name, value in found.items() if value is not None}
    if walk.phase.is_final:
        update["completion_time"] = _completion(situation)
    return situation.status.model_copy(update=update)


def _progress(phase: Phase, report: WorkerReport | None, known: Progress | None) -> Progress | None:
    """The worker's progress; while it is suspended or has ended there is nothing to estimate."""
    progress = report.progress if report is not None else known
    if progress is None or phase in machine.ACTIVE:
        return progress
    return progress.model_copy(update={"eta": "", "eta_seconds": None})


def _completion(situation: Situation) -> datetime:
    newest = situation.status.attempts[-1] if situation.status.attempts else None
    ended = newest.finished_at if newest is not None and newest.outcome == "Succeeded" else None
    # A node's clock may be an hour off, and from this time on things are deleted.
    return max(ended, situation.now - _A_WHILE) if ended is not None else situation.now


def _performance(
    phase: Phase, situation: Situation, report: WorkerReport | None
) -> Performance | None:
    """The worker's own times and, around them, those that the operator measures."""
    known = situation.status.performance or Performance()
    if report is not None:
        known = known.model_copy(update=report.performance.model_dump(exclude_none=True))
    update: dict[str, object] = {}
    created = situation.seen.voicejob.metadata.creation_timestamp
    pod = situation.pod or _newest(situation.seen.pods)
    if created is not None and pod is not None and pod.scheduled_at and known.queue_seconds is None:
        update["queue_seconds"] = _seconds(created, pod.scheduled_at)
    if pod is not None and pod.scheduled_at and pod.started_at:
        update["start_seconds"] = _seconds(pod.scheduled_at, pod.started_at)
    if phase.is_final and created is not None:
        update["total_seconds"] = _seconds(created, _completion(situation))
    known = known.model_copy(update=update)
    return known if known.model_dump(exclude_none=True) else None


def _newest(pods: tuple[PodView, ...]) -> PodView | None:
    return pods[-1] if pods else None


def _seconds(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0)


# -- events ----------------------------------------------------------------------------------------


def _announcements(walk: _Walk) -> tuple[Announcement, ...]:
    """An event for each step that has one; of a start only while the worker still runs."""
    told = [step for step in walk.steps if step.transition.event]
    started = [step for step in told if step.transition.target is Phase.RUNNING]
    over = started if walk.phase is not Phase.RUNNING else started[:-1]
    return tuple(_announcement(step, walk) for step in told if step not in over)


def _announcement(step: machine.Step, walk: _Walk) -> Announcement:
    transition = step.transition
    return Announcement(
        transition.event, step.cause.message, transition.warning, _key(step, walk.situation)
    )


def _key(step: machine.Step, situation: Situation) -> str:
    """What makes the event one of a kind: its pod, or how many attempts and edits there were."""
    generation = situation.seen.voicejob.metadata.generation
    return step.pod or f"generation-{generation}-attempts-{situation.status.attempts_total}"


def _missing(walk: _Walk) -> tuple[Announcement, ...]:
    """A Warning at once, not after startSeconds, if the user's ConfigMap or Secret is missing."""
    missing = walk.situation.what_is_missing() if walk.phase is Phase.STARTING else None
    pod = walk.situation.pod
    if missing is None or pod is None:
        return ()
    return (Announcement(missing.reason, missing.message, True, pod.name),)


# -- when next -------------------------------------------------------------------------------------


def _next_look(phase: Phase, situation: Situation) -> datetime | None:
    times = [*_deadlines(phase, situation), *_patiences(situation)]
    if phase.is_final:
        times += _clean_up_times(situation)
    return min((time for time in times if time is not None and time > situation.now), default=None)


def _deadlines(phase: Phase, situation: Situation) -> list[datetime | None]:
    times: list[datetime | None] = []
    if phase is Phase.QUEUED:
        times += [situation.queue_deadline(), situation.next_job_at]
    if phase in (Phase.QUEUED, Phase.STARTING):
        times.append(situation.start_deadline())
    if phase in machine.ACTIVE:
        times.append(situation.active_deadline())
    moved = situation.seen.unreachable_since or situation.seen.progressed_at
    if phase is Phase.RUNNING and moved is not None:
        times.append(moved + timedelta(seconds=situation.seen.settings.stall_seconds))
    return times


def _patiences(situation: Situation) -> list[datetime | None]:
    """When a pod becomes one that a sidecar keeps, or whose node is lost."""
    pods = situation.seen.pods
    kept = [pod.finished_at + SIDECAR_PATIENCE for pod in pods if _is_kept(pod) and pod.finished_at]
    lost = [
        pod.deletion_time + NODE_PATIENCE for pod in pods if pod.is_running and pod.deletion_time
    ]
    return [*kept, *lost]


def _is_kept(pod: PodView) -> bool:
    return bool(pod.kept_alive_by) and not pod.deleting


def _clean_up_times(situation: Situation) -> list[datetime | None]:
    ended = situation.status.completion_time
    if ended is None:
        return []
    times = [duties.expires_at(situation)]
    if situation.seen.jobs:
        ttl = timedelta(seconds=situation.seen.settings.job_ttl_seconds)
        times += [ended + duties.CLEAN_UP_AFTER, ended + max(ttl, duties.CLEAN_UP_AFTER)]
    return times
