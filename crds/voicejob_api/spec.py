"""``VoiceJob.spec``: what a user asks for."""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.audio import Audio, Output
from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import ObjectName
from voicejob_api.patterns import DEVICE_PATTERN, LANGUAGE_PATTERN, matches
from voicejob_api.quality import QualityCheck
from voicejob_api.resources import ContainerResources
from voicejob_api.rules import Rule
from voicejob_api.scheduling import GPU, Deadlines, PodTemplate, gpu_index
from voicejob_api.synthesis import Engine, Synthesis
from voicejob_api.text_source import TextSource
from voicejob_api.voice import Model, Voice

MAX_TEXT_BYTES: Final = 256 * 1024
MAX_RETRIES: Final = 10


class VoiceJobSpec(SpecModel):
    """What to speak, how, and where the audio goes."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.text) != has(self.textFrom)",
            check=lambda self: (self.text is None) != (self.text_from is None),
            message="write exactly one of text and textFrom",
        ),
        Rule(
            cel="!has(self.text) || self.text.size() > 0",
            check=lambda self: self.text != "",
            message="text is empty: write the text to speak",
            path=".text",
        ),
        Rule(
            cel=f"!has(self.text) || bytes(self.text).size() <= {MAX_TEXT_BYTES}",
            check=lambda self: len((self.text or "").encode()) <= MAX_TEXT_BYTES,
            message="text is over 256 KiB: put it into a ConfigMap and name that in "
            "textFrom.configMapKeyRef, or name its address in textFrom.uri",
            path=".text",
        ),
        Rule(
            cel="self.engine != 'f5-tts' || (has(self.voice) && has(self.voice.reference) "
            "&& has(self.voice.reference.transcript))",
            check=lambda self: (
                self.engine is not Engine.F5_TTS
                or (
                    self.voice is not None
                    and self.voice.reference is not None
                    and self.voice.reference.transcript is not None
                )
            ),
            message="engine f5-tts needs voice.reference (a recording of the voice) and its "
            "transcript",
        ),
        Rule(
            cel="self.engine != 'xtts' || (has(self.voice) && (has(self.voice.reference) "
            "|| has(self.voice.speaker)))",
            check=lambda self: (
                self.engine is not Engine.XTTS
                or (
                    self.voice is not None
                    and (self.voice.reference is not None or self.voice.speaker is not None)
                )
            ),
            message="engine xtts needs voice.reference (a recording of the voice) or "
            "voice.speaker (one that the model brings)",
        ),
        Rule(
            cel="self.engine != 'piper' || !has(self.voice) || !has(self.voice.reference)",
            check=lambda self: (
                self.engine is not Engine.PIPER
                or self.voice is None
                or self.voice.reference is None
            ),
            message="engine piper has a voice of its own: leave voice.reference out, or write "
            "engine: f5-tts or engine: xtts",
        ),
        Rule(
            cel="self.engine == 'xtts' || !has(self.voice) || !has(self.voice.speaker)",
            check=lambda self: (
                self.engine is Engine.XTTS or self.voice is None or self.voice.speaker is None
            ),
            message="voice.speaker is for engine xtts",
        ),
        Rule(
            cel="self.engine == 'f5-tts' || !has(self.model) || !has(self.model.variant)",
            check=lambda self: (
                self.engine is Engine.F5_TTS or self.model is None or self.model.variant is None
            ),
            message="model.variant is for engine f5-tts",
        ),
        Rule(
            cel="self.engine == 'xtts' || !has(self.synthesis.temperature)",
            check=lambda self: self.engine is Engine.XTTS or self.synthesis.temperature is None,
            message="temperature is for engine xtts",
            path=".synthesis",
        ),
        Rule(
            cel="self.engine == 'f5-tts' || (!has(self.synthesis.profile) "
            "&& !has(self.synthesis.nfeSteps) && !has(self.synthesis.cfgStrength) "
            "&& !has(self.synthesis.swaySamplingCoef))",
            check=lambda self: (
                self.engine is Engine.F5_TTS
                or (
                    self.synthesis.profile is None
                    and self.synthesis.nfe_steps is None
                    and self.synthesis.cfg_strength is None
                    and self.synthesis.sway_sampling_coef is None
                )
            ),
            message="profile, nfeSteps, cfgStrength and swaySamplingCoef are for engine f5-tts",
            path=".synthesis",
        ),
        Rule(
            cel="!self.device.startsWith('cuda') || has(self.gpu)",
            check=lambda self: not self.device.startswith("cuda") or self.gpu is not None,
            message="device asks for a GPU and gpu reserves none: write gpu: {}, or device: cpu",
            path=".device",
        ),
        Rule(
            cel="!self.device.startsWith('cuda:') || !has(self.gpu) "
            "|| int(self.device.substring(5)) < self.gpu.count",
            check=lambda self: self.gpu is None or gpu_index(self.device) < self.gpu.count,
            message="device is a GPU that gpu.count does not reserve: cuda:0 is the first of the "
            "pod's own, cuda:1 needs count: 2",
            path=".device",
        ),
        Rule(
            cel="self.device != 'cpu' || !has(self.gpu)",
            check=lambda self: self.device != "cpu" or self.gpu is None,
            message="device: cpu would leave the GPU idle that gpu reserves: leave one of both out",
            path=".device",
        ),
    )

    engine: Engine = Engine.PIPER
    """What synthesises: piper (a voice of its own, on the CPU), f5-tts (clones the voice of
    voice.reference; meant for a GPU) or xtts (clones it too, or speaks with the model's speakers;
    meant for a GPU)."""
    language: Annotated[
        str,
        Field(max_length=35),
        matches(LANGUAGE_PATTERN, "must be a BCP 47 language tag such as en-US or pt-BR"),
    ] = "en-US"
    """Language of the text as a BCP 47 tag, such as en-US or pt-BR."""
    text: (
        Annotated[
            str,
            Field(json_schema_extra={"maxLength": 1048576}),
        ]
        | None
    ) = None
    """The text to speak, at most 256 KiB of UTF-8. Exactly one of text and textFrom."""
    text_from: TextSource | None = None
    """Where to read a longer text from. Exactly one of text and textFrom."""
    model: Model | None = None
    """The checkpoint that speaks. Absent: the catalogue's for the engine and the language."""
    voice: Voice | None = None
    """Whose voice it is. Needed by f5-tts and xtts."""
    accept_licences: Annotated[
        list[
            Annotated[
                str,
                Field(max_length=63),
                matches(
                    r"^[A-Za-z0-9][A-Za-z0-9.+-]*$",
                    "must be the name of a licence such as CPML or CC-BY-NC-4.0",
                ),
            ]
        ],
        Field(max_length=16, json_schema_extra={"x-kubernetes-list-type": "set"}),
    ] = []
    """Licences of models that you have read and accept, such as CPML (the Coqui Public Model
    License, of XTTS v2: no commercial use). The operator may accept licences for all."""
    synthesis: Synthesis = Synthesis()
    """How the engine speaks."""
    quality: QualityCheck = QualityCheck()
    """How the audio is checked before it is shipped."""
    audio: Audio = Audio()
    """Format and loudness of the audio."""
    output: Output | None = None
    """Where the audio goes. Absent: the operator's own store."""
    gpu: GPU | None = None
    """GPUs for the worker. Absent: none."""
    device: Annotated[
        str,
        Field(max_length=7),
        matches(DEVICE_PATTERN, "must be auto, cpu, cuda, or cuda:0 for the first of several GPUs"),
    ] = "auto"
    """What the engine computes on. auto: the GPU where gpu asks for one, else whatever is there.
    cuda:1 is the second of the pod's own GPUs."""
    resources: ContainerResources | None = None
    """CPU and memory of the worker's container. Absent: the operator's setting."""
    suspend: bool = False
    """true stops the work (finished chunks are kept), false goes on with it. May be changed."""
    priority_class_name: (
        Annotated[
            ObjectName,
            Rule(
                cel="!self.startsWith('system-')",
                check=lambda name: not name.startswith("system-"),
                message="classes whose names begin with system- are for what the cluster itself "
                "runs on: name another PriorityClass, or leave priorityClassName out",
            ),
        ]
        | None
    ) = None
    """PriorityClass of the worker pod, if the platform allows it."""
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES)] = 2
    """How many further attempts follow one that failed for a reason that may pass."""
    deadlines: Deadlines = Deadlines()
    """Limits on the time of each part of the work."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31536000)] | None = None
    """Delete the VoiceJob this many seconds after its end; the audio stays. Absent: never.
    May be changed."""
    pod_template: PodTemplate | None = None
    """Labels, annotations and placement of the worker pod."""


MUTABLE_FIELDS: Final = ("suspend", "ttlSecondsAfterFinished")
"""The only fields of the spec that may change after creation."""
