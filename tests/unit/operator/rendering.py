"""VoiceJobs, and what the operator renders for them, as tests look at it."""

from datetime import UTC, datetime
from typing import Any

from voicejob_api.grants import Grant, Grants
from voicejob_api.status import GPURequest, JobRecord
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.job import job_manifest
from voicejob_operator.manifests.names import Manifest
from voicejob_operator.manifests.placement.devices import UNKNOWN, Cluster
from voicejob_operator.manifests.plan import JobPlan, plan_of
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.asking import next_ask
from voicejob_operator.voicejobs.observed import Cause, Observation
from voicejob_operator.voicejobs.situation import Situation

SETTINGS = OperatorSettings()
ISSUED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
GRANTS = Grants(
    issued_at=ISSUED,
    expires_at=ISSUED.replace(hour=10),
    outputs={"audio": Grant(url="http://store/audio?signed", uri="s3://voicejob/audio")},
    checkpoint_read=Grant(url="http://store/read?signed", uri="s3://voicejob/checkpoint"),
    checkpoint_write=Grant(url="http://store/write?signed", uri="s3://voicejob/checkpoint"),
)
EVERYTHING: dict[str, Any] = {
    "textFrom": {"secretKeyRef": {"name": "letter", "key": "text"}},
    "engine": "f5-tts",
    "model": {"uri": "pvc://models/f5"},
    "voice": {
        "reference": {"configMapKeyRef": {"name": "v", "key": "a.wav"}, "transcript": "x"},
        "conversion": {"modelUri": "pvc://rvc/ana.pth"},
    },
    "quality": {"transcribe": True, "recogniser": {"uri": "pvc://whisper/x"}},
    "audio": {"format": "mp3", "cover": {"configMapKeyRef": {"name": "book", "key": "cover.png"}}},
    "output": {"persistentVolumeClaim": {"claimName": "audio"}},
}
"""A spec with an input of every kind."""


def voicejob(
    name: str = "hello", uid: str = "11111111-aaaa", namespace: str = "default", **spec: Any
) -> VoiceJob:
    text = {} if "textFrom" in spec else {"text": "hello"}
    return VoiceJob.model_validate(
        {
            "metadata": {"name": name, "namespace": namespace, "uid": uid},
            "spec": {**text, **spec},
        }
    )


def job(settings: OperatorSettings = SETTINGS, **spec: Any) -> Manifest:
    made = voicejob(**spec)
    return job_manifest(made, plan(made, settings), settings)


def plan(
    made: VoiceJob, settings: OperatorSettings = SETTINGS, cluster: Cluster = UNKNOWN
) -> JobPlan:
    """The plan of the first Job, as the status would name it."""
    record = JobRecord(number=1, name="first", gpu=first_request(made, settings, cluster))
    return plan_of(made, record, 2, settings, cluster)


def first_request(
    made: VoiceJob, settings: OperatorSettings = SETTINGS, cluster: Cluster = UNKNOWN
) -> GPURequest | None:
    """What the first Job asks for of a GPU."""
    seen = Observation(made, (), (), ISSUED, settings, cluster=cluster)
    situation = Situation(seen, made.status, frozenset())
    return next_ask(situation, Cause("Created", "")).gpu


def pod_spec(settings: OperatorSettings = SETTINGS, **spec: Any) -> Manifest:
    return job(settings, **spec)["spec"]["template"]["spec"]


def with_worker(**changes: Any) -> OperatorSettings:
    """Settings with these of the worker's changed."""
    return SETTINGS.model_copy(update={"worker": SETTINGS.worker.model_copy(update=changes)})


def container(spec: Manifest) -> Manifest:
    return spec["containers"][0]


def environment(spec: Manifest) -> dict[str, Manifest]:
    return {item["name"]: item for item in container(spec)["env"]}


def volume(spec: Manifest, name: str) -> Manifest:
    return next(volume for volume in spec["volumes"] if volume["name"] == name)


def mount(spec: Manifest, path: str) -> Manifest:
    return next(each for each in container(spec)["volumeMounts"] if each["mountPath"] == path)
