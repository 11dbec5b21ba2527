"""The decision: from an observation to the status that is true now and the effects it asks for.

``decide`` is pure. It follows the table of ``machine`` as far as it goes, then derives all else
from the phase that it ended in, so that a step lost, repeated or interrupted changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from voicejob_api.report import WorkerReport
from voicejob_api.status import Performance, Phase, Progress, VoiceJobStatus
from voicejob_operator.voicejobs import attempts, machine
from voicejob_operator.voicejobs.conditions import conditions_of
from voicejob_operator.voicejobs.effects import (
    Announcement,
    DeleteCheckpoint,
    DeleteJob,
    DeleteVoiceJob,
    Effect,
    EnsureJob,
    EnsureSecret,
    SuspendJob,
)
from voicejob_operator.voicejobs.observed import Observation, PodView
from voicejob_operator.voicejobs.situation import POD_LOST, Cause, Situation

_STEPS_PER_POD = 2 * len(Phase)
"""One pod takes a VoiceJob through fewer transitions; more are a cycle in the table."""

_LEAST_BACK_OFF = timedelta(seconds=10)
"""How long the Job controller waits for the first pod that replaces another."""


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
    at: Situation


def decide(seen: Observation) -> Decision:
    """Decide on one VoiceJob.

    Raises:
        RuntimeError: The table of transitions has a cycle; a fault of this program.
    """
    before = seen.voicejob.status
    if before.phase.is_final:
        return Decision(before, _clean_up(before, seen), (), _expiry(before, seen))
    walk = _walk(seen)
    cause = _cause(walk)
    status = _status(walk, cause)
    return Decision(
        status=status,
        effects=_effects(walk.phase, walk.at, status),
        announcements=tuple(
            _announcement(step, seen) for step in walk.steps if step.transition.event
        ),
        look_again_at=_next_deadline(walk.phase, walk.at, status),
    )


def _walk(seen: Observation) -> _Walk:
    status = seen.voicejob.status
    seen = replace(seen, pods=attempts.without_forgotten(seen.pods, status))
    at = Situation(seen, status, attempts.settled_pods(status.attempts))
    phase = status.phase
    at = _at_rest(phase, _with_attempts(at))
    steps: list[machine.Step] = []
    while (step := machine.next_step(phase, at)) is not None:
        if len(steps) >= _STEPS_PER_POD * (1 + len(seen.pods)):
            raise RuntimeError(f"the transitions of {phase} have a cycle: {steps[-2:]}")
        steps.append(step)
        at = _after(step, at)
        phase = step.transition.target
    listed = at.status.attempts[-attempts.KEPT :]
    at = replace(at, status=at.status.model_copy(update={"attempts": listed}))
    return _Walk(phase, tuple(steps), at)


def _with_attempts(at: Situation) -> Situation:
    entries, total = attempts.record(at, at.settled)
    status = at.status.model_copy(update={"attempts": entries, "attempts_total": total})
    return replace(at, status=status)


def _after(step: machine.Step, at: Situation) -> Situation:
    """The situation once a step is taken: what it starts, settles and uses up."""
    update: dict[str, object] = {}
    if step.transition.target is Phase.RUNNING and at.status.start_time is None and at.pod:
        update["start_time"] = at.pod.started_at
    if step.transition.target is Phase.SUSPENDED:
        update["start_time"] = None
    pod = at.pod
    settles = step.transition.settles and pod is not None and not at.ended_well
    if settles and pod is not None and step.transition.target is Phase.QUEUED and pod.uses_a_retry:
        update["retries_used"] = at.status.retries_used + 1
    at = replace(at, status=at.status.model_copy(update=update))
    if settles and pod is not None:
        at = _with_attempts(replace(at, settled=at.settled | {pod.name}))
    return _at_rest(step.transition.target, at)


def _at_rest(phase: Phase, at: Situation) -> Situation:
    """Where no attempt is to go on, every bad end is dealt with: none is retried."""
    if phase is not Phase.SUSPENDED and not phase.is_final:
        return at
    ended = {pod.name for pod in at.seen.pods if pod.ended and pod.exit_code != 0}
    return _with_attempts(replace(at, settled=at.settled | ended))


def _cause(walk: _Walk) -> Cause:
    """Why the phase is what it is: what it waits for, or the step that led there."""
    if walk.phase is Phase.QUEUED:
        waiting = walk.at.why_waiting()
        retried = walk.steps[-1].cause if walk.steps else _earlier_cause(walk.at.status)
        stays = waiting.reason == "WaitingForPod" and retried.reason in ("Retrying", POD_LOST)
        return retried if stays else waiting
    if walk.phase is Phase.STARTING:
        return walk.at.why_starting()
    if walk.phase is Phase.RUNNING:
        return Cause("WorkerStarted", "The worker runs")
    return walk.steps[-1].cause if walk.steps else _earlier_cause(walk.at.status)


def _earlier_cause(status: VoiceJobStatus) -> Cause:
    for condition in status.conditions:
        if condition.reason == status.reason:
            return Cause(condition.reason, condition.message)
    return Cause(status.reason, "")


def _status(walk: _Walk, cause: Cause) -> VoiceJobStatus:
    at, seen = walk.at, walk.at.seen
    report = at.report
    update: dict[str, object] = {
        "phase": walk.phase,
        "observed_generation": seen.voicejob.metadata.generation,
        "conditions": conditions_of(walk.phase, cause, at),
        "reason": cause.reason,
        "job_name": seen.job.name if seen.job else at.status.job_name,
        "performance": _performance(walk.phase, at, report),
    }
    if report is not None and walk.phase is not Phase.QUEUED:
        update["progress"] = _progress(walk.phase, report)
    if walk.phase is Phase.SUCCEEDED and report is not None:
        update |= {"audio": report.audio, "quality": report.quality}
    if report is not None:
        found = {"model": report.model, "reference": report.reference}
        update |= {name: value for name, value in found.items() if value is not None}
    if walk.phase.is_final:
        update["completion_time"] = _completion(at)
    return at.status.model_copy(update=update)


def _progress(phase: Phase, report: WorkerReport) -> Progress:
    """The worker's progress; at an end there is nothing left to estimate."""
    if not phase.is_final:
        return report.progress
    return report.progress.model_copy(update={"eta": "", "eta_seconds": None})


