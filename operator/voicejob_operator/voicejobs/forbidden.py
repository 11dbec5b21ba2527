"""What a quota, a policy or a webhook forbids for now: told first, then tried ever less often."""

import time
from typing import Final

import structlog

from voicejob_api.status import Phase
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.runtime.backoff import backoff
from voicejob_operator.voicejobs.effects import (
    DeleteJob,
    Effect,
    EnsureCapability,
    EnsureClaimTemplate,
    EnsureGrants,
    EnsureJob,
    EnsureJobFile,
    LookAtTextSecret,
    SuspendJob,
)
from voicejob_operator.voicejobs.memory import Memory, Refusals

_FIRST_REFUSAL_SECONDS: Final = 4.0
_MAX_REFUSAL_SECONDS: Final = 48.0
"""What is forbidden is tried again after twice as long each time, whatever else asks for a look;
never later than the looks that the queue itself puts off."""
_MAY_BE_FORBIDDEN: Final = (
    EnsureJobFile,
    EnsureClaimTemplate,
    EnsureJob,
    EnsureGrants,
    SuspendJob,
    DeleteJob,
    LookAtTextSecret,
)

log = structlog.get_logger()


def note_refusal(effect: Effect, memory: Memory) -> bool:
    """Note when an effect that was forbidden just now may be tried again; False if it was not."""
    kind = type(effect).__name__
    if memory.answers.hindered != kind:
        memory.refusals.pop(kind, None)
        return False
    times = memory.refusals.get(kind, Refusals()).times + 1
    wait = backoff(_FIRST_REFUSAL_SECONDS, times, _MAX_REFUSAL_SECONDS)
    memory.refusals[kind] = Refusals(times, time.monotonic() + wait)
    return True


def has_to_wait(effect: Effect, memory: Memory) -> bool:
    """Whether what is forbidden is to be told first, or was tried a moment ago."""
    if isinstance(effect, EnsureCapability):
        return time.monotonic() < memory.capability.again_at
    if not isinstance(effect, _MAY_BE_FORBIDDEN):
        return False
    # A Job is not made without its job file, nor without the template of its claim.
    makes_job = isinstance(effect, EnsureJob)
    needed = (EnsureJobFile, EnsureClaimTemplate, EnsureJob) if makes_job else (type(effect),)
    tried = [memory.refusals.get(kind.__name__, Refusals()) for kind in needed]
    soonest = max(each.try_again_at for each in tried)
    return not memory.told_hindrance or time.monotonic() < soonest


def log_hindrance(voicejob: VoiceJob, memory: Memory) -> None:
    """Log what is forbidden where no condition tells it: one that runs does not wait for it.

    At the first time, the second, the fourth and so on.
    """
    hindrance, effect = memory.answers.hindrance, memory.answers.hindered
    times = memory.refusals.get(effect, Refusals()).times
    is_told = voicejob.status.phase in (Phase.PENDING, Phase.QUEUED, Phase.STARTING)
    if hindrance is None or is_told or times & (times - 1):
        return
    log.warning(
        "forbidden while a worker runs",
        effect=effect,
        error=hindrance.message,
    )
