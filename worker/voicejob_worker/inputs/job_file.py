"""Reads a VoiceJob from a file, as the operator mounts it or as a user wrote it."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicejob_api.names import API_VERSION, KIND
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.errors import InvalidInputError


def read_job(path: Path) -> VoiceJob:
    """Read and check the VoiceJob in ``path``, JSON or YAML.

    Raises:
        InvalidInputError: there is no such file, or it holds no valid VoiceJob; every fault is
            named with the field it is in.
    """
    return parse_job(_read(path), str(path))


def parse_job(document: str, origin: str) -> VoiceJob:
    """Check the VoiceJob in ``document``; ``origin`` is named in refusals."""
    manifest = _only_manifest(document, origin)
    try:
        return VoiceJob.model_validate(manifest)
    except ValidationError as error:
        raise InvalidInputError(_faults(error, origin)) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"cannot read the job file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"the job file {path} is not UTF-8: byte at offset {error.start}"
        ) from None


def _only_manifest(document: str, origin: str) -> dict[str, Any]:
    manifest = _loaded(document, origin)
    if not isinstance(manifest, dict):
        raise InvalidInputError(f"{origin} holds no manifest: expected kind {KIND}")
    found = manifest.get("apiVersion"), manifest.get("kind")
    if found != (API_VERSION, KIND):
        raise InvalidInputError(
            f"{origin} holds apiVersion {found[0]}, kind {found[1]}: "
            f"expected apiVersion {API_VERSION}, kind {KIND}"
        )
    return manifest


def _loaded(document: str, origin: str) -> Any:
    """YAML is almost a superset of JSON: it lacks characters outside the BMP written as escapes."""
    if document.lstrip().startswith("{"):
        try:
            return json.loads(document)
        except json.JSONDecodeError:
            pass  # a manifest in YAML's flow style
    import yaml

    try:
        return yaml.safe_load(document)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" near line {mark.line + 1}" if mark else ""
        raise InvalidInputError(f"{origin} is not valid YAML or JSON{line}") from None


def _faults(error: ValidationError, origin: str) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{_field(fault['loc'])}: {fault['msg']}" for fault in faults]
    return f"{origin} is not a valid VoiceJob: " + "; ".join(dict.fromkeys(lines))


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the manifest"
