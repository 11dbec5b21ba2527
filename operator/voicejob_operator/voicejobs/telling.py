"""What is told of a status once it is stored: in the metrics, and as events."""

import time
from typing import Final

import structlog

from voicejob_api.exit_codes import ALREADY_SPOKEN, ExitCode
from voicejob_api.status import ConditionType, Phase, VoiceJobStatus
from voicejob_api.voicejob import VoiceJob
from voicejob_operator import metrics
from voicejob_operator.runtime.client import ApiError
from voicejob_operator.runtime.work_queue import WorkQueue
from voicejob_operator.voicejobs import ended_attempts
from voicejob_operator.voicejobs.act import Actor
from voicejob_operator.voicejobs.decide import Decision
from voicejob_operator.voicejobs.memory import Memory
from voicejob_operator.voicejobs.observing import Key
from voicejob_operator.voicejobs.steps import log_steps

_TELLINGS: Final = 6
"""How often an event is tried that the API server does not take: a quota, a webhook's absence."""
_TELL_AGAIN_SECONDS: Final = 2.0

_OF_THE_USER: Final = (ExitCode.INVALID_INPUT, ExitCode.STORE_REFUSED)
"""Exit codes for the text, the recording, and the user's own output."""

log = structlog.get_logger()


def note_stored(
    voicejob: VoiceJob, decision: Decision, memory: Memory, learn: ended_attempts.Learn
) -> bool:
    """The decision's status is stored: count what has ended, once, log it, and note its events.

    ``voicejob`` has the status that was stored before. True if this one is the first that is final.
    """
    memory.sent = None
    log_steps(voicejob.status, decision.status, memory)
    ended_attempts.note(decision.ended, learn)
    add_to_tell(decision, memory)
    is_end = decision.status.phase.is_final and not memory.is_counted
    if is_end:
        memory.is_counted = True
        _count_end(decision.status, voicejob.metadata.namespace)
    return is_end


def add_to_tell(decision: Decision, memory: Memory) -> None:
    """Note the events that the decision asks for, each once, however often it is made."""
    memory.to_tell = tuple(dict.fromkeys((*memory.to_tell, *decision.announcements)))


class Teller:
    """Writes events, and holds up nothing with one that is not taken."""

    def __init__(self, actor: Actor, queue: WorkQueue[Key]) -> None:
        self._actor = actor
        self._queue = queue

    async def tell(self, key: Key, voicejob: VoiceJob, memory: Memory) -> None:
        """Write the events that are due; one that is refused six times is let be.

        Raises:
            ApiError: The API server asks for fewer requests (429), of whatever kind.
        """
        while memory.to_tell:
            early = memory.tell_after - time.monotonic()
            if early > 0.0:
                # A look that comes between, for whatever reason, takes the place of the one due.
                self._queue.add(key, early)
                return
            try:
                await self._actor.announce(memory.to_tell[0], voicejob)
            except ApiError as error:
                memory.times_not_told += 1
                if memory.times_not_told < _TELLINGS:
                    self._put_off(key, error, memory)
                    return
                log.warning("an event is not taken", key=key, error=str(error))
            memory.times_not_told = 0
            memory.to_tell = memory.to_tell[1:]

    def _put_off(self, key: Key, error: ApiError, memory: Memory) -> None:
        wait = _TELL_AGAIN_SECONDS * 2.0 ** (memory.times_not_told - 1)
        wait = max(wait, error.retry_after or 0.0)
        memory.tell_after = time.monotonic() + wait
        if error.is_throttled:
            raise error
        self._queue.add(key, wait)


def _count_end(status: VoiceJobStatus, namespace: str) -> None:
    metrics.FINISHED.labels(status.phase.value, status.reason).inc()
    metrics.OUTCOMES.labels(_outcome(status)).inc()
    if status.reason == ALREADY_SPOKEN:
        return  # the audio was made, and counted, once before
    if status.audio is not None:
        made = metrics.AUDIO_SECONDS.labels(metrics.NAMESPACES.label(namespace))
        made.inc(status.audio.duration_seconds)
    if status.performance is not None and status.performance.real_time_factor is not None:
        metrics.REAL_TIME_FACTOR.observe(status.performance.real_time_factor)


def _outcome(status: VoiceJobStatus) -> str:
    """What an end means to whoever runs the platform: theirs to mend are the failed ones alone."""
    if status.phase is Phase.SUCCEEDED:
        return "succeeded"
    last = status.attempts[-1].exit_code if status.attempts else None
    asked_wrongly = (
        last in _OF_THE_USER
        or status.reason.endswith("Refused")
        or any(
            each.type == ConditionType.ACCEPTED and each.status == "False"
            for each in status.conditions
        )
    )
    return "refused" if asked_wrongly else "failed"
