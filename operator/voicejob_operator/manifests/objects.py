"""The Kubernetes objects that a VoiceJob becomes: one Secret and one Indexed Job."""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from voicejob_api import names, pod
from voicejob_api.base import SpecModel
from voicejob_api.catalogue import Catalogue
from voicejob_api.exit_codes import STOP_JOB_EXIT_CODES, UNCOUNTED_EXIT_CODES
from voicejob_api.grants import Grants
from voicejob_api.scheduling import PodTemplate, PodTemplateMetadata, PodTemplateSpec
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.synthesis import Engine
from voicejob_api.text_source import KeyRef
from voicejob_api.voice import FileKeyRef
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import OperatorSettings

Manifest = dict[str, Any]

_NAME_LENGTH: Final = 52
"""A pod of an Indexed Job is NAME-INDEX-SUFFIX and its host name must fit into 63 characters."""
_GPU_TAINT_EFFECT: Final = "NoSchedule"


def child_name(voicejob: VoiceJob) -> str:
    """Name of the Job and of the Secret: readable, and another for each uid."""
    digest = hashlib.sha256(voicejob.metadata.uid.encode()).hexdigest()[:8]
    readable = voicejob.metadata.name.replace(".", "-")[: _NAME_LENGTH - len(digest) - 1]
    return f"{readable.rstrip('-')}-{digest}"


