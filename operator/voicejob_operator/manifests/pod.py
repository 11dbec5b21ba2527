"""The worker's pod: the operator's own fields, and those that a VoiceJob may choose."""

from typing import Any, Final

from voicejob_api import names, pod
from voicejob_api.base import SpecModel
from voicejob_api.scheduling import PodTemplate, PodTemplateMetadata
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.synthesis import Engine
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.affinity import with_node_terms
from voicejob_operator.manifests.environment import environment
from voicejob_operator.manifests.names import Manifest, labels
from voicejob_operator.manifests.placement.placement import NO_GPU, Placement
from voicejob_operator.manifests.placement.resource_claim import REQUEST
from voicejob_operator.manifests.plan import JobPlan
from voicejob_operator.manifests.pod_defaults import own_fields, with_defaults
from voicejob_operator.manifests.volumes import mounts, volumes
from voicejob_operator.settings import OperatorSettings, WorkerSettings

_LIVENESS_PROBE: Final = {
    # Imports and a slow disk come before the status server; most of the jobs are over by then,
    # and no startup probe writes a warning each second until it listens.
    "initialDelaySeconds": 120,
    # /healthz goes red after 300 s without a sign of life: 90 s later the worker is ended. As long
    # may it be too busy to answer at all, loading a model on shared processors.
    "periodSeconds": 15,
    "timeoutSeconds": 10,
    "failureThreshold": 6,
}


def pod_template(voicejob: VoiceJob, plan: JobPlan, settings: OperatorSettings) -> Manifest:
    """The pod template of the Job."""
    template = voicejob.spec.pod_template or PodTemplate()
    metadata, placement = template.metadata or PodTemplateMetadata(), plan.placement
    usual = settings.worker.pod
    return {
        "metadata": {
            "labels": {
                **usual.labels,
                **metadata.labels,
                **placement.labels,
                **labels(voicejob),
            },
            "annotations": {
                **usual.annotations,
                **metadata.annotations,
                **placement.annotations,
            },
        },
        "spec": {
            **chosen_fields(voicejob.spec, settings.worker, placement),
            **_own_fields(voicejob, plan, settings),
            **_claims(placement),
        },
    }


def _claims(placement: Placement) -> Manifest:
    if not placement.claim_template:
        return {}
    claim = {"name": REQUEST, "resourceClaimTemplateName": placement.claim_template}
    return {"resourceClaims": [claim]}


def _own_fields(voicejob: VoiceJob, plan: JobPlan, settings: OperatorSettings) -> Manifest:
    return {
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
        "containers": [_container(voicejob, plan, settings)],
        "volumes": volumes(voicejob, settings),
    }


def chosen_fields(
    spec: VoiceJobSpec, worker: WorkerSettings, placement: Placement = NO_GPU
) -> Manifest:
    """The pod fields that a VoiceJob may choose, taken over one by one; no other ever is.

    A field that is added to ``PodTemplateSpec`` has no effect until it is named here.
    """
    wanted = with_defaults(own_fields(spec), worker.pod, has_gpu=placement != NO_GPU)
    affinity = _manifest(wanted.affinity) if wanted.affinity else None
    pull_secrets = [{"name": name} for name in worker.image_pull_secrets]
    chosen: Manifest = {
        "nodeSelector": wanted.node_selector,
        "tolerations": [*map(_manifest, wanted.tolerations), *placement.tolerations],
        "affinity": with_node_terms(affinity, placement.node_terms),
        "serviceAccountName": wanted.service_account_name,
        "imagePullSecrets": [*map(_manifest, wanted.image_pull_secrets), *pull_secrets],
        "runtimeClassName": wanted.runtime_class_name,
        "schedulerName": wanted.scheduler_name or placement.scheduler,
        "topologySpreadConstraints": [
            {"labelSelector": {"matchLabels": {names.LABEL_APP: names.WORKER_APP}}, **constraint}
            for constraint in worker.pod.topology_spread
        ],
        "priorityClassName": spec.priority_class_name or worker.pod.priority_class_name,
    }
    return {name: value for name, value in chosen.items() if value}


def _manifest(model: SpecModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)


def _container(voicejob: VoiceJob, plan: JobPlan, settings: OperatorSettings) -> Manifest:
    return {
        "name": pod.CONTAINER,
        "image": _image(voicejob.spec, settings.worker),
        "imagePullPolicy": settings.worker.image_pull_policy,
        "command": ["voicejob-worker"],
        "args": [
            "run",
            "--job",
            str(pod.JOB_DIR / pod.JOB_KEY),
            "--grants",
            str(pod.JOB_DIR / pod.GRANTS_KEY),
        ],
        "env": environment(voicejob, plan, settings),
        "ports": [{"name": pod.STATUS_PORT_NAME, "containerPort": pod.STATUS_PORT}],
        "livenessProbe": {
            "httpGet": {"path": "/healthz", "port": pod.STATUS_PORT_NAME},
            **_LIVENESS_PROBE,
        },
        "resources": _resources(voicejob.spec, plan, settings.worker),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "File",
        "volumeMounts": mounts(voicejob, settings),
    }


def _image(spec: VoiceJobSpec, worker: WorkerSettings) -> str:
    return worker.image if _is_light(spec) else worker.gpu_image


def _is_light(spec: VoiceJobSpec) -> bool:
    """Whether the small image holds all that the work needs: not torch, nor faster-whisper."""
    converted = spec.voice is not None and spec.voice.conversion is not None
    heard_by_whisper = spec.quality.recogniser is not None
    return spec.engine is Engine.PIPER and not converted and not heard_by_whisper


def _resources(spec: VoiceJobSpec, plan: JobPlan, worker: WorkerSettings) -> Manifest:
    placement = plan.placement
    asked = host_resources(spec, worker)
    if plan.memory is not None:
        asked = _with_memory(asked, plan.memory)
    limits = {**asked.get("limits", {}), **placement.limits}
    claims = {"claims": [{"name": REQUEST}]} if placement.claim_template else {}
    return {**asked, **({"limits": limits} if limits else {}), **claims}


def host_resources(spec: VoiceJobSpec, worker: WorkerSettings) -> Manifest:
    """CPU and memory of the container: the VoiceJob's own, else the platform's for the image."""
    usual = worker.resources if _is_light(spec) else worker.gpu_resources
    return _manifest(spec.resources or usual)


def _with_memory(resources: Manifest, memory: str) -> Manifest:
    """The resources with that memory as limit and as request: what was too little is reserved."""
    return {
        **resources,
        "requests": {**resources.get("requests", {}), "memory": memory},
        "limits": {**resources.get("limits", {}), "memory": memory},
    }
