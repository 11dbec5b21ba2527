"""The Secrets of a VoiceJob: its job file, its grants, and what opens its audio."""

import base64
import json

from voicejob_api import capability, names, pod
from voicejob_api.catalogue import Catalogue
from voicejob_api.grants import Grants
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.names import (
    Manifest,
    audio_name,
    grants_name,
    job_file_name,
    object_metadata,
)
from voicejob_operator.settings import OperatorSettings


def job_file_secret(voicejob: VoiceJob, catalogue: Catalogue) -> Manifest:
    """The Secret with the job file and the operator's own catalogue of models.

    It may hold a text of 256 KiB and is never written twice: a VoiceJob's spec cannot change.
    """
    return {
        **_secret(voicejob, job_file_name(voicejob)),
        "immutable": True,
        "data": {
            pod.JOB_KEY: _base64(json.dumps(_job_file(voicejob), ensure_ascii=False)),
            pod.CATALOGUE_KEY: _base64(json.dumps(catalogue.to_manifest(), ensure_ascii=False)),
        },
    }


def grants_secret(voicejob: VoiceJob, grants: Grants) -> Manifest:
    """The Secret with the grants: small, and replaced as a whole before they expire."""
    return {
        **_secret(voicejob, grants_name(voicejob)),
        "data": {pod.GRANTS_KEY: _base64(grants.model_dump_json(by_alias=True, exclude_none=True))},
    }


def audio_secret(voicejob: VoiceJob, key: bytes, settings: OperatorSettings) -> Manifest:
    """The Secret that opens the VoiceJob's audio: the capability, and the ways to the gateway."""
    metadata, gateway = voicejob.metadata, settings.gateway
    data = {
        capability.CAPABILITY_KEY: capability.capability_of(
            key, metadata.namespace, metadata.name, metadata.uid
        ),
        capability.PROXY_PATH_KEY: capability.proxy_path(settings.namespace, gateway.service),
    }
    if gateway.url:
        data[capability.URL_KEY] = gateway.url
    return {
        **_secret(voicejob, audio_name(voicejob)),
        "data": {name: _base64(text) for name, text in data.items()},
    }


def _secret(voicejob: VoiceJob, name: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": object_metadata(voicejob, name),
        "type": "Opaque",
    }


def _job_file(voicejob: VoiceJob) -> Manifest:
    """The VoiceJob as the worker reads it: what was asked for, and no status."""
    metadata = voicejob.metadata
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
        },
        "spec": voicejob.spec.to_manifest(),
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
