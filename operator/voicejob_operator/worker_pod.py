"""What the platform gives to every worker's pod, beneath what a VoiceJob says of its own."""

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from voicejob_api import names
from voicejob_api.affinity import Affinity
from voicejob_api.kubernetes_types import AnnotationMap, LabelMap
from voicejob_api.scheduling import Toleration

OWN_LABELS: Final = frozenset(
    {names.LABEL_APP, names.LABEL_MANAGED_BY, names.LABEL_NAME, names.LABEL_UID}
)
"""Labels by which workers are found."""
OWN_VARIABLES: Final = frozenset(
    {
        "HOME",
        "TRACEPARENT",
        "VOICEJOB_ACCEPTED_LICENCES",
        "VOICEJOB_ALLOWED_HOSTS",
        "VOICEJOB_ALLOWED_PRIVATE_HOSTS",
        "VOICEJOB_CHECKPOINT_SECONDS",
        "VOICEJOB_FALLBACK_TO_CPU",
        "VOICEJOB_GPU_MEMORY_MIB",
        "VOICEJOB_GPU_WITHHELD",
        "VOICEJOB_GUARD_ADDRESSES",
        "VOICEJOB_JOB_NAME",
        "VOICEJOB_LOW_VRAM",
        "VOICEJOB_KEEP_VOICES",
        "VOICEJOB_MAX_CHARACTERS",
        "VOICEJOB_POD_NAME",
        "VOICEJOB_STORE_RETRY_SECONDS",
        "VOICEJOB_TERMINATION_GRACE_SECONDS",
        "VOICEJOB_UPLOAD_RETRY_SECONDS",
    }
)
"""Variables that the operator writes itself, each from a setting of its own."""


def _none_of_ours(labels: dict[str, str]) -> dict[str, str]:
    ours = sorted(OWN_LABELS & labels.keys())
    if ours:
        raise ValueError(f"{ours[0]} is the operator's own label of workers: leave it out")
    return labels


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EnvVar(_Settings):
    """A variable of the worker's container, as Kubernetes writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    value: str = ""
    value_from: Annotated[dict[str, Any] | None, Field(alias="valueFrom")] = None
    """A reference, such as to a key of a Secret of the VoiceJob's namespace."""

    @model_validator(mode="after")
    def _is_not_ours(self) -> Self:
        if self.name in OWN_VARIABLES:
            raise ValueError(f"{self.name} is written by the operator, from a value of its own")
        if self.value and self.value_from:
            raise ValueError(f"{self.name} has both value and valueFrom: write one of them")
        return self

    def to_manifest(self) -> dict[str, Any]:
        """The entry of ``env``."""
        if self.value_from is not None:
            return {"name": self.name, "valueFrom": self.value_from}
        return {"name": self.name, "value": self.value}


class CABundle(_Settings):
    """Certificates that workers trust, in each VoiceJob's namespace."""

    config_map: str = ""
    secret: str = ""
    """Instead of a ConfigMap."""
    key: str = "ca.crt"
    """Key of the bundle in PEM: all that is trusted, so that public authorities stand there too."""

    @model_validator(mode="after")
    def _is_in_one_place(self) -> Self:
        if self.config_map and self.secret:
            raise ValueError("caBundle has both configMap and secret: write one of them")
        return self

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.config_map or self.secret)


class WorkerPodSettings(_Settings):
    """Fields of the worker's pod; ``manifests/pod_defaults.py`` puts the VoiceJob's own on top."""

    node_selector: LabelMap = {}
    tolerations: tuple[Toleration, ...] = ()
    affinity: Affinity = Affinity()
    """Each of its three parts counts where the VoiceJob has not written that part."""
    runtime_class_name: str = ""
    gpu_runtime_class_name: str = ""
    """Of workers that get a GPU, instead of the former."""
    priority_class_name: str = ""
    labels: Annotated[LabelMap, AfterValidator(_none_of_ours)] = {}
    annotations: AnnotationMap = {}
    env: tuple[EnvVar, ...] = ()
    topology_spread: tuple[dict[str, Any], ...] = ()
    """Constraints as Kubernetes has them; one without a labelSelector counts all workers."""
    ca_bundle: CABundle = CABundle()
