"""Reads a VoiceJob from a file, as the operator mounts it or as a user wrote it."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicejob_api.names import API_VERSION, KIND
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.inputs.user_document import parse_document, read_document, told_faults


def read_job(path: Path) -> VoiceJob:
    """Read and check the VoiceJob in ``path``, JSON or YAML.

    Raises:
        InvalidInputError: there is no such file, or it holds no valid VoiceJob; every fault is
            named with the field it is in.
    """
    return _checked(read_document(path, "the job file"), str(path))


def parse_job(document: str, origin: str) -> VoiceJob:
    """Check the VoiceJob in ``document``; ``origin`` is named in refusals."""
    return _checked(parse_document(document, origin), origin)


def _checked(manifest: Any, origin: str) -> VoiceJob:
    if not isinstance(manifest, dict):
        raise InvalidInputError(f"{origin} holds no manifest: expected kind {KIND}")
    found = manifest.get("apiVersion"), manifest.get("kind")
    if found != (API_VERSION, KIND):
        raise InvalidInputError(
            f"{origin} holds apiVersion {found[0]}, kind {found[1]}: "
            f"expected apiVersion {API_VERSION}, kind {KIND}"
        )
    try:
        return VoiceJob.model_validate(manifest)
    except ValidationError as error:
        faults = told_faults(error, "the manifest")
        raise InvalidInputError(f"{origin} is not a valid {KIND}: {faults}") from None
