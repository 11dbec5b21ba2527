"""How a VoiceJob's GPU request becomes pod fields: a limit on an extended resource."""

from typing import Final

from voicejob_api.spec import VoiceJobSpec
from voicejob_operator.manifests.names import Manifest

_TAINT_EFFECT: Final = "NoSchedule"


def gpu_limits(spec: VoiceJobSpec) -> dict[str, str]:
    """Limits of the container; a device plugin's resources need no request beside them."""
    return {} if spec.gpu is None else {spec.gpu.resource_name: str(spec.gpu.count)}


def gpu_tolerations(spec: VoiceJobSpec) -> list[Manifest]:
    """Lets the pod onto nodes whose taint is named like the resource."""
    if spec.gpu is None:
        return []
    return [{"key": spec.gpu.resource_name, "operator": "Exists", "effect": _TAINT_EFFECT}]
