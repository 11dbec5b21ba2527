"""The demo's eight VoiceJobs, and what the played workers of seven of them say at their ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from demo_gpu.devices import KWOK_TAINT, LABEL, Manifest

REAL = "hello"
"""The one whose worker is real: it speaks on the CPU, and NVML's stand-in tells it of a GPU."""
REAL_RESOURCE = "nvidia.com/mig-1g.5gb"


@dataclass(frozen=True)
class Ending:
    """How a played worker ends."""

    gpu: str
    memory_mib: int
    peak_mib: int
    exit_code: int = 0

    def message(self) -> str:
        """The last word, as a worker writes it."""
        told: dict[str, Any] = {
            "stage": "Ended",
            "exitCode": self.exit_code,
            "gpu": {
                "name": self.gpu,
                "uuid": "GPU-00000000-0000-0000-0000-000000000000",
                "memoryMiB": self.memory_mib,
                "computeCapability": "9.0",
                "driver": "580.65.06",
            },
            "vram": {
                "deviceBeforeMiB": 20,
                "reservedPeakMiB": self.peak_mib - 20,
                "devicePeakMiB": self.peak_mib,
            },
        }
        if self.exit_code:
            told["reason"] = "GPUOutOfMemory"
            told["message"] = "The GPU's memory is used up (played)"
        else:
            told["audio"] = {
                "uri": "s3://voicejob/played/nothing-was-spoken.wav",
                "sha256": "0" * 64,
                "sizeBytes": 44,
                "format": "wav",
                "sampleRate": 22050,
                "durationSeconds": 1.0,
            }
        return json.dumps(told)


@dataclass(frozen=True)
class Example:
    """A VoiceJob, what it is there to show, and how each of its attempts ends."""

    name: str
    shows: str
    gpu: Manifest
    endings: tuple[Ending, ...] = field(default=())

    @property
    def asked(self) -> str:
        """What it asks for, in a line."""
        return ", ".join(f"{key}: {value}" for key, value in self.gpu.items())

    def manifest(self) -> Manifest:
        """The VoiceJob; a played one is led to kwok's nodes, and runs until it is told to end."""
        spec: Manifest = {"text": "Where does this text go?", "gpu": self.gpu}
        if self.endings:
            # Of a kind of its own: what is invented must not be taken for what others need.
            spec["model"] = {"uri": f"https://voices.invalid/{self.name}.onnx"}
            spec["podTemplate"] = {
                "metadata": {"annotations": {"kwok.voicejob.dev/run-for": "24h"}},
                "spec": {
                    "nodeSelector": {LABEL: "yes"},
                    "tolerations": [
                        {"key": KWOK_TAINT, "operator": "Exists", "effect": "NoSchedule"}
                    ],
                },
            }
        return {
            "apiVersion": "voicejob.dev/v1alpha1",
            "kind": "VoiceJob",
            "metadata": {"name": self.name},
            "spec": spec,
        }


H100 = "NVIDIA H100 80GB HBM3"
EXAMPLES = (
    Example(
        "letter",
        "a whole GPU, by its product",
        {"product": "L4"},
        (Ending("NVIDIA L4", 23034, 6120),),
    ),
    Example(
        "lecture",
        "a whole GPU, by its memory",
        {"memory": "100Gi"},
        (Ending("NVIDIA H200", 143771, 88210),),
    ),
    Example(
        "notice",
        "its part of a GPU that four share by turns",
        {"memory": "5Gi", "product": "A10-SHARED"},
        (Ending("NVIDIA A10", 23028, 4310),),
    ),
    Example(
        "poem",
        "the smallest MIG profile that has the memory",
        {"memory": "8Gi"},
        (Ending(f"{H100} MIG 1g.10gb", 9984, 7040),),
    ),
    Example(
        "novel",
        "a larger MIG profile, after the first was too small",
        {"memory": "9Gi"},
        (
            Ending(f"{H100} MIG 1g.10gb", 9984, 9961, exit_code=20),
            Ending(f"{H100} MIG 3g.40gb", 40448, 13350),
        ),
    ),
    Example(
        "radio",
        "a GPU of AMD's, whose memory is a label such as 191G",
        {"resourceName": "amd.com/gpu", "memory": "100Gi"},
        (Ending("AMD Instinct MI300X", 196608, 70100),),
    ),
    Example(
        "claim",
        "a claim, allocated by the scheduler (dynamic resource allocation)",
        {"deviceClassName": "gpu.nvidia.com", "memory": "40Gi"},
        (Ending("NVIDIA RTX PRO 6000", 97887, 31900),),
    ),
    Example(
        REAL,
        "a MIG profile by its name, with a real worker",
        {"resourceName": REAL_RESOURCE, "lowVRAM": "On"},
    ),
)