def secret_manifest(voicejob: VoiceJob, grants: Grants, catalogue: Catalogue) -> Manifest:
    """The Secret with the job file, the grants and the operator's own catalogue of models."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(voicejob),
        "type": "Opaque",
        "data": {
            pod.JOB_KEY: _base64(json.dumps(_job_file(voicejob), ensure_ascii=False)),
            pod.GRANTS_KEY: _base64(grants.model_dump_json(by_alias=True)),
            pod.CATALOGUE_KEY: _base64(json.dumps(catalogue.to_manifest(), ensure_ascii=False)),
        },
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


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


def job_manifest(voicejob: VoiceJob, settings: OperatorSettings) -> Manifest:
    """The Indexed Job that runs the worker."""
    spec = voicejob.spec
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(voicejob),
        "spec": {
            "completionMode": "Indexed",
            "completions": 1,
            "parallelism": 1,
            "backoffLimit": max(spec.retries - voicejob.status.retries_used, 0),
            "podReplacementPolicy": "Failed",
            "activeDeadlineSeconds": _longest(spec, settings),
            "ttlSecondsAfterFinished": settings.job_ttl_seconds,
            "suspend": spec.suspend,
            "podFailurePolicy": {"rules": _failure_rules()},
            "template": _pod_template(voicejob, settings),
        },
    }


def _metadata(voicejob: VoiceJob) -> Manifest:
    return {
        "name": child_name(voicejob),
        "namespace": voicejob.metadata.namespace,
        "labels": _labels(voicejob),
        "ownerReferences": [
            {
                "apiVersion": names.API_VERSION,
                "kind": names.KIND,
                "name": voicejob.metadata.name,
                "uid": voicejob.metadata.uid,
                "controller": True,
                "blockOwnerDeletion": False,
            }
        ],
    }


def _labels(voicejob: VoiceJob) -> dict[str, str]:
    return {
        names.LABEL_APP: names.WORKER_APP,
        names.LABEL_MANAGED_BY: names.FIELD_MANAGER,
        names.LABEL_NAME: voicejob.metadata.name,
        names.LABEL_UID: voicejob.metadata.uid,
    }


def _longest(spec: VoiceJobSpec, settings: OperatorSettings) -> int:
    """The sum of the deadlines: ends the Job where the operator is not there to do it."""
    own, default = spec.deadlines, settings.deadlines
    return (
        (own.queue_seconds or default.queue_seconds)
        + (own.start_seconds or default.start_seconds)
        + (own.active_seconds or default.active_seconds)
    )


def _failure_rules() -> list[Manifest]:
    return [
        {"action": "FailJob", "onExitCodes": _exit_codes(STOP_JOB_EXIT_CODES)},
        {
            "action": "Ignore",
            "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
        },
        {"action": "Ignore", "onExitCodes": _exit_codes(UNCOUNTED_EXIT_CODES)},
    ]


def _exit_codes(codes: tuple[int, ...]) -> Manifest:
    return {
        "containerName": pod.CONTAINER,
        "operator": "In",
        "values": sorted(int(code) for code in codes),
    }


def _pod_template(voicejob: VoiceJob, settings: OperatorSettings) -> Manifest:
    template = voicejob.spec.pod_template or PodTemplate()
    metadata = template.metadata or PodTemplateMetadata()
    wanted = template.spec or PodTemplateSpec()
    pull_secrets = [{"name": name} for name in settings.worker.image_pull_secrets]
    pod_spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": settings.worker.termination_grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": pod.UID,
            "runAsGroup": pod.UID,
            "fsGroup": pod.UID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(voicejob, settings)],
        "volumes": _volumes(voicejob, settings),
        **_manifest_of(wanted),
        "tolerations": [*_manifest_of(wanted).get("tolerations", []), *_gpu_toleration(voicejob)],
        "imagePullSecrets": [
            *_manifest_of(wanted).get("imagePullSecrets", []),
            *pull_secrets,
        ],
    }
    if voicejob.spec.priority_class_name:
        pod_spec["priorityClassName"] = voicejob.spec.priority_class_name
    return {
        "metadata": {
            "labels": {**metadata.labels, **_labels(voicejob)},
            "annotations": metadata.annotations,
        },
        "spec": {key: value for key, value in pod_spec.items() if value != []},
    }


def _manifest_of(model: SpecModel) -> Manifest:
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)


def _gpu_toleration(voicejob: VoiceJob) -> list[Manifest]:
    gpu = voicejob.spec.gpu
    if gpu is None:
        return []
    return [{"key": gpu.resource_name, "operator": "Exists", "effect": _GPU_TAINT_EFFECT}]


def _container(voicejob: VoiceJob, settings: OperatorSettings) -> Manifest:
    return {
        "name": pod.CONTAINER,
        "image": _image(voicejob, settings),
        "imagePullPolicy": settings.worker.image_pull_policy,
        "command": ["voicejob-worker"],
        "args": [
            "run",
            "--job",
            str(pod.JOB_DIR / pod.JOB_KEY),
            "--grants",
            str(pod.JOB_DIR / pod.GRANTS_KEY),
        ],
        "env": _environment(voicejob, settings),
        "ports": [{"name": pod.STATUS_PORT_NAME, "containerPort": pod.STATUS_PORT}],
        "resources": _resources(voicejob, settings),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "File",
        "volumeMounts": _mounts(voicejob),
    }


def _image(voicejob: VoiceJob, settings: OperatorSettings) -> str:
    return settings.worker.image if _is_light(voicejob.spec) else settings.worker.gpu_image


def _is_light(spec: VoiceJobSpec) -> bool:
    """Whether the small image holds all that the work needs: not torch, nor faster-whisper."""
    converted = spec.voice is not None and spec.voice.conversion is not None
    heard_by_whisper = spec.quality.recogniser is not None
    return spec.engine is Engine.PIPER and not converted and not heard_by_whisper


def _resources(voicejob: VoiceJob, settings: OperatorSettings) -> Manifest:
    light = _is_light(voicejob.spec)
    usual = settings.worker.resources if light else settings.worker.gpu_resources
    asked = _manifest_of(voicejob.spec.resources or usual)
    gpu = voicejob.spec.gpu
    if gpu is None:
        return asked
    limits = {**asked.get("limits", {}), gpu.resource_name: str(gpu.count)}
    return {**asked, "limits": limits}


def _environment(voicejob: VoiceJob, settings: OperatorSettings) -> list[Manifest]:
    spec = voicejob.spec
    variables: list[Manifest] = [
        {
            "name": f"{pod.ENV_PREFIX}MAX_CHARACTERS",
            "value": str(settings.worker.max_characters),
        },
        {
            "name": f"{pod.ENV_PREFIX}CHECKPOINT_SECONDS",
            "value": str(settings.worker.checkpoint_seconds),
        },
        {
            "name": f"{pod.ENV_PREFIX}STORE_RETRY_SECONDS",
            "value": str(settings.worker.store_retry_seconds),
        },
        {"name": "HOME", "value": "/tmp"},  # noqa: S108 - an emptyDir of the pod's own
    ]
    if settings.worker.accepted_licences:
        accepted = json.dumps(settings.worker.accepted_licences)
        variables.append({"name": f"{pod.ENV_PREFIX}ACCEPTED_LICENCES", "value": accepted})
    if spec.output is not None and spec.output.credentials_secret:
        variables += _credentials(spec.output.credentials_secret, "")
    if spec.text_from is not None and spec.text_from.credentials_secret:
        variables += _credentials(spec.text_from.credentials_secret, pod.TEXT_CREDENTIALS_PREFIX)
    reference = spec.voice.reference if spec.voice else None
    if reference is not None and reference.credentials_secret:
        variables += _credentials(reference.credentials_secret, pod.REFERENCE_CREDENTIALS_PREFIX)
    if spec.model is not None and spec.model.credentials_secret:
        secret = spec.model.credentials_secret
        if spec.model.uri.startswith("hf://"):
            variables.append(_from_secret(pod.TOKEN_VARIABLE, secret, pod.TOKEN_VARIABLE))
        else:
            variables += _credentials(secret, pod.MODEL_CREDENTIALS_PREFIX)
    return variables


def _from_secret(variable: str, secret: str, key: str, *, optional: bool = False) -> Manifest:
    reference = {"name": secret, "key": key, "optional": optional}
    return {"name": variable, "valueFrom": {"secretKeyRef": reference}}


def _credentials(secret: str, prefix: str) -> list[Manifest]:
    keys = [(key, False) for key in pod.CREDENTIAL_VARIABLES]
    keys += [(key, True) for key in pod.OPTIONAL_CREDENTIAL_VARIABLES]
    return [
        _from_secret(f"{prefix}{key}", secret, key, optional=optional) for key, optional in keys
    ]


def _mounts(voicejob: VoiceJob) -> list[Manifest]:
    return [
        {"name": "job", "mountPath": str(pod.JOB_DIR), "readOnly": True},
        {"name": "work", "mountPath": str(pod.WORK_DIR)},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - an emptyDir of the pod's own
        {"name": "models", "mountPath": str(pod.MODEL_CACHE_DIR)},
        *(_mount(own) for own in _own_volumes(voicejob)),
    ]


def _volumes(voicejob: VoiceJob, settings: OperatorSettings) -> list[Manifest]:
    return [
        {"name": "job", "secret": {"secretName": child_name(voicejob)}},
        {"name": "work", "emptyDir": {"sizeLimit": settings.worker.work_dir_size}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
        {"name": "models", **_model_cache(settings)},
        *({"name": own.name, **own.source} for own in _own_volumes(voicejob)),
    ]


def _model_cache(settings: OperatorSettings) -> Manifest:
    cache = settings.worker.model_cache
    return _claim(cache.claim_name) if cache.claim_name else {"emptyDir": {"sizeLimit": cache.size}}


@dataclass(frozen=True)
class _OwnVolume:
    """A volume of the user's: a key of a ConfigMap or Secret, or a claim."""

    name: str
    path: PurePosixPath
    source: Manifest
    read_only: bool = True


