"""``VoiceJob.spec``: what a user asks for."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.patterns import matches
from voicejob_api.rules import Rule
from voicejob_api.scheduling import ContainerResources, PodTemplate, Text
from voicejob_api.voice import Model, Recogniser, Voice

MAX_TEXT_BYTES: Final = 256 * 1024
LANGUAGE_PATTERN: Final = (
    r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{4,8})*$"
)
S3_PREFIX_PATTERN: Final = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#\s]*)?$"
TEXT_URI_PATTERN: Final = r"^(https?://[^/\s]+(/\S*)?|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+)$"
OPUS_RATES: Final = (8000, 12000, 16000, 24000, 48000)
MP3_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


class Engine(StrEnum):
    """What synthesises."""

    PIPER = "piper"
    F5_TTS = "f5-tts"
    XTTS = "xtts"


class Profile(StrEnum):
    """How much work goes into a sound."""

    DRAFT = "draft"
    BALANCED = "balanced"
    HIGH = "high"


class Acceptance(StrEnum):
    """What becomes of audio that fails its check."""

    STRICT = "Strict"
    BEST_EFFORT = "BestEffort"


class AudioFormat(StrEnum):
    """Container and codec of the audio file."""

    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    OPUS = "opus"


class SubtitleFormat(StrEnum):
    """Format of a subtitle file."""

    SRT = "srt"
    VTT = "vtt"


class KeyRef(SpecModel):
    """A key of a ConfigMap or Secret in the VoiceJob's namespace."""

    name: Annotated[Text, Field(min_length=1)]
    """Name of the ConfigMap or Secret."""
    key: Annotated[Text, Field(min_length=1)]
    """Key in it; its value is UTF-8 text."""


class TextSource(SpecModel):
    """Where the text is read from. Exactly one of configMapKeyRef, secretKeyRef and uri."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="[has(self.configMapKeyRef), has(self.secretKeyRef), has(self.uri)]"
            ".filter(given, given).size() == 1",
            check=lambda self: (
                [self.config_map_key_ref, self.secret_key_ref, self.uri].count(None) == 2
            ),
            message="write exactly one of configMapKeyRef, secretKeyRef and uri",
        ),
        Rule(
            cel="has(self.credentialsSecret) == (has(self.uri) && self.uri.startsWith('s3://'))",
            check=lambda self: (
                (self.credentials_secret is not None) == (self.uri or "").startswith("s3://")
            ),
            message="credentialsSecret goes with an s3:// uri, and only with one: name the Secret "
            "that holds AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
    )

    config_map_key_ref: KeyRef | None = None
    """A key of a ConfigMap. The worker waits in phase Starting until it exists."""
    secret_key_ref: KeyRef | None = None
    """A key of a Secret. The worker waits in phase Starting until it exists."""
    uri: (
        Annotated[
            str,
            Field(max_length=2048),
            matches(
                TEXT_URI_PATTERN,
                "must be an https://, http:// or s3://bucket/key address of a UTF-8 text",
            ),
        ]
        | None
    ) = None
    """Address of a UTF-8 text: https://, http:// or s3://bucket/key. The worker fetches it."""
    credentials_secret: Text | None = None
    """For an s3:// uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and
    where needed AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""


class Synthesis(SpecModel):
    """How the engine speaks."""

    # The API server compares a whole number with a truncated minimum (kube-openapi,
    # validation/validate/values.go), so that 0 would pass `minimum: 0.5`; CEL compares rightly.
    speed: Annotated[
        float,
        Rule(
            cel="self >= 0.5 && self <= 2.0",
            check=lambda speed: 0.5 <= speed <= 2.0,
            message="must be from 0.5 (half as fast) to 2.0 (twice as fast)",
        ),
    ] = 1.0
    """Speaking rate: 1.0 is the voice's own, 2.0 twice as fast."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Seed of the engine's noise. The same VoiceJob with the same seed gives the same bytes."""
    profile: Profile | None = None
    """f5-tts: draft (7 evaluations of the network, for a first listen), balanced (16) or high (32).
    Absent: balanced. A field below overrides its part."""
    nfe_steps: Annotated[int, Field(ge=4, le=128)] | None = None
    """f5-tts: evaluations of the network per chunk (NFE)."""
    cfg_strength: (
        Annotated[
            float,
            Rule(
                cel="self >= 0.0 && self <= 10.0",
                check=lambda value: 0.0 <= value <= 10.0,
                message="must be from 0 (no guidance) to 10",
            ),
        ]
        | None
    ) = None
    """f5-tts: strength of classifier-free guidance. Absent: 2."""
    sway_sampling_coef: (
        Annotated[
            float,
            Rule(
                cel="self >= -1.0 && self <= 1.0",
                check=lambda value: -1.0 <= value <= 1.0,
                message="must be from -1 to 1; 0 spaces the steps evenly",
            ),
        ]
        | None
    ) = None
    """f5-tts: where in time the steps lie (sway sampling). Absent: -1."""
    temperature: (
        Annotated[
            float,
            Rule(
                cel="self >= 0.05 && self <= 2.0",
                check=lambda value: 0.05 <= value <= 2.0,
                message="must be from 0.05 (steady) to 2 (lively)",
            ),
        ]
        | None
    ) = None
    """xtts: how freely the next sound is chosen. Absent: the model's own, usually 0.75."""


