"""What is done for a VoiceJob in which phase: the second table of the state machine.

A duty is level-based: its effects are asked for as long as its fact holds, so that one which was
lost, or undone by somebody, is carried out again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from voicejob_api.status import Phase
from voicejob_operator.manifests.gpu import has_own_claim
from voicejob_operator.settings import TTL_NEVER
from voicejob_operator.voicejobs.effects import (
    DeleteCheckpoint,
    DeleteJob,
    DeleteSecrets,
    DeleteVoiceJob,
    Effect,
    EnsureCapability,
    EnsureClaimTemplate,
    EnsureGrants,
    EnsureJob,
    EnsureJobFile,
    LookAtJob,
    LookAtTextSecret,
    ReadResult,
    SuspendJob,
)
from voicejob_operator.voicejobs.machine import ACTIVE
from voicejob_operator.voicejobs.observed import JobView
from voicejob_operator.voicejobs.situation import SIDECAR_PATIENCE, Situation
from voicejob_operator.voicejobs.store_room import why_no_room

Effects = tuple[Effect, ...]
NONE: Final[Effects] = ()
FINAL: Final = tuple(phase for phase in Phase if phase.is_final)
CLEAN_UP_AFTER: Final = timedelta(seconds=30)
"""Nobody waits for the clean-up, and a burst of ends is told before it is cleaned up after."""


@dataclass(frozen=True)
class Duty:
    """A row of the table: in any of ``phases``, ``effects`` are asked for while a fact holds."""

    phases: tuple[Phase, ...]
    when: str
    """The fact in words."""
    effects: tuple[type[Effect], ...]
    """What may be asked for, in order."""
    ask: Callable[[Situation], Effects]


def duties_in(phase: Phase, situation: Situation) -> Effects:
    """Everything that is to be done, each effect once, in the table's order."""
    asked = (effect for duty in DUTIES if phase in duty.phases for effect in duty.ask(situation))
    return tuple(dict.fromkeys(asked))


def _delete(jobs: tuple[JobView, ...]) -> Effects:
    return tuple(DeleteJob(job.name, job.uid) for job in jobs if not job.deleting)


def _earlier_jobs(situation: Situation) -> Effects:
    return _delete(situation.earlier_jobs)


def _secret_to_look_at(situation: Situation) -> Effects:
    name = situation.seen.secret_to_look_at
    return (LookAtTextSecret(name),) if name else NONE


def _next_job(situation: Situation) -> Effects:
    record, answers = situation.record, situation.seen.answers
    if record is None or situation.job is not None or situation.old_pod is not None:
        return NONE
    if why_no_room(situation) is not None:
        return NONE
    if record.uid or answers.job_made >= record.number or situation.job_is_gone:
        return NONE
    if situation.next_job_at is not None and situation.now < situation.next_job_at:
        return NONE
    left = max(situation.spec.retries - situation.status.retries_used, 0)
    before, made = _unseen_before(situation), EnsureJob(record.number, left)
    if record.gpu is None or not has_own_claim(record.gpu):
        return (*before, EnsureJobFile(), made)
    # Before the Job: a pod whose template comes later is looked at ever less often.
    return (*before, EnsureJobFile(), EnsureClaimTemplate(record.number), made)


def _unseen_before(situation: Situation) -> Effects:
    """The Job whose place the next one takes, if it is not seen: it may be there all the same.

    Somebody has taken its labels or its owner off, say: it would go on making pods beside it.
    """
    earlier = situation.status.jobs[-2:-1]
    seen = {job.uid for job in situation.seen.jobs}
    return tuple(DeleteJob(each.name, each.uid) for each in earlier if each.uid not in {"", *seen})


def _unseen_at_work(situation: Situation) -> Effects:
    """The same of the newest Job, as long as its pod shows that it may be there."""
    record, seen = situation.record, situation.seen
    if record is None or not record.uid or any(job.uid == record.uid for job in seen.jobs):
        return NONE
    works = any(pod.owner == record.uid and not pod.ended for pod in seen.pods)
    return (DeleteJob(record.name, record.uid),) if works else NONE


def _lost_job(situation: Situation) -> Effects:
    result = situation.seen.answers.result
    unknown = result is None or result.trouble is not None
    return (ReadResult(),) if situation.end_is_unwitnessed and unknown else NONE


