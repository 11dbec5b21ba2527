"""What the status tells once the way through the table is known."""

from datetime import datetime

from voicejob_api.cause import Told, message_of
from voicejob_api.report import WorkerReport
from voicejob_api.status import Performance, Phase, Progress, VoiceJobStatus
from voicejob_operator.voicejobs import machine
from voicejob_operator.voicejobs.conditions import conditions_of
from voicejob_operator.voicejobs.observed import Cause, PodView
from voicejob_operator.voicejobs.situation import Situation
from voicejob_operator.voicejobs.waiting import NO_POD_YET, why_starting, why_waiting, words_kept
from voicejob_operator.voicejobs.walk import Walk, lately


def cause_of(walk: Walk) -> Cause:
    """Why the phase is what it is: what it waits for, or the step that led there."""
    situation = walk.situation
    if walk.phase is Phase.QUEUED:
        return _why_queued(walk)
    if walk.phase is Phase.STARTING:
        return why_starting(situation)
    if walk.phase is Phase.RUNNING:
        return _why_running(situation)
    hindrance = situation.seen.answers.hindrance
    if hindrance is not None and not walk.phase.is_final:
        return hindrance
    return walk.steps[-1].cause if walk.steps else _earlier_cause(situation.status)


def _why_running(situation: Situation) -> Cause:
    if situation.end_is_unwitnessed:
        return Cause("JobLost", "Pod and Job are gone; the store is asked for the result")
    if not situation.last_word_is_unknown:
        return Cause("WorkerStarted", "The worker runs")
    result = situation.seen.answers.result
    if result is not None and result.trouble is not None:
        return result.trouble
    told = "The worker ended well and left no last word; the store is asked for it"
    return Cause("LastWordLost", told)


def _why_queued(walk: Walk) -> Cause:
    """The words of whoever holds it up. They stay after their event is gone, until it moves on."""
    waiting = why_waiting(walk.situation)
    if waiting is not None:
        return waiting
    told = [step.cause for step in walk.steps if step.transition.event]
    if told:
        return told[-1]
    return words_kept(walk.situation) or NO_POD_YET


def _earlier_cause(status: VoiceJobStatus) -> Cause:
    told = (Told(one.reason, one.status, one.message) for one in status.conditions)
    return Cause(status.reason, message_of(status.reason, told))


def status_of(walk: Walk, cause: Cause) -> VoiceJobStatus:
    """Make the status: what was known, and what the walk and the worker's report have brought."""
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
        found = {"model": report.model, "reference": report.reference, "items": report.items}
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
    return lately(ended, situation.now)


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