def _rate_rule(audio_format: AudioFormat, rates: tuple[int, ...]) -> Rule:
    return Rule(
        cel=f"!has(self.sampleRate) || self.format != '{audio_format}' "
        f"|| self.sampleRate in {list(rates)}",
        check=lambda self: (
            self.sample_rate is None or self.format != audio_format or self.sample_rate in rates
        ),
        message=f"with format {audio_format}, sampleRate must be one of "
        f"{', '.join(map(str, rates))}",
        path=".sampleRate",
    )


class Audio(SpecModel):
    """The file that comes out."""

    rules: ClassVar[tuple[Rule, ...]] = (
        _rate_rule(AudioFormat.OPUS, OPUS_RATES),
        _rate_rule(AudioFormat.MP3, MP3_RATES),
    )

    format: AudioFormat = AudioFormat.WAV
    """wav (16-bit PCM), flac (16-bit), mp3 or opus (in an Ogg file)."""
    sample_rate: Annotated[int, Field(ge=8000, le=96000)] | None = None
    """Samples per second. Absent: the voice's own rate, or for opus the next that it knows."""
    loudness_lufs: Annotated[float, Field(alias="loudnessLUFS", ge=-40.0, le=-9.0)] = -16.0
    """Integrated loudness to reach, in LUFS (ITU-R BS.1770). The true peak stays under -1 dBTP."""
    trim_silence: bool = True
    """Remove the silence before the first and after the last word."""
    subtitles: Annotated[
        list[SubtitleFormat],
        Field(max_length=2, json_schema_extra={"x-kubernetes-list-type": "set"}),
    ] = []
    """Subtitle files to write beside the audio, from the real times of the spoken chunks."""


class VolumeOutput(SpecModel):
    """A folder of a PersistentVolumeClaim in the VoiceJob's namespace."""

    claim_name: Annotated[Text, Field(min_length=1)]
    """Name of the PersistentVolumeClaim."""
    sub_path: Annotated[
        str,
        Field(max_length=1024),
        Rule(
            cel="!self.startsWith('/') && !self.split('/').exists(p, p == '..')",
            check=lambda value: not value.startswith("/") and ".." not in value.split("/"),
            message="must be a relative path without '..', such as audio/2026",
        ),
    ] = ""
    """Folder in the volume; it is made where it does not exist."""


