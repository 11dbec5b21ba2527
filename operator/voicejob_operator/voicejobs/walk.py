"""The way through the table of transitions, and what each step changes.

``walk`` follows ``machine.TRANSITIONS`` from the phase in the status as far as they go, so that an
operator that was away takes every step that it missed, in their order.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from voicejob_api.status import Attempt, JobRecord, Phase
from voicejob_operator.manifests.names import job_name
from voicejob_operator.voicejobs import attempts, guards, machine
from voicejob_operator.voicejobs.asking import FALLBACK_TO_CPU, is_too_small, next_ask
from voicejob_operator.voicejobs.observed import Cause, Observation, PodView
from voicejob_operator.voicejobs.requirements import jobs_with_requirements
from voicejob_operator.voicejobs.situation import (
    POD_LOST,
    Situation,
)

KEPT_JOBS = 5
"""Newest Jobs that the status lists."""
_MIN_DELAY_SECONDS = 10
_MAX_DELAY_SECONDS = 360
"""The Job controller's own first and last back-off between pods."""
A_WHILE = timedelta(seconds=60)
_STEPS_PER_POD = 2 * len(Phase)
"""One pod takes a VoiceJob through fewer transitions; more are a cycle in the table."""


@dataclass(frozen=True)
class Walk:
    """The way through the table."""

    phase: Phase
    steps: tuple[machine.Step, ...]
    situation: Situation


def walk(seen: Observation) -> Walk:
    """Follow the table from the phase in the status.

    Raises:
        RuntimeError: The table has a cycle; a fault of this program.
    """
    status = seen.voicejob.status
    pods = attempts.without_superseded(seen.pods, status)
    seen = replace(seen, pods=attempts.without_forgotten(pods, status))
    situation = Situation(seen, status, attempts.settled_pods(status.attempts))
    phase = status.phase
    situation = _with_jobs_seen(situation)
    situation = updated(situation, jobs=jobs_with_requirements(situation))
    situation = _at_rest(phase, _with_attempts(situation))
    steps: list[machine.Step] = []
    while (step := machine.next_step(phase, situation)) is not None:
        if len(steps) >= _STEPS_PER_POD * (1 + len(seen.pods)):
            raise RuntimeError(f"the transitions of {phase} have a cycle: {steps[-2:]}")
        steps.append(step)
        situation = _after(step, situation)
        phase = step.transition.target
    listed = situation.status.attempts[-attempts.KEPT :]
    situation = updated(situation, attempts=listed)
    return Walk(phase, tuple(steps), situation)


def updated(situation: Situation, **changes: object) -> Situation:
    """Return the same situation with some of its status changed."""
    return replace(situation, status=situation.status.model_copy(update=changes))


def _with_jobs_seen(situation: Situation) -> Situation:
    """Note the uid of each Job that is there: one that was seen and is gone is lost, not new."""
    uids = {job.name: job.uid for job in situation.seen.jobs}
    jobs = [
        record.model_copy(update={"uid": uids[record.name]}) if record.name in uids else record
        for record in situation.status.jobs
    ]
    return updated(situation, jobs=jobs)


def _with_attempts(situation: Situation) -> Situation:
    entries, total = attempts.record(situation, situation.settled)
    return updated(situation, attempts=entries, attempts_total=total)


def _after(step: machine.Step, situation: Situation) -> Situation:
    """The situation once a step is taken: what it starts, settles, uses up and makes anew."""
    transition, pod, status = step.transition, situation.pod, situation.status
    update: dict[str, object] = {}
    if transition.target is Phase.RUNNING and status.start_time is None and pod:
        update["start_time"] = _start(pod, situation.now)
    if transition.target is Phase.SUSPENDED and status.start_time is not None:
        worked = int((situation.now - status.start_time).total_seconds())
        update["active_seconds"] = (status.active_seconds or 0) + max(worked, 0)
        update["start_time"] = None
    settles = transition.settles and pod is not None and not situation.ended_well
    if transition.target is Phase.QUEUED:
        update |= _queued(step, situation)
        counts = pod is not None and pod.uses_a_retry and not is_too_small(pod)
        if settles and counts:
            update["retries_used"] = status.retries_used + 1
    if transition.next_job or (transition.target is Phase.QUEUED and not status.jobs):
        update["jobs"] = _with_next_job(situation, step.cause)
        if situation.job is not None and situation.job.stopped_by_exit_code and not settles:
            update["retries_used"] = status.retries_used + 1
    situation = _without_those_that_waited(updated(situation, **update))
    if settles and pod is not None:
        situation = replace(situation, settled=situation.settled | {pod.name})
    return _at_rest(transition.target, _with_attempts(situation))


