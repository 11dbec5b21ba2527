"""Whether a namespace has room in the operator's store for what another worker would write."""

from typing import Final

from voicejob_api.durations import human_duration
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.situation import Situation

STORE_QUOTA_EXCEEDED: Final = "StoreQuotaExceeded"
_UNITS: Final = ("Ki", "Mi", "Gi", "Ti")


def why_no_room(situation: Situation) -> Cause | None:
    """Why no first worker is started for it; None if one may be, is on its way, or has been there.

    Before its namespace was counted for the first time nobody is held back but who was already: a
    new process lets nothing through that the last one has not.
    """
    seen = situation.seen
    namespace, quota = seen.voicejob.metadata.namespace, seen.settings.store.quota
    limit = quota.limit_of(namespace)
    if limit is None or situation.spec.output is not None:
        return None
    status = situation.status
    had_a_job = any(record.uid for record in status.jobs) or status.attempts_total
    if situation.job is not None or situation.pod is not None or had_a_job:
        return None
    used = seen.store_used
    if used.size_bytes >= limit:
        told = _message(namespace, used.size_bytes, quota.quantity_of(namespace), seen.settings)
        return Cause(STORE_QUOTA_EXCEEDED, told)
    return None if used.is_whole else _told_so_far(situation)


def was_told(situation: Situation) -> bool:
    """Whether the status that is stored says so already."""
    return _told_so_far(situation) is not None


def _told_so_far(situation: Situation) -> Cause | None:
    before = situation.told_of_queue
    return before if before is not None and before.reason == STORE_QUOTA_EXCEEDED else None


def _message(namespace: str, used: int, quota: str, settings: OperatorSettings) -> str:
    retention = settings.store.retention
    removes = retention.audio_seconds > 0 and not retention.dry_run
    free = (
        "To make room delete VoiceJobs whose audio is not needed any more (kubectl delete "
        f"voicejob NAME): it goes {human_duration(retention.audio_seconds)} after them. Or"
        if removes
        else "This platform keeps audio after its VoiceJob (store.retention removes none), so "
        "deleting VoiceJobs makes no room: ask whoever runs it to remove some or to raise the "
        "quota. Or"
    )
    pass_time = human_duration(settings.sweep_seconds)
    return (
        f"Namespace {namespace} has {human_bytes(used)} in the operator's store, and store.quota "
        f"is {quota}: no further worker is started that would write there. {free} make this one "
        "anew with a spec.output of your own, which no quota holds. It starts by itself once there "
        f"is room, which is looked for every {pass_time}"
    )


def human_bytes(size: int) -> str:
    """Write a size as a quantity with one decimal, such as ``51.2Gi``; below 1Ki without a unit."""
    value, unit = float(size), ""
    for larger in _UNITS:
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.1f}{unit}" if unit else str(size)