class Output(SpecModel):
    """Where the audio goes. Absent: the operator's own store."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.uri) != has(self.persistentVolumeClaim)",
            check=lambda self: (self.uri is None) != (self.persistent_volume_claim is None),
            message="write exactly one of uri and persistentVolumeClaim, or leave output out for "
            "the operator's own store",
        ),
        Rule(
            cel="has(self.uri) == has(self.credentialsSecret)",
            check=lambda self: (self.uri is None) == (self.credentials_secret is None),
            message="uri and credentialsSecret go together: name the Secret that holds "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the bucket",
        ),
    )

    uri: (
        Annotated[
            str,
            Field(max_length=1024),
            matches(S3_PREFIX_PATTERN, "must be an address s3://bucket/prefix/"),
        ]
        | None
    ) = None
    """Bucket and prefix, s3://bucket/prefix/. The file is called NAME-UID.FORMAT below it."""
    credentials_secret: Text | None = None
    """For uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and where needed
    AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""
    persistent_volume_claim: VolumeOutput | None = None
    """A volume to write to."""


class QualityCheck(SpecModel):
    """How the audio is checked before it is shipped. Every chunk always is: silence, clipping,
    noise, length, babble after the text; a chunk that fails is spoken anew, at most twice."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.transcribe || (!has(self.maxWordErrorRate) && !has(self.maxDivergentWords) "
            "&& !has(self.recogniser))",
            check=lambda self: (
                self.transcribe
                or (
                    self.max_word_error_rate is None
                    and self.max_divergent_words is None
                    and self.recogniser is None
                )
            ),
            message="maxWordErrorRate, maxDivergentWords and recogniser need transcribe: true",
        ),
    )

    accept: Acceptance = Acceptance.STRICT
    """Strict: the VoiceJob fails where a chunk is still bad after two more takes. BestEffort: its
    best take is shipped, and status.quality counts it."""
    transcribe: bool = False
    """Have each chunk heard by a speech recogniser, and compare what it heard with the text."""
    max_word_error_rate: (
        Annotated[
            float,
            Rule(
                cel="self >= 0.0 && self <= 1.0",
                check=lambda rate: 0.0 <= rate <= 1.0,
                message="must be from 0 to 1",
            ),
        ]
        | None
    ) = None
    """With transcribe: word error rate over which a chunk fails. Absent: the worker's default."""
    max_divergent_words: Annotated[int, Field(ge=0, le=1000)] | None = None
    """With transcribe: longest run of words that were inserted, dropped or changed, over which a
    chunk fails. Absent: the worker's default."""
    recogniser: Recogniser | None = None
    """With transcribe: the recogniser. Absent: a small English one that the image holds."""


class GPU(SpecModel):
    """Whole GPUs for the worker. Absent: the worker runs on the CPU."""

    count: Annotated[int, Field(ge=1, le=16)] = 1
    """How many GPUs."""
    resource_name: Annotated[
        Text,
        matches(
            r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
            "must be an extended resource such as nvidia.com/gpu",
        ),
    ] = "nvidia.com/gpu"
    """The extended resource that the node's device plugin advertises. A taint of the same name is
    tolerated."""


class Deadlines(SpecModel):
    """How long each part of the work may take, in seconds. Absent: the operator's setting."""

    queue_seconds: Annotated[int, Field(ge=1, le=2592000)] | None = None
    """Waiting in phase Queued for free capacity."""
    start_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """In phase Starting: pulling the image, mounting volumes; also waiting for a node where none
    of the cluster could ever take the pod."""
    active_seconds: Annotated[int, Field(ge=1, le=2592000)] | None = None
    """From the first worker's start to the end of the last attempt; a suspension starts it anew."""


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
    resources: ContainerResources | None = None
    """CPU and memory of the worker's container. Absent: the operator's setting."""
    suspend: bool = False
    """true stops the work (finished chunks are kept), false goes on with it. May be changed."""
    priority_class_name: Text | None = None
    """PriorityClass of the worker pod."""
    retries: Annotated[int, Field(ge=0, le=10)] = 2
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