def _missing_last_word(situation: Situation) -> Effects:
    return (ReadResult(end_was_seen=True),) if situation.last_word_is_unknown else NONE


def _grants(situation: Situation) -> Effects:
    pod = situation.pod
    needed = pod is not None and pod.scheduled_at is not None and not pod.ended
    return (EnsureGrants(),) if needed and not situation.seen.answers.grants_good else NONE


def _capability(situation: Situation) -> Effects:
    """Before the end is told, so that who waits for it finds it; or for a while after it."""
    seen, answers = situation.seen, situation.seen.answers
    if seen.voicejob.status.phase.is_final:
        # That its audio is in the store was known then; of one that has ended it is not kept.
        return (EnsureCapability(),) if answers.capability_due else NONE
    is_in_store = situation.status.audio is not None and situation.spec.output is None
    if not is_in_store or not seen.settings.gateway.capability_key_file:
        return NONE
    return NONE if answers.capability_made else (EnsureCapability(),)


def _job_file(situation: Situation) -> Effects:
    return (EnsureJobFile(),) if situation.seen.answers.job_file_missing else NONE


def _deleted_pod(situation: Situation) -> Effects:
    job, pod = situation.job, situation.pod
    if job is None or pod is None or not situation.must_look_at_job:
        return NONE
    return (LookAtJob(job.name, pod.name),)


def _suspension(situation: Situation) -> Effects:
    wanted, job = situation.spec.suspend, situation.job
    # The first Job may be there although the status, which comes after it, does not name it.
    unnamed = situation.seen.jobs if situation.record is None else ()
    return tuple(
        SuspendJob(job.name, wanted)
        for job in ((job,) if job is not None else unnamed)
        if not (job.finished or job.deleting or _is_as_wanted(job, situation))
    )


def _is_as_wanted(job: JobView, situation: Situation) -> bool:
    """Whether the user's wish is written, and no queue runs what is to be suspended."""
    wanted = situation.spec.suspend
    is_run = job.uid in situation.seen.active_workloads
    return job.asked_suspended == wanted and not (wanted and is_run)


def _unfinished_job(situation: Situation) -> Effects:
    """Of a failed VoiceJob: no further pod is wanted. One that ends by itself keeps its log."""
    newest = situation.seen.pods[-1] if situation.seen.pods else None
    ends_by_itself = newest is not None and newest.ended and not newest.kept_alive_by
    unfinished = tuple(job for job in situation.seen.jobs if not job.finished)
    deleted = NONE if ends_by_itself else (*_delete(unfinished), *_unseen_at_work(situation))
    # With the Job goes what would remind of the Secrets.
    return (DeleteSecrets(), *deleted) if deleted else NONE


def _secrets_alone(situation: Situation) -> Effects:
    """Of one that ends now without a Job: once its end is stored, nothing reminds of them."""
    ended_before = situation.seen.voicejob.status.phase.is_final
    made = situation.status.jobs or situation.seen.answers.refusal is not None
    if ended_before or situation.seen.jobs or not made:
        return NONE
    return NONE if situation.seen.answers.secrets_deleted else (DeleteSecrets(at_once=True),)


def _left_over(situation: Situation) -> Effects:
    if not _is_over(situation, CLEAN_UP_AFTER):
        return NONE
    answers = situation.seen.answers
    secrets: Effects = NONE if answers.secrets_deleted else (DeleteSecrets(),)
    checkpoint: Effects = NONE if answers.checkpoint_deleted else (DeleteCheckpoint(),)
    # Without a Job all this was done before: the Job is what is deleted last.
    return (*secrets, *checkpoint) if situation.seen.jobs else NONE


def _kept_by_sidecar(situation: Situation) -> Effects:
    # With the Job goes what would remind of the Secrets.
    return (DeleteSecrets(), *_delete(situation.seen.jobs)) if situation.sidecar else NONE


def _old_jobs(situation: Situation) -> Effects:
    kept = timedelta(seconds=situation.seen.settings.job_ttl_seconds)
    if not _is_over(situation, max(kept, CLEAN_UP_AFTER)):
        return NONE
    return _delete(situation.seen.jobs)