def _without_those_that_waited(situation: Situation) -> Situation:
    """Leave out what still waits in a Job whose place another has just taken."""
    seen, status = situation.seen, situation.status
    left = attempts.without_superseded(seen.pods, status)
    pods = tuple(pod for pod in seen.pods if pod.ended or pod in left)
    return replace(situation, seen=replace(seen, pods=pods))


def lately(told: datetime | None, now: datetime) -> datetime:
    """Return a time of a node's clock that can be counted from: within the last minute.

    A node's clock may be an hour off; from these times on things are deleted, or time runs out.
    """
    return now if told is None else min(max(told, now - A_WHILE), now)


def _start(pod: PodView, now: datetime) -> datetime | None:
    """When the worker began: by the node's clock, but not before the pod was placed, nor later."""
    if pod.started_at is None:
        return None
    return min(max(pod.started_at, pod.scheduled_at or pod.created_at), now)


def _queued(step: machine.Step, situation: Situation) -> dict[str, object]:
    """Since when it waits.

    Only a resumption, the end of a worker that ran, and the fall back to the CPU begin it anew.
    """
    pod, sources = situation.pod, step.transition.sources
    if Phase.PENDING in sources:
        return {"queue_time": situation.seen.voicejob.metadata.creation_timestamp or situation.now}
    if sources == (Phase.SUSPENDED,) or step.cause.reason == FALLBACK_TO_CPU:
        return {"queue_time": situation.now}
    ran = pod is not None and pod.has_started
    if ran and step.transition.settles:
        finished = pod.finished_at if pod else None
        return {"queue_time": lately(finished, situation.now)}
    lost = situation.status.attempts[-1:]
    if pod is None and lost and lost[0].reason == POD_LOST and lost[0].started_at is not None:
        return {"queue_time": lost[0].finished_at or situation.now}
    return {}


def _with_next_job(situation: Situation, cause: Cause) -> list[JobRecord]:
    jobs = situation.status.jobs
    number = jobs[-1].number + 1 if jobs else 1
    name = job_name(situation.seen.voicejob, number)
    seen = next((job.uid for job in situation.seen.jobs if job.name == name), "")
    asked = next_ask(situation, cause)
    record = JobRecord(
        number=number,
        name=name,
        uid=seen,
        decided_at=situation.now,
        delay_seconds=_delay(situation, cause) or None,
        reason=cause.reason,
        message=cause.message,
        gpu=asked.gpu,
        memory=asked.memory,
        on_cpu=asked.on_cpu,
    )
    return [*jobs, record][-KEPT_JOBS:]


def _delay(situation: Situation, cause: Cause) -> int:
    """Seconds until the next Job: the Job controller's back-off ends with the Job, so this is ours.

    None for the first that takes another's place, nor after an attempt that ran for a while: a
    node that refuses every pod, or somebody who deletes each, is met ever less often.
    """
    jobs, attempts_made = situation.status.jobs, situation.status.attempts
    newest = attempts_made[-1] if attempts_made else None
    if len(jobs) < 2 or _ran_for_a_while(newest) or cause.reason == guards.JOB_NOT_MADE:
        return 0
    return min(max(2 * (jobs[-1].delay_seconds or 0), _MIN_DELAY_SECONDS), _MAX_DELAY_SECONDS)


def _ran_for_a_while(attempt: Attempt | None) -> bool:
    if attempt is None or attempt.started_at is None or attempt.finished_at is None:
        return False
    return attempt.finished_at - attempt.started_at >= A_WHILE


def _at_rest(phase: Phase, situation: Situation) -> Situation:
    """If no attempt is to go on, every bad end is dealt with: none is retried."""
    if phase is not Phase.SUSPENDED and not phase.is_final:
        return situation
    ended = {pod.name for pod in situation.seen.pods if pod.ended and pod.exit_code != 0}
    return _with_attempts(replace(situation, settled=situation.settled | ended))
