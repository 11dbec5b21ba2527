"""The variables of the worker's container: its settings, and users' credentials by reference."""

import json
from collections.abc import Iterator
from typing import Final

from voicejob_api import pod
from voicejob_api.tracing import TRACEPARENT, traceparent_of
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.inputs import Address, Input, inputs_of
from voicejob_operator.manifests.names import Manifest, job_name
from voicejob_operator.manifests.plan import JobPlan
from voicejob_operator.manifests.volumes import TMP_DIR
from voicejob_operator.settings import OperatorSettings, WorkerSettings
from voicejob_operator.worker_pod import WorkerPodSettings

_POD_NAME: Final[Manifest] = {
    "name": f"{pod.ENV_PREFIX}POD_NAME",
    "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}},
}


def environment(voicejob: VoiceJob, plan: JobPlan, settings: OperatorSettings) -> list[Manifest]:
    """The container's ``env``: the platform's, the operator's own and the user's credentials.

    A name stands there once, for the last who gives it.
    """
    said = {
        "JOB_NAME": job_name(voicejob, plan.number),
        **_told(settings.worker),
        **_of_the_gpu(plan),
    }
    told = {f"{pod.ENV_PREFIX}{name}": value for name, value in said.items()}
    told["HOME"] = str(TMP_DIR)
    if settings.otlp_endpoint:
        told[TRACEPARENT] = traceparent_of(voicejob.metadata.uid)
    variables = [
        *_platforms(settings.worker.pod),
        _POD_NAME,
        *({"name": name, "value": value} for name, value in told.items()),
        *_all_credentials(voicejob),
    ]
    return list({each["name"]: each for each in variables}.values())


def _platforms(usual: WorkerPodSettings) -> Iterator[Manifest]:
    if usual.ca_bundle:
        yield from ({"name": name, "value": str(pod.CA_FILE)} for name in pod.CA_VARIABLES)
    yield from (each.to_manifest() for each in usual.env)


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
        "KEEP_VOICES": str(worker.model_cache.keeps_voices).lower(),
    }


def _of_the_gpu(plan: JobPlan) -> dict[str, str]:
    """What the worker compares with the GPU that it finds, or is to say where it finds none."""
    told: dict[str, str] = {}
    if plan.gpu_memory_mib is not None:
        told["GPU_MEMORY_MIB"] = str(plan.gpu_memory_mib)
    if plan.on_cpu:
        told["GPU_WITHHELD"] = "true"
    return told


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
