"""A model in memory, and what is known of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voicejob_worker.engines.protocol import Placed
from voicejob_worker.engines.shared.held_bytes import held_bytes
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from voicejob_worker.serving.voice_loader import LoadedVoice
    from voicejob_worker.serving.voices import Voice


@dataclass(frozen=True)
class ModelStats:
    """What is known of a loaded model. Memory is that of its weights and of what it keeps."""

    voice: str
    """The voice that it was loaded for; others of the same spec share it."""
    engine: str
    device: str
    """What it computes on: cpu, or cuda:0 for the first GPU."""
    device_message: str
    """Why there, where it is not what was asked for or expected; else empty."""
    low_memory: bool
    """Whether its parts share the device's memory in turn."""
    busy: bool
    load_seconds: float
    loaded_seconds: float
    """Seconds since it was loaded."""
    idle_seconds: float
    resident_mib: int
    """MiB in the memory of this process."""
    vram_mib: int | None
    """MiB on the GPU; None if nothing of it is there."""


@dataclass(frozen=True)
class ModelMemory:
    """What a model holds, in bytes."""

    on_gpu: int
    resident: int

    @property
    def counted(self) -> int:
        """What counts of it: the GPU's memory where it is on one, else that of the process."""
        return self.on_gpu or self.resident


def measure(model: LoadedVoice) -> ModelMemory:
    """Count what a model holds: true while others are loaded and speak."""
    sizes = held_bytes((model.engine, model.recogniser, model.reference))
    resident = sizes.pop("cpu", 0)
    return ModelMemory(sum(sizes.values()), resident)


@dataclass
class PooledModel:
    """A model, and who uses it."""

    voice: Voice
    model: LoadedVoice
    load_seconds: float
    memory: ModelMemory
    """What it held when last measured."""
    users: int = 1
    """How many speak with it at this moment."""
    is_retired: bool = False
    """Whether it goes as soon as nobody uses it."""
    loaded_at: float = field(default_factory=time.monotonic)
    used_at: float = field(default_factory=time.monotonic)

    @property
    def idle_seconds(self) -> float:
        """How long nobody has used it."""
        return 0.0 if self.users else time.monotonic() - self.used_at

    def leave(self) -> None:
        """One who spoke with it does so no longer."""
        self.users -= 1
        self.used_at = time.monotonic()

    def stats(self) -> ModelStats:
        """What is known of it.

        Raises:
            ModelUnusableError: it is being unloaded.
        """
        engine, about = self.model.engine, self.model.engine.about()
        return ModelStats(
            voice=self.voice.name,
            engine=self.voice.spec.engine.value,
            device=self.model.device,
            device_message=(about.device_message if about else None) or "",
            low_memory=isinstance(engine, Placed) and engine.is_low_memory,
            busy=self.users > 0,
            load_seconds=round(self.load_seconds, 3),
            loaded_seconds=round(time.monotonic() - self.loaded_at, 3),
            idle_seconds=round(self.idle_seconds, 3),
            resident_mib=self.memory.resident // MIB,
            vram_mib=self.memory.on_gpu // MIB if self.memory.on_gpu else None,
        )