def _mount(own: _OwnVolume) -> Manifest:
    mount = {"name": own.name, "mountPath": str(own.path)}
    return {**mount, "readOnly": True} if own.read_only else mount


def _own_volumes(voicejob: VoiceJob) -> list[_OwnVolume]:
    spec = voicejob.spec
    volumes = []
    if spec.text_from is not None:
        key = spec.text_from.config_map_key_ref
        secret = spec.text_from.secret_key_ref
        folder, file = pod.TEXT_FILE.parent, pod.TEXT_FILE.name
        if key is not None:
            volumes.append(_OwnVolume("text", folder, _one_key("configMap", key, file)))
        if secret is not None:
            volumes.append(_OwnVolume("text", folder, _one_key("secret", secret, file)))
    if spec.output is not None and spec.output.persistent_volume_claim is not None:
        claim = spec.output.persistent_volume_claim.claim_name
        volumes.append(_OwnVolume("output", pod.OUTPUT_DIR, _claim(claim), read_only=False))
    if spec.model is not None and spec.model.uri.startswith("pvc://"):
        volumes.append(_OwnVolume("model", pod.MODEL_DIR, _claim_of(spec.model.uri)))
    conversion = spec.voice.conversion if spec.voice else None
    if conversion is not None:
        addresses = (conversion.model_uri, conversion.index_uri or "")
        mounted = [_claim_of(uri) for uri in addresses if uri.startswith("pvc://")]
        volumes += [_OwnVolume("conversion", pod.CONVERSION_DIR, claim) for claim in mounted[:1]]
    reference = spec.voice.reference if spec.voice else None
    if reference is not None and reference.config_map_key_ref is not None:
        source = _one_key("configMap", reference.config_map_key_ref, pod.REFERENCE_FILE.name)
        volumes.append(_OwnVolume("reference", pod.REFERENCE_FILE.parent, source))
    if reference is not None and (reference.uri or "").startswith("pvc://"):
        volumes.append(_OwnVolume("reference", pod.VOICE_DIR, _claim_of(reference.uri or "")))
    if spec.quality.recogniser is not None:
        source = _claim_of(spec.quality.recogniser.uri)
        volumes.append(_OwnVolume("recogniser", pod.RECOGNISER_DIR, source))
    return volumes


def _one_key(kind: str, ref: KeyRef | FileKeyRef, file: str) -> Manifest:
    named = "secretName" if kind == "secret" else "name"
    return {kind: {named: ref.name, "items": [{"key": ref.key, "path": file}]}}


def _claim(name: str) -> Manifest:
    return {"persistentVolumeClaim": {"claimName": name}}


def _claim_of(uri: str) -> Manifest:
    return _claim(pod.volume_address(uri)[0])
