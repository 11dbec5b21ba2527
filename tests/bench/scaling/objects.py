"""The objects that the benches make, and where the API server keeps them."""

from functools import cache
from typing import Any

from scaling.api import Manifest
from voicejob_api import names
from voicejob_api.report import WorkerReport
from voicejob_api.status import AudioResult, Performance, Progress, Stage

TEXT = "A sentence of some length, so that no object is unusually small. " * 14
"""A good 900 bytes; most VoiceJobs of the benches have it."""
LONG_TEXT_BYTES = 256 * 1024
PLAYED = "kwok.voicejob.dev"
"""Annotations with this prefix tell kwok how a pod lives (hack/cluster/README.md)."""
ON_KWOK: Manifest = {
    "nodeSelector": {"type": "kwok"},
    "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists"}],
}


def voicejobs(namespace: str, name: str = "") -> str:
    """Path of a namespace's VoiceJobs, or of one."""
    return _path(f"/apis/{names.API_VERSION}", namespace, names.PLURAL, name)


def jobs(namespace: str, name: str = "") -> str:
    """Path of a namespace's Jobs, or of one."""
    return _path("/apis/batch/v1", namespace, "jobs", name)


def pods(namespace: str) -> str:
    """Path of a namespace's pods."""
    return _path("/api/v1", namespace, "pods")


def secrets(namespace: str, name: str = "") -> str:
    """Path of a namespace's Secrets, or of one."""
    return _path("/api/v1", namespace, "secrets", name)


def events(namespace: str) -> str:
    """Path of a namespace's events."""
    return _path("/api/v1", namespace, "events")


def _path(version: str, namespace: str, plural: str, name: str = "") -> str:
    path = f"{version}/namespaces/{namespace}/{plural}"
    return f"{path}/{name}" if name else path


def voicejob(
    name: str,
    text: str = TEXT,
    annotations: dict[str, str] | None = None,
    node_type: str = "kwok",
    **spec: Any,
) -> Manifest:
    """A VoiceJob whose pod goes to kwok's nodes; `annotations` tell how the pod lives there.

    A good end leaves a last word, as each worker's does: without one the store would be asked.
    """
    played = annotations or {}
    if played.get(f"{PLAYED}/exit-code", "0") == "0":
        played = {f"{PLAYED}/termination-message": _last_word(), **played}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": name},
        "spec": {
            "text": text,
            "podTemplate": {
                "metadata": {"annotations": played},
                "spec": {**ON_KWOK, "nodeSelector": {"type": node_type}},
            },
            **spec,
        },
    }


@cache
def _last_word() -> str:
    audio = AudioResult(
        uri="s3://voicejob/audio/scale/v/00000000/v.wav",
        sha256="0" * 64,
        size_bytes=140_000,
        format="wav",
        sample_rate=22050,
        duration_seconds=3.2,
        duration="3.2s",
    )
    report = WorkerReport(
        stage=Stage.ENDED,
        progress=Progress(percent=100, chunks_done=1, chunks_total=1, summary="100%"),
        performance=Performance(real_time_factor=0.05, synthesis_seconds=0.2),
        audio=audio,
        exit_code=0,
        reason="Completed",
    )
    return report.termination_message().decode()


def bare_job(name: str) -> Manifest:
    """A Job like a VoiceJob's, with nothing in it that a Job does not need."""
    container = {"name": "c", "image": "x", "resources": {"requests": {"cpu": "500m"}}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "completionMode": "Indexed",
            "completions": 1,
            "parallelism": 1,
            "template": {"spec": {"restartPolicy": "Never", **ON_KWOK, "containers": [container]}},
        },
    }


def owner(found: Manifest) -> str:
    """Name of the VoiceJob that a Job, pod or Secret belongs to; empty if it belongs to none."""
    return str(found["metadata"].get("labels", {}).get(names.LABEL_NAME, ""))


def phase(found: Manifest) -> str:
    """Phase of a VoiceJob or a pod."""
    return str(found.get("status", {}).get("phase", ""))
