"""What a VoiceJob's Kubernetes objects are called, and how they are told to be its own."""

from typing import Any, Final

from voicejob_api import names
from voicejob_api.capability import NAME_SUFFIX, secret_name
from voicejob_api.names import MAX_JOB_NUMBER
from voicejob_api.voicejob import VoiceJob

Manifest = dict[str, Any]
"""A Kubernetes object, or a part of one, as the API server reads it."""

_JOB_FILE_SUFFIX: Final = "job"
_GRANTS_SUFFIX: Final = "grants"
_CLAIM_SUFFIX: Final = "gpu"
OWN_SECRET_PATTERNS: Final = tuple(
    f"*-{'[0-9a-f]' * 8}-{suffix}" for suffix in (_JOB_FILE_SUFFIX, _GRANTS_SUFFIX, NAME_SUFFIX)
)
"""Patterns (fnmatch) that the names of all Secrets of all VoiceJobs fit."""


def job_name(voicejob: VoiceJob, number: int) -> str:
    """Name of a VoiceJob's Job of that number, the first of which is 1.

    Readable, another for each uid, and at most ``names.MAX_JOB_NAME_LENGTH`` characters long.

    Raises:
        ValueError: the number is not from 1 to ``MAX_JOB_NUMBER``.
    """
    if not 1 <= number <= MAX_JOB_NUMBER:
        raise ValueError(f"a Job's number must be from 1 to {MAX_JOB_NUMBER}, and is {number}")
    return f"{_base(voicejob)}-{number}"


def job_file_name(voicejob: VoiceJob) -> str:
    """Name of the Secret with the job file."""
    return f"{_base(voicejob)}-{_JOB_FILE_SUFFIX}"


def claim_template_name(voicejob: VoiceJob, number: int) -> str:
    """Name of the ResourceClaimTemplate of the Job of that number."""
    return f"{job_name(voicejob, number)}-{_CLAIM_SUFFIX}"


def grants_name(voicejob: VoiceJob) -> str:
    """Name of the Secret with the grants."""
    return f"{_base(voicejob)}-{_GRANTS_SUFFIX}"


def audio_name(voicejob: VoiceJob) -> str:
    """Name of the Secret with the capability that opens the audio."""
    return secret_name(voicejob.metadata.name, voicejob.metadata.uid)


def _base(voicejob: VoiceJob) -> str:
    return names.own_name(voicejob.metadata.name, voicejob.metadata.uid)


def object_metadata(voicejob: VoiceJob, name: str) -> Manifest:
    """Metadata of an object that the VoiceJob owns: it goes when the VoiceJob goes."""
    return {
        "name": name,
        "namespace": voicejob.metadata.namespace,
        "labels": labels(voicejob),
        "ownerReferences": [owner_reference(voicejob)],
    }


def labels(voicejob: VoiceJob) -> dict[str, str]:
    """Labels of the Secrets, the Jobs and their pods."""
    return {
        names.LABEL_APP: names.WORKER_APP,
        names.LABEL_MANAGED_BY: names.FIELD_MANAGER,
        names.LABEL_NAME: voicejob.metadata.name,
        names.LABEL_UID: voicejob.metadata.uid,
    }


def owner_reference(voicejob: VoiceJob) -> Manifest:
    """The reference by which the garbage collector and the operator know whose an object is."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "name": voicejob.metadata.name,
        "uid": voicejob.metadata.uid,
        "controller": True,
        # true would need the right to update the finalizers of VoiceJobs
        "blockOwnerDeletion": False,
    }
