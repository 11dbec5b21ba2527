"""What an effect's refusal means for what is known, and what a decided status says of its Jobs."""

from dataclasses import replace
from typing import Final

from voicejob_api.status import JobRecord
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.inputs import TEXT
from voicejob_operator.manifests.names import job_name
from voicejob_operator.runtime.errors import ApiError
from voicejob_operator.voicejobs.effects import (
    DeleteJob,
    Effect,
    EnsureClaimTemplate,
    EnsureJob,
    LookAtTextSecret,
    SuspendJob,
)
from voicejob_operator.voicejobs.observed import Answers, Cause

_NO_CLAIM_TEMPLATES: Final = Cause(
    "ResourceClaimTemplateUnavailable",
    "The API server knows no ResourceClaimTemplates of resource.k8s.io/v1 (Kubernetes 1.34), or "
    "not this namespace: write a spec.gpu that asks for no claim",
)
"""Without the API server's words: of a version that is not served it says nothing but 404."""


def record(voicejob: VoiceJob, number: int) -> JobRecord:
    """What the decided status says of the Job of that number."""
    found = (job for job in voicejob.status.jobs if job.number == number)
    return next(found, JobRecord(number=number, name=job_name(voicejob, number)))


def newest_number(voicejob: VoiceJob) -> int:
    """Number of the newest Job that the status names, else of the first."""
    jobs = voicejob.status.jobs
    return jobs[-1].number if jobs else 1


def is_first(voicejob: VoiceJob) -> bool:
    """Whether nothing was ever made for it: only then a refusal of the API server ends it."""
    jobs = voicejob.status.jobs
    return not jobs or (len(jobs) == 1 and not jobs[0].uid and not voicejob.status.attempts_total)


def forbidden(effect: Effect, error: ApiError, answers: Answers, *, is_first: bool) -> Answers:
    """What the API server forbids for now, or refuses for good; raise if it is neither.

    A policy may change, whatever code it answers with: a webhook's 400, an admission policy's 422.
    """
    kind = _kind(effect)
    cause = Cause(f"{kind}Forbidden", error.message)
    if error.is_invalid and is_first and not error.is_from_policy:
        return replace(answers, refusal=replace(cause, reason=f"{kind}Refused"))
    if isinstance(effect, EnsureClaimTemplate) and error.is_not_served:
        cause = _NO_CLAIM_TEMPLATES
    elif not (error.is_refused or error.is_from_policy):
        raise error
    return replace(answers, hindrance=cause, hindered=type(effect).__name__)


def missing(effect: LookAtTextSecret, answers: Answers) -> Answers:
    """A Secret that is to be spoken is not there yet: nobody knows whether it may be."""
    told = f'{TEXT.field} names what is not there: secret "{effect.name}" not found'
    return replace(answers, hindrance=Cause(TEXT.missing, told), hindered=type(effect).__name__)


def _kind(effect: Effect) -> str:
    """What an effect makes or changes."""
    if isinstance(effect, EnsureClaimTemplate):
        return "ResourceClaimTemplate"
    return "Job" if isinstance(effect, EnsureJob | SuspendJob | DeleteJob) else "Secret"


def allowed(effect: Effect, answers: Answers) -> Answers:
    """Forget what has forbidden this effect."""
    if answers.hindered != type(effect).__name__:
        return answers
    return replace(answers, hindrance=None, hindered="")
