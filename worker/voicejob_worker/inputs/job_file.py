"""Reads a VoiceJob from a file, as the operator mounts it or as a user wrote it."""

from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from voicejob_api.names import API_VERSION, KIND
from voicejob_api.patterns import OBJECT_NAME_PATTERN, Pattern
from voicejob_api.stored import read_begun, stored_spec
from voicejob_api.voicejob import Metadata, VoiceJob
from voicejob_worker.errors import InvalidInputError
from voicejob_worker.inputs.user_document import parse_document, read_document, told_faults

_NAME: Final = Pattern(OBJECT_NAME_PATTERN)
_MAX_NAME: Final = 253
"""Characters of a DNS subdomain's name (RFC 1123)."""
_UID: Final = Pattern("^[0-9A-Za-z-]*$")
_SHOWN: Final = 40


def read_job(path: Path, *, is_mounted: bool = False) -> VoiceJob:
    """Read and check the VoiceJob in ``path``, JSON or YAML.

    In a file that the operator has mounted, values that this version's rules would refuse are taken
    as they are: an earlier definition accepted them, and the work has begun.

    Raises:
        InvalidInputError: there is no such file, or it holds no valid VoiceJob; every fault is
            named with the field it is in.
    """
    return _checked(read_document(path, "the job file"), str(path), is_mounted=is_mounted)


def parse_job(document: str, origin: str) -> VoiceJob:
    """Check the VoiceJob in ``document``; ``origin`` is named in refusals."""
    return _checked(parse_document(document, origin), origin)


def _checked(manifest: Any, origin: str, *, is_mounted: bool = False) -> VoiceJob:
    if not isinstance(manifest, dict):
        raise InvalidInputError(f"{origin} holds no manifest: expected kind {KIND}")
    found = manifest.get("apiVersion"), manifest.get("kind")
    if found != (API_VERSION, KIND):
        raise InvalidInputError(
            f"{origin} holds apiVersion {found[0]}, kind {found[1]}: "
            f"expected apiVersion {API_VERSION}, kind {KIND}"
        )
    manifest = _as_stored(manifest)
    try:
        job = _read(manifest, is_mounted=is_mounted)
    except ValidationError as error:
        faults = told_faults(error, "the manifest")
        raise InvalidInputError(f"{origin} is not a valid {KIND}: {faults}") from None
    if fault := _fault_of_names(job.metadata):
        raise InvalidInputError(f"{origin} is not a valid {KIND}: {fault}")
    return job


def _read(manifest: dict[str, Any], *, is_mounted: bool) -> VoiceJob:
    try:
        return VoiceJob.model_validate(manifest)
    except ValidationError:
        if not is_mounted or not _is_stored(manifest):
            raise
        return read_begun(manifest, with_unknown=False)


def _is_stored(manifest: dict[str, Any]) -> bool:
    metadata = manifest.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("uid"))


def _as_stored(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest as this version means it if it has a uid, and so was stored.

    Its Secret is never written anew: an operator of a version before may have made it.
    """
    spec = manifest.get("spec")
    if not _is_stored(manifest) or not isinstance(spec, dict):
        return manifest
    return manifest | {"spec": stored_spec(spec)}


def _fault_of_names(metadata: Metadata) -> str:
    """What is wrong with what the files' names are made of; the API server would refuse it."""
    if len(metadata.name) > _MAX_NAME or not _NAME.fits(metadata.name):
        return (
            f"metadata.name: {metadata.name[:_SHOWN]!r} is no name of an object: expected up to "
            f"{_MAX_NAME} of a-z, 0-9, - and ., with a letter or a digit at both ends"
        )
    if not _UID.fits(metadata.uid):
        return "metadata.uid: expected letters, digits and -, or leave it out"
    return ""
