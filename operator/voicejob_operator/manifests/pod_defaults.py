"""Joins what the platform gives to every worker's pod with what a VoiceJob says of its own."""

from typing import Any

from voicejob_api.affinity import Affinity
from voicejob_api.scheduling import PodTemplateSpec, Toleration
from voicejob_api.spec import VoiceJobSpec
from voicejob_operator.worker_pod import WorkerPodSettings


def own_fields(spec: VoiceJobSpec) -> PodTemplateSpec:
    """The pod fields that the VoiceJob has written itself."""
    return (spec.pod_template and spec.pod_template.spec) or PodTemplateSpec()


def with_defaults(
    own: PodTemplateSpec, defaults: WorkerPodSettings, *, has_gpu: bool = False
) -> PodTemplateSpec:
    """The pod fields that are in force: the VoiceJob's, and beneath them the platform's.

    Of nodeSelector each key is the VoiceJob's where it names it, tolerations are both's, and of
    affinity each part (nodes, pods, pods to keep away from) is the VoiceJob's where it has one.
    """
    usual = (has_gpu and defaults.gpu_runtime_class_name) or defaults.runtime_class_name
    changes: dict[str, Any] = {
        "node_selector": {**defaults.node_selector, **own.node_selector},
        "tolerations": _both(own.tolerations, defaults.tolerations),
        "affinity": _affinity(own.affinity, defaults.affinity),
        "runtime_class_name": own.runtime_class_name or usual,
    }
    return own.model_copy(update={name: value for name, value in changes.items() if value})


def _both(own: list[Toleration], defaults: tuple[Toleration, ...]) -> list[Toleration]:
    return [*own, *(each for each in defaults if each not in own)]


def _affinity(own: Affinity | None, defaults: Affinity) -> Affinity | None:
    if not defaults.model_fields_set:
        return own
    if own is None:
        return defaults
    written = {name: getattr(own, name) for name in own.model_fields_set}
    return defaults.model_copy(
        update={name: part for name, part in written.items() if part is not None}
    )
