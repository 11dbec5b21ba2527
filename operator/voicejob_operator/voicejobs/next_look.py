"""When time alone may change a decision: the next deadline, patience or clean-up."""

from datetime import datetime, timedelta

from voicejob_api.status import Phase
from voicejob_operator.voicejobs import duties, machine
from voicejob_operator.voicejobs.ends import NODE_PATIENCE
from voicejob_operator.voicejobs.observed import PodView
from voicejob_operator.voicejobs.situation import SIDECAR_PATIENCE, Situation


def next_look(phase: Phase, situation: Situation) -> datetime | None:
    """Return the first time from now on at which another decision may be made; None for never."""
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
    pods, since = situation.seen.pods, situation.seen.overdue_since
    return [since[pod.uid] + _patience_with(pod) for pod in pods if pod.uid in since]


def _patience_with(pod: PodView) -> timedelta:
    return SIDECAR_PATIENCE if pod.ended else pod.deletion_grace + NODE_PATIENCE


def _clean_up_times(situation: Situation) -> list[datetime | None]:
    ended = situation.status.completion_time
    if ended is None:
        return []
    times = [duties.expires_at(situation)]
    if situation.seen.jobs:
        ttl = timedelta(seconds=situation.seen.settings.job_ttl_seconds)
        times += [ended + duties.CLEAN_UP_AFTER, ended + max(ttl, duties.CLEAN_UP_AFTER)]
    return times
