"""What a VoiceJob's Kubernetes objects are called, and how they are told to be its own."""

import hashlib
from typing import Any, Final

from voicejob_api import names
from voicejob_api.voicejob import VoiceJob

Manifest = dict[str, Any]
"""A Kubernetes object, or a part of one, as the API server reads it."""

MAX_JOB_NAME_LENGTH: Final = 52
"""A pod of an Indexed Job is NAME-INDEX-SUFFIX and its host name must fit into 63 characters: this
leaves room for an index of four digits."""
MAX_JOB_NUMBER: Final = 9999
_MAX_READABLE: Final = MAX_JOB_NAME_LENGTH - len("-01234567") - len(f"-{MAX_JOB_NUMBER}")

_JOB_FILE_SUFFIX: Final = "job"
_GRANTS_SUFFIX: Final = "grants"
OWN_SECRET_PATTERNS: Final = tuple(
    f"*-{'[0-9a-f]' * 8}-{suffix}" for suffix in (_JOB_FILE_SUFFIX, _GRANTS_SUFFIX)
)
"""Patterns (fnmatch) that the names of all Secrets of all VoiceJobs fit."""


def job_name(voicejob: VoiceJob, number: int) -> str:
    """Name of a VoiceJob's Job of that number, the first of which is 1.

    Readable, another for each uid, and at most ``MAX_JOB_NAME_LENGTH`` characters long.

    Raises:
        ValueError: the number is not from 1 to ``MAX_JOB_NUMBER``.
    """
    if not 1 <= number <= MAX_JOB_NUMBER:
        raise ValueError(f"a Job's number must be from 1 to {MAX_JOB_NUMBER}, and is {number}")
    return f"{_base(voicejob)}-{number}"


def job_file_name(voicejob: VoiceJob) -> str:
    """Name of the Secret with the job file."""
    return f"{_base(voicejob)}-{_JOB_FILE_SUFFIX}"


def grants_name(voicejob: VoiceJob) -> str:
    """Name of the Secret with the grants."""
    return f"{_base(voicejob)}-{_GRANTS_SUFFIX}"


def _base(voicejob: VoiceJob) -> str:
    """The readable part and a digest of the uid; dots are not allowed in a host name."""
    digest = hashlib.sha256(voicejob.metadata.uid.encode()).hexdigest()[:8]
    readable = voicejob.metadata.name.replace(".", "-")[:_MAX_READABLE]
    return f"{readable.rstrip('-')}-{digest}"


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
