"""The conditions of a VoiceJob, from its phase and the cause of it."""

from datetime import datetime
from typing import Literal

from voicejob_api.status import Condition, ConditionType, Phase
from voicejob_operator.voicejobs.situation import Cause, Situation

Truth = Literal["True", "False"]
Finding = tuple[ConditionType, Truth, Cause]

_NOT_YET = Cause("NotFinished", "The VoiceJob has not finished")


def conditions_of(phase: Phase, cause: Cause, at: Situation) -> list[Condition]:
    """All conditions; one whose truth did not change keeps its transition time."""
    earlier = {condition.type: condition for condition in at.status.conditions}
    generation = at.seen.voicejob.metadata.generation
    return [
        _condition(finding, earlier.get(finding[0]), generation, at.now)
        for finding in _findings(phase, cause, at)
    ]


def _findings(phase: Phase, cause: Cause, at: Situation) -> list[Finding]:
    refused = at.seen.refusal
    accepted: Finding = (
        (ConditionType.ACCEPTED, "False", refused)
        if refused
        else (ConditionType.ACCEPTED, "True", Cause("Valid", "The VoiceJob can be run"))
    )
    return [
        accepted,
        _queued(phase, cause),
        _started(phase, cause, at),
        _stalled(phase, at),
        _final(ConditionType.COMPLETE, Phase.SUCCEEDED, phase, cause),
        _final(ConditionType.FAILED, Phase.FAILED, phase, cause),
    ]


def _queued(phase: Phase, cause: Cause) -> Finding:
    if phase is Phase.QUEUED:
        return (ConditionType.QUEUED, "True", cause)
    if phase in (Phase.PENDING, Phase.SUSPENDED):
        return (ConditionType.QUEUED, "False", Cause(phase.value, "The VoiceJob is not queued"))
    return (ConditionType.QUEUED, "False", Cause("LeftQueue", "The VoiceJob left the queue"))


def _started(phase: Phase, cause: Cause, at: Situation) -> Finding:
    running = phase is Phase.RUNNING or phase is Phase.SUCCEEDED
    if running or (phase is Phase.FAILED and at.status.start_time is not None):
        return (ConditionType.STARTED, "True", Cause("WorkerStarted", "A worker has started"))
    if phase is Phase.FAILED and at.seen.refusal is None:
        return (ConditionType.STARTED, "False", at.why_not_started())
    return (ConditionType.STARTED, "False", cause)


def _stalled(phase: Phase, at: Situation) -> Finding:
    since = at.seen.progressed_at
    if phase is Phase.RUNNING and since is not None:
        silent = (at.now - since).total_seconds()
        if silent >= at.seen.settings.stall_seconds:
            message = f"No progress since {since:%Y-%m-%dT%H:%M:%SZ}"
            return (ConditionType.STALLED, "True", Cause("NoProgress", message))
    return (ConditionType.STALLED, "False", Cause("Moving", "The work is not stalled"))


def _final(kind: ConditionType, wanted: Phase, phase: Phase, cause: Cause) -> Finding:
    return (kind, "True", cause) if phase is wanted else (kind, "False", _NOT_YET)


def _condition(
    finding: Finding, earlier: Condition | None, generation: int, now: datetime
) -> Condition:
    kind, truth, cause = finding
    kept = earlier is not None and earlier.status == truth
    return Condition(
        type=kind,
        status=truth,
        reason=cause.reason or "Unknown",
        message=cause.message,
        last_transition_time=earlier.last_transition_time if kept and earlier else now,
        observed_generation=generation,
    )
