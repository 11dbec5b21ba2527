"""Where the pods of a VoiceJob run, what they need, and how long each part may take."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from voicejob_api.affinity import Affinity
from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import (
    AnnotationMap,
    LabelKey,
    LabelMap,
    LabelValue,
    ObjectName,
    Text,
)
from voicejob_api.patterns import matches
from voicejob_api.rules import Rule

MAX_GPUS: Final = 16
MAX_ACTIVE_SECONDS: Final = 30 * 86_400


class Toleration(SpecModel):
    """Lets the pod onto nodes with a matching taint."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.key)",
            check=lambda self: self.key is not None,
            message="a toleration of every taint is not accepted: name the taint's key",
        ),
        Rule(
            cel="self.operator != 'Exists' || !has(self.value) || self.value == ''",
            check=lambda self: self.operator != "Exists" or not self.value,
            message="operator Exists takes no value",
            path=".value",
        ),
        Rule(
            cel="!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
            check=lambda self: self.toleration_seconds is None or self.effect == "NoExecute",
            message="tolerationSeconds goes with effect NoExecute",
            path=".tolerationSeconds",
        ),
    )

    key: LabelKey | None = None
    """The taint's key."""
    operator: Literal["Exists", "Equal"] = "Equal"
    """How key and value are compared."""
    value: LabelValue | None = None
    """The taint's value, with operator Equal."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """The taint's effect; absent matches every effect."""
    toleration_seconds: int | None = None
    """With effect NoExecute: for how many seconds the taint is tolerated."""


class ImagePullSecret(SpecModel):
    """A Secret of type kubernetes.io/dockerconfigjson in the VoiceJob's namespace."""

    name: ObjectName
    """The Secret's name."""


class PodTemplateMetadata(SpecModel):
    """Labels and annotations that the worker pod gets besides the operator's own."""

    labels: LabelMap = {}
    """Labels, as far as the platform allows; user.voicejob.dev/ is for you where it has not said
    otherwise."""
    annotations: AnnotationMap = {}
    """Annotations, as far as the platform allows."""


class PodTemplateSpec(SpecModel):
    """Pod fields, with Kubernetes' own names and meanings."""

    node_selector: LabelMap = {}
    """Labels that the node must have."""
    tolerations: Annotated[list[Toleration], Field(max_length=16)] = []
    """Taints that the pod tolerates, as far as the platform allows."""
    affinity: Affinity | None = None
    """Affinity rules."""
    service_account_name: ObjectName | None = None
    """ServiceAccount of the pod, if the platform allows it. Its token is never mounted into the
    worker."""
    image_pull_secrets: Annotated[list[ImagePullSecret], Field(max_length=8)] = []
    """Secrets to pull the worker's image with, if the platform allows them."""
    runtime_class_name: ObjectName | None = None
    """RuntimeClass, such as `nvidia`, if the platform allows it."""
    scheduler_name: ObjectName | None = None
    """Scheduler that places the pod, if the platform allows it."""


class PodTemplate(SpecModel):
    """What a VoiceJob may set on its worker pod."""

    metadata: PodTemplateMetadata | None = None
    """Labels and annotations of the pod."""
    spec: PodTemplateSpec | None = None
    """Where the pod runs."""


class LowVRAM(StrEnum):
    """Whether the parts of an engine share the GPU's memory in turn."""

    AUTO = "Auto"
    ON = "On"
    OFF = "Off"


def gpu_index(device: str) -> int:
    """Which of the pod's GPUs ``spec.device`` is, counted from 0: 1 for ``cuda:1``."""
    return int(device.partition("cuda:")[2] or 0)


class GPU(SpecModel):
    """Whole GPUs for the worker. Absent: the worker runs on the CPU."""

    count: Annotated[int, Field(ge=1, le=MAX_GPUS)] = 1
    """How many GPUs."""
    resource_name: Annotated[
        Text,
        matches(
            r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
            "must be an extended resource such as nvidia.com/gpu",
        ),
    ] = "nvidia.com/gpu"
    """The extended resource that the node's device plugin advertises, if the platform allows it. A
    taint of the same name is tolerated."""
    fallback_to_cpu: Annotated[bool, Field(alias="fallbackToCPU")] = False
    """Whether the work goes on on the CPU where the GPU cannot be used, or has too little memory
    whatever was tried; status.model.device says where it ran. It may take ten times as long."""
    low_vram: Annotated[LowVRAM, Field(alias="lowVRAM")] = LowVRAM.AUTO
    """On: each stage loads what it needs onto the GPU and takes it off again. Off: what was loaded
    stays. Auto: On where the GPU has under 6 GB. Write "On" and "Off" in quotes: bare, YAML reads
    them as true and false."""


class Deadlines(SpecModel):
    """How long each part of the work may take, in seconds. Absent: the operator's setting."""

    queue_seconds: Annotated[int, Field(ge=1, le=2592000)] | None = None
    """Waiting in phase Queued for free capacity."""
    start_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """From the moment that the pod has a node until its worker starts: pulling the image, mounting
    volumes. Waiting for a node counts for queueSeconds."""
    active_seconds: Annotated[int, Field(ge=1, le=MAX_ACTIVE_SECONDS)] | None = None
    """From the first worker's start to the end of the last attempt, suspensions left out."""
