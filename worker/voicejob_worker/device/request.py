"""What a user or an operator asks of the device, before anybody has looked at what is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from voicejob_api.gpu import LowVRAM, gpu_index
from voicejob_api.synthesis import Engine
from voicejob_worker.device.needs import ANY_ENGINE_MIB, minimum_free_mib
from voicejob_worker.device.share import needed_mib

if TYPE_CHECKING:
    from voicejob_api.spec import VoiceJobSpec
    from voicejob_worker.settings import Settings

Value = TypeVar("Value")
_IDLE_GPU: Final = (
    "piper computes on the CPU: the GPU that was asked for stays idle. Leave spec.gpu out, and "
    "device: cuda, or convert the voice (spec.voice.conversion), which computes on a GPU"
)

_WITHHELD: Final = "on the CPU: no GPU was free within queueSeconds"


@dataclass(frozen=True)
class DeviceRequest:
    """Which device is asked for, and what may be done where it cannot be used."""

    device: str = "auto"
    """auto, cpu, cuda or cuda:1."""
    needs_gpu: bool = False
    """Whether a GPU was asked for and paid: auto then means it, and to go on without would be slow
    unseen."""
    fallback_to_cpu: bool = False
    """Whether the CPU will do, said in words, where the GPU cannot be used or is too small."""
    low_vram: LowVRAM = LowVRAM.AUTO
    """Whether parts share the GPU's memory in turn."""
    minimum_free_mib: int = ANY_ENGINE_MIB
    """Free memory of the GPU, CUDA's own share taken, without which nothing is tried."""
    memory_mib: int | None = None
    """Memory that the GPU, or the share of one, must have in all; None for any."""
    is_placed: bool = False
    """Whether an operator looked for a GPU with that memory, and looks for another one."""
    message: str = ""
    """Why it is not what the user asked for, or is slow, in words for people; else empty."""

    @property
    def wants_gpu(self) -> bool:
        """Whether a CPU instead would not be what was asked for."""
        return self.device.startswith("cuda") or (self.device == "auto" and self.needs_gpu)

    @property
    def index(self) -> int:
        """Which GPU is meant: ``auto`` and ``cuda`` are the first that this process may use."""
        return gpu_index(self.device)


ANY_DEVICE: Final = DeviceRequest()
"""Nobody asks for anything: the GPU if there is one that can be used, else the CPU."""


def device_request(spec: VoiceJobSpec, settings: Settings) -> DeviceRequest:
    """What the command line asks for, then ``spec``, then the worker's environment."""
    if settings.gpu_withheld:
        return DeviceRequest("cpu", message=_WITHHELD)
    gpu = spec.gpu
    device = _first(settings, "device", spec.device, unless="auto")
    converts = spec.voice is not None and spec.voice.conversion is not None
    if spec.engine is Engine.PIPER and not converts:  # neither computes with torch, nor on a GPU
        wanted = DeviceRequest(device, needs_gpu=gpu is not None).wants_gpu
        return DeviceRequest("cpu", message=_IDLE_GPU if wanted else "")
    return DeviceRequest(
        device=device,
        needs_gpu=gpu is not None,
        fallback_to_cpu=_first(
            settings, "fallback_to_cpu", gpu is not None and gpu.fallback_to_cpu, unless=False
        ),
        low_vram=_first(
            settings, "low_vram", LowVRAM.AUTO if gpu is None else gpu.low_vram, unless=LowVRAM.AUTO
        ),
        minimum_free_mib=minimum_free_mib(spec.engine, converts=converts),
        memory_mib=needed_mib(gpu, settings.gpu_memory_mib),
        is_placed=settings.gpu_memory_mib is not None,
    )


def _first(settings: Settings, name: str, of_spec: Value, *, unless: Value) -> Value:
    """A setting of the command line, else what the spec says, else the setting of the environment.

    Args:
        settings: The worker's.
        name: Of the setting.
        of_spec: The spec's.
        unless: What the spec says where it leaves it open.
    """
    setting: Value = getattr(settings, name)
    return setting if of_spec == unless or settings.is_flag(name) else of_spec
