"""``VoiceJob.spec``: what a user asks for."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field

from voicejob_api.audio import Audio, AudioFormat, Output
from voicejob_api.base import SET, SpecModel, without_duplicates
from voicejob_api.gpu import GPU, Allocation, gpu_index
from voicejob_api.items import OF_NO_VOICE, Items
from voicejob_api.kubernetes_types import ObjectName, ObjectNameInLabel
from voicejob_api.patterns import DEVICE_PATTERN, MAX_TYPED, LanguageTag, matches
from voicejob_api.quality import QualityCheck
from voicejob_api.resources import ContainerResources
from voicejob_api.rules import Rule, is_blank
from voicejob_api.scalars import Boolean, Integer
from voicejob_api.scheduling import Deadlines, PodTemplate
from voicejob_api.synthesis import Engine, Synthesis
from voicejob_api.text_source import Lexicon, Markup, TextFormat, TextSource
from voicejob_api.voice import Model, Voice
from voicejob_api.voices import Voices

MAX_TEXT_BYTES: Final = 256 * 1024
MAX_RETRIES: Final = 10
MAX_TTL_SECONDS: Final = 31_536_000
_OF_ITEMS: Final = frozenset(one.value for one in TextFormat if one.is_of_items)


class VoiceJobSpec(SpecModel):
    """What to speak, how, and where the audio goes."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="[has(self.text), has(self.textFrom), has(self.items)]"
            ".filter(given, given).size() == 1",
            check=lambda self: [self.text, self.text_from, self.items].count(None) == 2,
            message="write exactly one of text, textFrom and items",
        ),
        Rule(
            cel="!has(self.text) || self.text.trim().size() > 0",
            check=lambda self: self.text is None or not is_blank(self.text),
            message="text is empty: write the text to speak",
            path=".text",
        ),
        Rule(
            cel="!(self.textFormat in ['CSV', 'JSONLines']) || has(self.textFrom)",
            check=lambda self: not self.text_format.is_of_items or self.text_from is not None,
            message="CSV and JSONLines are files of many items: name one in textFrom, or write "
            "items",
            path=".textFormat",
        ),
        Rule(
            cel="!has(self.items) || self.textFormat in ['Auto', 'Plain']",
            check=lambda self: (
                self.items is None or self.text_format in (TextFormat.AUTO, TextFormat.PLAIN)
            ),
            message="the text of items has no markup: leave textFormat out",
            path=".textFormat",
        ),
        Rule(
            cel="!has(self.items) "
            "|| self.items.all(item, !has(item.voice) "
            "|| (has(self.voices) && item.voice in self.voices))",
            check=lambda self: all(
                item.voice is None or item.voice in self.voices for item in self.items or ()
            ),
            message="an item names a voice that is not in voices",
            path=".items",
            offender=OF_NO_VOICE,
        ),
        Rule(
            cel="(!has(self.items) && !(self.textFormat in ['CSV', 'JSONLines'])) "
            "|| ((!has(self.audio.subtitles) || self.audio.subtitles.size() == 0) "
            "&& self.audio.format != 'm4b')",
            check=lambda self: (
                not self.has_items
                or (not self.audio.subtitles and self.audio.format is not AudioFormat.M4B)
            ),
            message="items have no subtitles and no chapters: leave subtitles out, and write "
            "another format than m4b",
            path=".audio",
        ),
        Rule(
            cel="self.textFormat != 'EPUB' || has(self.textFrom)",
            check=lambda self: (
                self.text_format is not TextFormat.EPUB or self.text_from is not None
            ),
            message="an EPUB is a file: name its address in textFrom.uri, or put it into a "
            "ConfigMap's binaryData and name that in textFrom.configMapKeyRef",
            path=".textFormat",
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
            path=".voice",
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
            path=".voice",
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
            cel="self.engine != 'f5-tts' || ((!has(self.voice) || !has(self.voice.speaker)) "
            "&& (!has(self.voices) "
            "|| self.voices.all(name, !has(self.voices[name].speaker))))",
            check=lambda self: (
                self.engine is not Engine.F5_TTS
                or (
                    (self.voice is None or self.voice.speaker is None)
                    and all(one.speaker is None for one in self.voices.values())
                )
            ),
            message="engine f5-tts has no speakers of its own: a voice is a reference (a recording)"
            " and its transcript; speaker is for engines piper and xtts",
        ),
        Rule(
            cel="self.engine != 'piper' || !has(self.voices) "
            "|| self.voices.all(name, !has(self.voices[name].reference))",
            check=lambda self: (
                self.engine is not Engine.PIPER
                or all(one.reference is None for one in self.voices.values())
            ),
            message="engine piper clones no voice: name a speaker or a model in each of voices, or "
            "write engine: f5-tts or engine: xtts",
            path=".voices",
        ),
        Rule(
            cel="self.engine != 'f5-tts' || !has(self.voices) || self.voices.all(name, "
            "has(self.voices[name].reference) && has(self.voices[name].reference.transcript))",
            check=lambda self: (
                self.engine is not Engine.F5_TTS
                or all(
                    one.reference is not None and one.reference.transcript is not None
                    for one in self.voices.values()
                )
            ),
            message="engine f5-tts needs a reference (a recording of the voice) and its transcript "
            "in each of voices",
            path=".voices",
        ),
        Rule(
            cel="self.engine != 'xtts' || !has(self.voices) || self.voices.all(name, "
            "has(self.voices[name].reference) || has(self.voices[name].speaker))",
            check=lambda self: (
                self.engine is not Engine.XTTS
                or all(one.reference or one.speaker for one in self.voices.values())
            ),
            message="engine xtts needs a reference (a recording of the voice) or a speaker in each "
            "of voices",
            path=".voices",
        ),
        Rule(
            cel="!has(self.voices) || self.voices.size() == 0 || !has(self.voice) "
            "|| !has(self.voice.conversion)",
            check=lambda self: (
                not self.voices or self.voice is None or self.voice.conversion is None
            ),
            message="voice.conversion converts all speech to one voice: leave it or voices out",
            path=".voices",
        ),
        Rule(
            cel="self.textFormat != 'Script' || (has(self.voices) && self.voices.size() > 0)",
            check=lambda self: self.text_format is not TextFormat.SCRIPT or bool(self.voices),
            message="textFormat: Script needs voices, by the names that begin its lines",
            path=".textFormat",
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
            message="device is a GPU that the pod does not have: its own is cuda, or cuda:0",
            path=".device",
        ),
        Rule(
            cel="self.device != 'cpu' || !has(self.gpu)",
            check=lambda self: self.device != "cpu" or self.gpu is None,
            message="device: cpu would leave the GPU idle that gpu reserves: leave one of both out",
            path=".device",
        ),
        Rule(
            cel="!has(self.gpu) || self.gpu.allocation != 'KAI' || !has(self.podTemplate) "
            "|| !has(self.podTemplate.spec) || !has(self.podTemplate.spec.schedulerName)",
            check=lambda self: (
                self.gpu is None
                or self.gpu.allocation is not Allocation.KAI
                or self.pod_template is None
                or self.pod_template.spec is None
                or self.pod_template.spec.scheduler_name is None
            ),
            message="gpu.allocation: KAI brings its own scheduler: leave "
            "podTemplate.spec.schedulerName out, or write another allocation",
        ),
    )

    engine: Engine = Engine.PIPER
    """What synthesises: piper (a voice of its own, on the CPU), f5-tts (clones the voice of
    voice.reference; meant for a GPU) or xtts (clones it too, or speaks with the model's speakers;
    meant for a GPU)."""
    language: LanguageTag = "en-US"
    """Language of the text as a BCP 47 tag, such as en-US or pt-BR."""
    text: (
        Annotated[
            str,
            Field(json_schema_extra={"maxLength": 1048576}),
        ]
        | None
    ) = None
    """The text to speak, at most 256 KiB of UTF-8. Exactly one of text, textFrom and items."""
    text_from: TextSource | None = None
    """Where to read a longer text from. Exactly one of text, textFrom and items."""
    items: Items | None = None
    """Many short texts, each a file of its own, and an index of them. More of them than 1,000: name
    a file in textFrom, with textFormat CSV or JSONLines. Exactly one of text, textFrom and items.
    """
    text_format: TextFormat = TextFormat.AUTO
    """What the text is written in: Plain, Markdown, HTML, SSML, EPUB (a file: textFrom), or Script
    (lines such as "Ana: Good morning.", said by the voice of that name in voices). CSV (a header
    with id and text, perhaps voice and language) and JSONLines are files of many items. Auto tells
    all but Script, CSV and JSONLines by the text itself."""
    markup: Markup = Markup()
    """What is said of the text beside its prose."""
    lexicon: Lexicon | None = None
    """How words are said: entries in YAML, JSON Lines or W3C PLS, of words or expressions and what
    is said for them, or their phonemes (which piper speaks). docs/texts.md has examples."""
    model: Model | None = None
    """The checkpoint that speaks. Absent: the catalogue's for the engine and the language."""
    voice: Voice | None = None
    """Whose voice it is. Needed by f5-tts and xtts."""
    voices: Voices = {}
    """The voices of a text that several say, by the names that it calls them: the lines of a Script
    (Ana: Good morning.), SSML's <voice name="Ana">. What no voice is named for is said by voice.
    piper: one of the speakers of the model, or a model of its own."""
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
        Field(max_length=16, json_schema_extra=SET),
        AfterValidator(without_duplicates),
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
        Field(max_length=MAX_TYPED),
        matches(DEVICE_PATTERN, "must be auto, cpu, or cuda"),
    ] = "auto"
    """What the engine computes on. auto: the GPU where gpu asks for one, else whatever is there."""
    resources: ContainerResources | None = None
    """CPU and memory of the worker's container. Absent: the operator's setting."""
    suspend: Boolean = False
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
    queue_name: ObjectNameInLabel | None = None
    """LocalQueue of Kueue's in the VoiceJob's namespace; with gpu.allocation KAI, a queue of
    KAI-Scheduler's, if the platform allows it."""
    workload_priority_class_name: ObjectNameInLabel | None = None
    """WorkloadPriorityClass: the order within Kueue's queues, if the platform allows it. It says
    nothing of pods: that is priorityClassName."""
    retries: Annotated[Integer, Field(ge=0, le=MAX_RETRIES)] = 2
    """How many further attempts follow one that failed for a reason that may pass."""
    deadlines: Deadlines = Deadlines()
    """Limits on the time of each part of the work."""
    ttl_seconds_after_finished: Annotated[Integer, Field(ge=0, le=MAX_TTL_SECONDS)] | None = None
    """Delete the VoiceJob this many seconds after its end; the audio stays. Absent: as the platform
    has it, which by default is never. May be changed."""
    pod_template: PodTemplate | None = None
    """Labels, annotations and placement of the worker pod."""

    @property
    def has_items(self) -> bool:
        """Whether it is many texts, each a file of its own."""
        return self.items is not None or self.text_format.is_of_items

    def of_voice(self, name: str) -> "VoiceJobSpec":
        """The same for one of ``voices`` alone: whose voice, which model and which language."""
        named = self.voices[name]
        changes: dict[str, Any] = {
            "voice": Voice(reference=named.reference, speaker=named.speaker),
            "model": named.model or self.model,
            "language": named.language or self.language,
            "voices": {},
        }
        return self.model_copy(update=changes)


def has_items(spec: Mapping[str, Any]) -> bool:
    """The same of a spec as the API server has it, of whichever version."""
    return "items" in spec or spec.get("textFormat") in _OF_ITEMS


MUTABLE_FIELDS: Final = ("suspend", "ttlSecondsAfterFinished")
"""The only fields of the spec that may change after creation."""
