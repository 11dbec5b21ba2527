"""Where the pods of a VoiceJob run, what they need, and how long each part may take."""

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
)
from voicejob_api.rules import Rule
from voicejob_api.scalars import Integer

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
    toleration_seconds: Integer | None = None
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


class Deadlines(SpecModel):
    """How long each part of the work may take, in seconds. Absent: the operator's setting."""

    queue_seconds: Annotated[Integer, Field(ge=1, le=2592000)] | None = None
    """Waiting in phase Queued for free capacity."""
    start_seconds: Annotated[Integer, Field(ge=1, le=86400)] | None = None
    """From the moment that the pod has a node until its worker starts: pulling the image, mounting
    volumes. Waiting for a node counts for queueSeconds."""
    active_seconds: Annotated[Integer, Field(ge=1, le=MAX_ACTIVE_SECONDS)] | None = None
    """From the first worker's start to the end of the last attempt, suspensions left out."""