def _expired(situation: Situation) -> Effects:
    expiry = expires_at(situation)
    return (DeleteVoiceJob(),) if expiry is not None and situation.now >= expiry else NONE


def _is_over(situation: Situation, after: timedelta) -> bool:
    ended = situation.status.completion_time
    return ended is not None and situation.now - ended >= after


def expires_at(situation: Situation) -> datetime | None:
    """When the VoiceJob itself is to be deleted; None for never."""
    ttl, ended = situation.spec.ttl_seconds_after_finished, situation.status.completion_time
    if ttl is None and not situation.seen.voicejob.metadata.comes_back:
        default = situation.seen.settings.ttl_seconds_after_finished
        ttl = None if default == TTL_NEVER else default
    return None if ttl is None or ended is None else ended + timedelta(seconds=ttl)


DUTIES: Final = (
    Duty(
        (Phase.PENDING,),
        "a Secret's labels decide whether it may be spoken, and were not read",
        (LookAtTextSecret,),
        _secret_to_look_at,
    ),
    Duty(
        (*ACTIVE, Phase.SUSPENDED),
        "a Job is there that another has taken the place of",
        (DeleteJob,),
        _earlier_jobs,
    ),
    Duty(
        ACTIVE,
        "the newest Job that the status names was not made yet, its back-off is over, no worker of "
        "an earlier one runs, and its namespace has room in the operator's store, or a worker was "
        "there already; the one before it is deleted first, should it be there unseen",
        (DeleteJob, EnsureJobFile, EnsureClaimTemplate, EnsureJob),
        _next_job,
    ),
    Duty(
        ACTIVE,
        "the newest Job was made, it is gone or complete, and so is its pod",
        (ReadResult,),
        _lost_job,
    ),
    Duty(
        (Phase.RUNNING, Phase.SUSPENDED),
        "the worker ended with exit code 0, and its last word does not tell of any audio",
        (ReadResult,),
        _missing_last_word,
    ),
    Duty(
        (Phase.STARTING, Phase.RUNNING),
        "the pod was deleted within the last 5 s and has ended: by a person, a drain, or a queue "
        "that has suspended the Job",
        (LookAtJob,),
        _deleted_pod,
    ),
    Duty(
        ACTIVE,
        "the pod has a node and its grants are missing, half used up, or signed with older "
        "credentials",
        (EnsureGrants,),
        _grants,
    ),
    Duty(
        ACTIVE,
        "the kubelet does not find the job file's Secret",
        (EnsureJobFile,),
        _job_file,
    ),
    Duty(
        (*ACTIVE, Phase.SUSPENDED),
        "spec.suspend is another than the operator last wrote to the Job, or it is true and the "
        "Job's Workload in a queue is active",
        (SuspendJob,),
        _suspension,
    ),
    Duty(
        (Phase.SUCCEEDED,),
        "it ends now, or has and the Secret could not be made; its audio lies in the "
        "operator's store, and there is an audio gateway",
        (EnsureCapability,),
        _capability,
    ),
    Duty(
        (Phase.FAILED,),
        "a Job is there that does not end by itself",
        (DeleteSecrets, DeleteJob),
        _unfinished_job,
    ),
    Duty(
        FINAL,
        "it ends now, and no Job is there that would remind of the Secrets",
        (DeleteSecrets,),
        _secrets_alone,
    ),
    Duty(
        FINAL,
        f"{CLEAN_UP_AFTER.seconds} s after the end",
        (DeleteSecrets, DeleteCheckpoint),
        _left_over,
    ),
    Duty(
        FINAL,
        f"{SIDECAR_PATIENCE.seconds} s after the worker's end, another container keeps its pod",
        (DeleteSecrets, DeleteJob),
        _kept_by_sidecar,
    ),
    Duty(
        FINAL,
        "the operator's jobTtlSeconds are over since the end",
        (DeleteJob,),
        _old_jobs,
    ),
    Duty(
        FINAL,
        "spec.ttlSecondsAfterFinished are over since the end; where it has none the chart's, "
        "unless a GitOps controller would make it anew",
        (DeleteVoiceJob,),
        _expired,
    ),
)
"""All rows whose phase and fact fit apply, in this order."""
