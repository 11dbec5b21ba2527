"""A line of the log for each step of a VoiceJob: a new phase, an attempt that begins or ends."""

from collections.abc import Mapping

import structlog

from voicejob_api.status import VoiceJobStatus
from voicejob_operator.voicejobs.memory import Memory

log = structlog.get_logger()

Step = tuple[str | int, ...]


def log_steps(before: VoiceJobStatus, status: VoiceJobStatus, memory: Memory) -> None:
    """Log what is new in a status that was stored; what a worker logs has the same Job and pod."""
    known = memory.logged or _steps(before)
    memory.logged = frozenset(_steps(status))
    job = status.jobs[-1].name if status.jobs else ""
    if memory.logged - known:
        _log_attempts(status, job, known)
    if _phase(status) not in known:
        told = {"job": job, "attempt": len(status.attempts), "reason": status.reason}
        log.info("phase", phase=status.phase.value, **_known(told))


def _log_attempts(status: VoiceJobStatus, job: str, known: frozenset[Step]) -> None:
    device = status.model.device if status.model is not None else None
    for attempt, step in zip(status.attempts, _attempts(status), strict=True):
        if step in known:
            continue
        told = {
            "pod": attempt.pod,
            "node": attempt.node,
            "job": job,
            "device": device if attempt is status.attempts[-1] else None,
            "exit_code": attempt.exit_code,
            "reason": attempt.reason,
        }
        log.info("attempt", attempt=attempt.number, outcome=attempt.outcome, **_known(told))


def _steps(status: VoiceJobStatus) -> frozenset[Step]:
    return frozenset((_phase(status), *_attempts(status)))


def _phase(status: VoiceJobStatus) -> Step:
    return ("phase", status.phase.value, status.reason)


def _attempts(status: VoiceJobStatus) -> list[Step]:
    return [("attempt", each.number, each.outcome or "") for each in status.attempts]


def _known(told: Mapping[str, object]) -> dict[str, object]:
    return {name: fact for name, fact in told.items() if fact not in (None, "")}
