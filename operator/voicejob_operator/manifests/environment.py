"""The variables of the worker's container: its settings, and users' credentials by reference."""

import json
from collections.abc import Iterator

from voicejob_api import pod
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.inputs import Address, Input, inputs_of
from voicejob_operator.manifests.names import Manifest
from voicejob_operator.manifests.volumes import TMP_DIR
from voicejob_operator.settings import OperatorSettings, WorkerSettings


def environment(voicejob: VoiceJob, settings: OperatorSettings) -> list[Manifest]:
    """The container's ``env``."""
    told = {f"{pod.ENV_PREFIX}{name}": value for name, value in _told(settings.worker).items()}
    told["HOME"] = str(TMP_DIR)
    return [
        *({"name": name, "value": value} for name, value in told.items()),
        *_all_credentials(voicejob),
    ]


def _told(worker: WorkerSettings) -> dict[str, str]:
    """The worker's own settings, by their names without the prefix; lists are JSON."""
    return {
        "MAX_CHARACTERS": str(worker.max_characters),
        "CHECKPOINT_SECONDS": str(worker.checkpoint_seconds),
        "STORE_RETRY_SECONDS": str(worker.store_retry_seconds),
        "UPLOAD_RETRY_SECONDS": str(worker.upload_retry_seconds),
        "TERMINATION_GRACE_SECONDS": str(worker.termination_grace_seconds),
        "ACCEPTED_LICENCES": json.dumps(worker.accepted_licences),
        "FALLBACK_TO_CPU": str(worker.gpu_fallback_to_cpu).lower(),
        "LOW_VRAM": str(worker.gpu_low_vram),
        "GUARD_ADDRESSES": "true",
        "ALLOWED_HOSTS": json.dumps(worker.allowed_hosts),
        "ALLOWED_PRIVATE_HOSTS": json.dumps(worker.allowed_private_hosts),
    }


def _all_credentials(voicejob: VoiceJob) -> Iterator[Manifest]:
    for declared, origin in inputs_of(voicejob.spec):
        if isinstance(origin, Address) and origin.credentials_secret:
            yield from _credentials(declared, origin.uri, origin.credentials_secret)


def _credentials(declared: Input, uri: str, secret: str) -> Iterator[Manifest]:
    if uri.startswith("hf://"):
        yield _from_secret(pod.TOKEN_VARIABLE, secret, pod.TOKEN_VARIABLE, optional=False)
        return
    prefix = declared.credentials_prefix
    for key in pod.CREDENTIAL_VARIABLES:
        yield _from_secret(f"{prefix}{key}", secret, key, optional=False)
    for key in pod.OPTIONAL_CREDENTIAL_VARIABLES:
        yield _from_secret(f"{prefix}{key}", secret, key, optional=True)


def _from_secret(variable: str, secret: str, key: str, *, optional: bool) -> Manifest:
    reference = {"name": secret, "key": key, "optional": optional}
    return {"name": variable, "valueFrom": {"secretKeyRef": reference}}
