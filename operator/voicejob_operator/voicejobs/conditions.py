"""The conditions of a VoiceJob, from its phase and the cause of it."""

from datetime import datetime
from typing import Final, Literal

from voicejob_api.status import Condition, ConditionType, Phase
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.situation import Situation
from voicejob_operator.voicejobs.waiting import why_not_started

Truth = Literal["True", "False", "Unknown"]
Finding = tuple[ConditionType, Truth, Cause]

_MESSAGE_LIMIT: Final = 4096
_CAN_BE_RUN: Final = "The VoiceJob can be run"
_NOT_YET = Cause("NotFinished", "The VoiceJob has not finished")


def conditions_of(phase: Phase, cause: Cause, situation: Situation) -> list[Condition]:
    """All conditions; one whose truth did not change keeps its transition time."""
    earlier = {condition.type: condition for condition in situation.status.conditions}
    generation = situation.seen.voicejob.metadata.generation
    return [
        condition_of(finding, earlier.get(finding[0]), generation, situation.now)
        for finding in _findings(phase, cause, situation)
    ]


def condition_of(
    finding: Finding, earlier: Condition | None, generation: int, now: datetime
) -> Condition:
    """Make a condition; if its truth is the earlier one's, it keeps the time of transition."""
    kind, truth, cause = finding
    kept = earlier is not None and earlier.status == truth
    return Condition(
        type=kind,
        status=truth,
        reason=cause.reason or "Unknown",
        message=_shortened(cause.message),
        last_transition_time=earlier.last_transition_time if kept and earlier else now,
        observed_generation=generation,
    )


def _shortened(message: str) -> str:
    """The words of others may be long; the API server takes 32,768 characters in all."""
    return message if len(message) <= _MESSAGE_LIMIT else message[: _MESSAGE_LIMIT - 2] + " …"


def _findings(phase: Phase, cause: Cause, situation: Situation) -> list[Finding]:
    return [
        _accepted(situation),
        _queued(phase, cause),
        _started(phase, cause, situation),
        _stalled(phase, situation),
        _final(ConditionType.COMPLETE, Phase.SUCCEEDED, phase, cause),
        _final(ConditionType.FAILED, Phase.FAILED, phase, cause),
    ]


def _accepted(situation: Situation) -> Finding:
    refused = situation.seen.not_allowed or situation.seen.answers.refusal
    if refused is not None and situation.status.start_time is None:
        return (ConditionType.ACCEPTED, "False", refused)
    told = f"{_CAN_BE_RUN}{_how(situation)}"
    return (ConditionType.ACCEPTED, "True", Cause("Valid", told))


def _how(situation: Situation) -> str:
    """How it gets its GPU, and whether earlier ones have needed more than it asks for."""
    record = situation.record
    if record is None or record.gpu is None:
        return ""
    asked, observed = record.gpu, situation.seen.observed_mib
    memory = "" if asked.memory_mib is None else f" with {asked.memory_mib} MiB"
    if memory and asked.memory_from == "Observed":
        memory += " (what earlier VoiceJobs of its kind have needed)"
    why = f": {asked.message}" if asked.message else ""
    told = f"; its GPU comes by {asked.allocation} {asked.resource}{memory}{why}"
    said = _said_before(situation, told)
    if said:
        return said
    if observed is not None and asked.memory_mib is not None and asked.memory_mib < observed:
        told += (
            f". Earlier VoiceJobs of its kind have needed up to {observed} MiB: it may run out of "
            "memory"
        )
    return told


def _said_before(situation: Situation, told: str) -> str:
    """What the condition says of the same Job already: what others need meanwhile is no news."""
    accepted = (each for each in situation.status.conditions if each.type == ConditionType.ACCEPTED)
    before = next((each.message for each in accepted if each.status == "True"), "")
    return before.removeprefix(_CAN_BE_RUN) if before.startswith(f"{_CAN_BE_RUN}{told}") else ""


def _queued(phase: Phase, cause: Cause) -> Finding:
    if phase is Phase.QUEUED:
        return (ConditionType.QUEUED, "True", cause)
    if phase in (Phase.PENDING, Phase.SUSPENDED):
        return (ConditionType.QUEUED, "False", Cause(phase.value, "The VoiceJob is not queued"))
    return (ConditionType.QUEUED, "False", Cause("LeftQueue", "The VoiceJob left the queue"))


def _started(phase: Phase, cause: Cause, situation: Situation) -> Finding:
    running = phase is Phase.RUNNING or phase is Phase.SUCCEEDED
    if running or (phase is Phase.FAILED and situation.status.start_time is not None):
        return (ConditionType.STARTED, "True", Cause("WorkerStarted", "A worker has started"))
    was_accepted = _accepted(situation)[1] == "True"
    if phase is Phase.FAILED and was_accepted:
        return (ConditionType.STARTED, "False", why_not_started(situation))
    return (ConditionType.STARTED, "False", cause)


def _stalled(phase: Phase, situation: Situation) -> Finding:
    """A worker that nobody reaches may work well: whether it is stalled is not known then."""
    seen, patience = situation.seen, situation.seen.settings.stall_seconds
    unreachable = seen.unreachable_since is not None
    since = seen.unreachable_since or seen.progressed_at
    if phase is Phase.RUNNING and since is not None:
        told = f"{since:%Y-%m-%dT%H:%M:%SZ}"
        if (situation.now - since).total_seconds() >= patience and unreachable:
            message = f"The worker's progress is unknown: its pod has not answered since {told}"
            return (ConditionType.STALLED, "Unknown", Cause("WorkerUnreachable", message))
        if (situation.now - since).total_seconds() >= patience:
            cause = Cause("NoProgress", f"No progress since {told}")
            return (ConditionType.STALLED, "True", cause)
    return (ConditionType.STALLED, "False", Cause("Moving", "The work is not stalled"))


def _final(kind: ConditionType, wanted: Phase, phase: Phase, cause: Cause) -> Finding:
    return (kind, "True", cause) if phase is wanted else (kind, "False", _NOT_YET)