def _completion(at: Situation) -> datetime:
    newest = at.status.attempts[-1] if at.status.attempts else None
    ended = newest.finished_at if newest is not None and newest.outcome == "Succeeded" else None
    return ended or at.now


def _performance(phase: Phase, at: Situation, report: WorkerReport | None) -> Performance | None:
    """The worker's own times and, around them, those that the operator measures."""
    known = at.status.performance or Performance()
    if report is not None:
        known = known.model_copy(update=report.performance.model_dump(exclude_none=True))
    update: dict[str, object] = {}
    created = at.seen.voicejob.metadata.creation_timestamp
    pod = at.pod or _newest(at.seen.pods)
    if created is not None and pod is not None and pod.scheduled_at and known.queue_seconds is None:
        update["queue_seconds"] = _seconds(created, pod.scheduled_at)
    if pod is not None and pod.scheduled_at and pod.started_at:
        update["start_seconds"] = _seconds(pod.scheduled_at, pod.started_at)
    if phase.is_final and created is not None:
        update["total_seconds"] = _seconds(created, _completion(at))
    known = known.model_copy(update=update)
    return known if known.model_dump(exclude_none=True) else None


def _newest(pods: tuple[PodView, ...]) -> PodView | None:
    return pods[-1] if pods else None


def _seconds(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0)


def _announcement(step: machine.Step, seen: Observation) -> Announcement:
    transition = step.transition
    key = step.pod or f"generation-{seen.voicejob.metadata.generation}"
    return Announcement(transition.event, step.cause.message, transition.warning, key)


def _effects(phase: Phase, at: Situation, status: VoiceJobStatus) -> tuple[Effect, ...]:
    job = at.seen.job
    if phase.is_final:
        return (DeleteCheckpoint(), *_clean_up(status, at.seen))
    if phase is Phase.SUSPENDED:
        return (SuspendJob(True),) if job is not None and not job.suspended else ()
    effects: list[Effect] = []
    if not at.seen.grants_fresh:
        effects.append(EnsureSecret())
    if job is None:
        effects.append(EnsureJob())
    elif job.suspended:
        effects.append(SuspendJob(False))
    elif at.pod is None and not job.deleting and (job.finished or _backs_off_in_vain(at)):
        effects.append(DeleteJob())
    return tuple(effects)


def _backs_off_in_vain(at: Situation) -> bool:
    """Whether the Job controller waits after an end that was none of the worker's doing.

    A Job that is made anew has a pod at once: the back-off is forgotten with the Job. Late in the
    back-off, or where it is unknown, the next pod may be on its way.
    """
    job, newest = at.seen.job, _newest(at.seen.pods)
    if job is None or job.giving_up or newest is None or newest.job != job.uid:
        return False
    if newest.finished_at is None:
        return False
    fresh = at.now - newest.finished_at < _LEAST_BACK_OFF / 2
    return newest.ended and newest.deleting and newest.has_started and fresh


def _clean_up(status: VoiceJobStatus, seen: Observation) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    job = seen.job
    unfinished = job is not None and not job.finished and not job.deleting
    if unfinished and status.phase is Phase.FAILED and not _job_will_finish(seen):
        effects.append(DeleteJob())
    expiry = _expiry(status, seen)
    if expiry is not None and seen.now >= expiry:
        effects.append(DeleteVoiceJob())
    return tuple(effects)


def _job_will_finish(seen: Observation) -> bool:
    """Whether the Job's own rules end it: its newest pod has ended."""
    newest = _newest(seen.pods)
    return newest is not None and newest.ended


def _expiry(status: VoiceJobStatus, seen: Observation) -> datetime | None:
    ttl = seen.voicejob.spec.ttl_seconds_after_finished
    if ttl is None or status.completion_time is None:
        return None
    return status.completion_time + timedelta(seconds=ttl)


def _next_deadline(phase: Phase, at: Situation, status: VoiceJobStatus) -> datetime | None:
    if phase.is_final:
        return _expiry(status, at.seen)
    after = replace(at, status=status)
    deadlines = {
        Phase.QUEUED: (after.queue_deadline(), after.start_deadline()),
        Phase.STARTING: (after.start_deadline(),),
    }.get(phase, ())
    active = (after.active_deadline(),) if phase in machine.ACTIVE else ()
    return min((time for time in (*deadlines, *active) if time is not None), default=None)
