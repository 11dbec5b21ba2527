"""The model and the voice: which checkpoint speaks, and whose voice it clones."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import DataKey, ObjectName
from voicejob_api.patterns import BUCKET, BUCKET_RULE, MAX_TYPED, SUBDOMAIN, matches
from voicejob_api.rules import IS_NOT_BLANK, Rule
from voicejob_api.scalars import Number

VOLUME_PATTERN: Final = rf"^pvc://{SUBDOMAIN}(/[^?#\s]*)?$"
REFERENCE_PATTERN: Final = (
    rf"^(https?://[^/\s]+(/\S*)?|s3://{BUCKET}/\S+"
    rf"|pvc://{SUBDOMAIN}/[^?#\s]+)$"
)
MODEL_PATTERN: Final = (
    rf"^(pvc://{SUBDOMAIN}(/[^?#\s]*)?|https?://[^/\s]+/\S+"
    rf"|s3://{BUCKET}/\S+"
    r"|hf://[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9._-]+)?(/[^?#\s]*)?)$"
)
MAX_TRANSCRIPT: Final = 1000


class ModelVariant(StrEnum):
    """Generations of F5-TTS that no checkpoint tells apart."""

    V0 = "v0"
    V1 = "v1"


NO_WAY_UP: Final = Rule(
    cel="!self.split('/').exists(part, part == '..')",
    check=lambda uri: ".." not in uri.split("/"),
    message="must not contain '..'",
)
VolumeAddress = Annotated[
    str,
    Field(max_length=1024),
    matches(VOLUME_PATTERN, "must be an address pvc://CLAIM/PATH of a PersistentVolumeClaim"),
    NO_WAY_UP,
]
"""``pvc://CLAIM/PATH``: a file or folder of a PersistentVolumeClaim in the same namespace."""


ModelAddress = Annotated[
    str,
    Field(max_length=2048),
    matches(
        MODEL_PATTERN,
        "must be an address pvc://CLAIM/PATH, hf://OWNER/REPOSITORY[@REVISION][/PATH], https://, "
        f"http:// or s3://bucket/key of a model; {BUCKET_RULE}",
    ),
    NO_WAY_UP,
]
"""Where a model is: in a PersistentVolumeClaim, or at an address that the worker fetches it from
into its model directory."""
Digest = Annotated[
    str,
    Field(max_length=MAX_TYPED),
    matches(r"^[0-9a-f]{64}$", "must be 64 hexadecimal digits in lower case"),
]


class Model(SpecModel):
    """The checkpoint that speaks."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.uri.startsWith('s3://') ? has(self.credentialsSecret) "
            ": (!has(self.credentialsSecret) || self.uri.startsWith('hf://'))",
            check=lambda self: (
                self.credentials_secret is not None
                if self.uri.startswith("s3://")
                else self.credentials_secret is None or self.uri.startswith("hf://")
            ),
            message="credentialsSecret goes with an s3:// uri (AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY), which needs it, or with an hf:// uri (HF_TOKEN)",
        ),
    )

    uri: ModelAddress
    """The checkpoint: pvc://CLAIM/PATH, hf://OWNER/REPOSITORY[@REVISION][/PATH], https://, http://
    or s3://bucket/key. f5-tts: a .safetensors or .pt file or the folder that holds one, with
    `vocab.txt` and the folder `vocos` (config.yaml, pytorch_model.bin) beside it. xtts: the folder
    that holds model.pth, config.json and vocab.json. piper: a .onnx file, with .onnx.json beside
    it."""
    sha256: Digest | None = None
    """SHA-256 of the checkpoint's file (xtts: model.pth), in hexadecimal. Another is refused."""
    credentials_secret: ObjectName | None = None
    """For an s3:// uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and
    where needed AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION. For an hf:// uri that is not
    public: Secret with the key HF_TOKEN."""
    variant: ModelVariant | None = None
    """Generation of F5-TTS: v0 (F5TTS_Base) or v1 (F5TTS_v1_Base). Absent: the worker finds out
    which of the two explains the reference better."""


class FileKeyRef(SpecModel):
    """A key of a ConfigMap in the VoiceJob's namespace whose value is a file."""

    name: ObjectName
    """Name of the ConfigMap."""
    key: DataKey
    """Key in its binaryData."""


class VoiceReference(SpecModel):
    """A recording of the voice to clone. Exactly one of uri and configMapKeyRef."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.uri) != has(self.configMapKeyRef)",
            check=lambda self: (self.uri is None) != (self.config_map_key_ref is None),
            message="write exactly one of uri and configMapKeyRef",
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

    uri: (
        Annotated[
            str,
            Field(max_length=2048),
            matches(
                REFERENCE_PATTERN,
                "must be an https://, http://, s3://bucket/key or pvc://CLAIM/PATH address of a "
                f"recording; {BUCKET_RULE}",
            ),
            NO_WAY_UP,
        ]
        | None
    ) = None
    """Address of the recording: https://, http://, s3://bucket/key or pvc://CLAIM/PATH."""
    config_map_key_ref: FileKeyRef | None = None
    """A key of a ConfigMap's binaryData, which holds at most 1 MiB."""
    credentials_secret: ObjectName | None = None
    """For an s3:// uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and
    where needed AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""
    transcript: Annotated[str, Field(max_length=MAX_TRANSCRIPT), IS_NOT_BLANK] | None = None
    """What is said in the recording, word for word. f5-tts needs it, and a wrong one makes it speak
    gibberish; xtts does not look at it."""


class PitchMethod(StrEnum):
    """How the pitch of what is converted is found."""

    RMVPE = "rmvpe"
    HARVEST = "harvest"


class Conversion(SpecModel):
    """Conversion to another voice by RVC, after the engine has spoken."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.indexRate) || has(self.indexUri)",
            check=lambda self: self.index_rate is None or self.index_uri is not None,
            message="indexRate needs indexUri: name the .index file that was made with the model",
        ),
        Rule(
            cel="!self.modelUri.startsWith('s3://') "
            "&& (!has(self.indexUri) || !self.indexUri.startsWith('s3://'))",
            check=lambda self: (
                not self.model_uri.startswith("s3://")
                and not (self.index_uri or "").startswith("s3://")
            ),
            message="modelUri and indexUri must be pvc://, hf://, https:// or http:// addresses",
        ),
        Rule(
            cel="!has(self.indexUri) || !self.modelUri.startsWith('pvc://') "
            "|| !self.indexUri.startsWith('pvc://') "
            "|| self.modelUri.split('/')[2] == self.indexUri.split('/')[2]",
            check=lambda self: (
                not self.model_uri.startswith("pvc://")
                or not (self.index_uri or "").startswith("pvc://")
                or self.model_uri.split("/")[2] == (self.index_uri or "").split("/")[2]
            ),
            message="modelUri and indexUri must be in the same PersistentVolumeClaim",
        ),
    )

    model_uri: ModelAddress
    """The RVC model, a .pth file of version 1 or 2: pvc://CLAIM/PATH, hf://, https:// or http://.
    hubert/ (config.json, model.safetensors) and rmvpe.pt are looked for beside it, then taken from
    the catalogue."""
    model_sha256: Annotated[Digest | None, Field(alias="modelSHA256")] = None
    """SHA-256 of the model's file, in hexadecimal. Another file is refused."""
    index_uri: ModelAddress | None = None
    """The .index file that was made with the model: nearness to the voice's own sounds."""
    index_rate: (
        Annotated[
            Number,
            Rule(
                cel="self >= 0.0 && self <= 1.0",
                check=lambda rate: 0.0 <= rate <= 1.0,
                message="must be from 0 (not at all) to 1 (as much as can be)",
            ),
        ]
        | None
    ) = None
    """With indexUri: how much of the index is mixed in. Absent: 0.75."""
    pitch_semitones: Annotated[
        Number,
        Rule(
            cel="self >= -24.0 && self <= 24.0",
            check=lambda semitones: -24.0 <= semitones <= 24.0,
            message="must be from -24 to 24 semitones",
        ),
    ] = 0.0
    """How far the pitch is moved, in semitones: 12 is an octave up."""
    pitch_method: PitchMethod = PitchMethod.RMVPE
    """rmvpe (a network; the most robust) or harvest (no model is needed, slower)."""
    protect: Annotated[
        Number,
        Rule(
            cel="self >= 0.0 && self <= 0.5",
            check=lambda value: 0.0 <= value <= 0.5,
            message="must be from 0 (voiceless sounds are protected most) to 0.5 (not at all)",
        ),
    ] = 0.33
    """With indexUri: protection of breath and voiceless consonants from the index; 0.5 is none."""


class Voice(SpecModel):
    """Whose voice it is."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!(has(self.reference) && has(self.speaker))",
            check=lambda self: self.reference is None or self.speaker is None,
            message="write reference or speaker, not both",
        ),
    )

    reference: VoiceReference | None = None
    """A recording of 3 to 12 seconds; of a longer one the best part is used."""
    speaker: Annotated[str, Field(max_length=100), IS_NOT_BLANK] | None = None
    """xtts: one of the speakers that the model brings, such as Ana Florence. piper: name or number
    of one of the speakers of a model of several."""
    conversion: Conversion | None = None
    """Conversion to another voice by RVC, after any engine."""


class Recogniser(SpecModel):
    """A speech recogniser."""

    uri: VolumeAddress
    """Folder of a faster-whisper (CTranslate2) model: pvc://CLAIM/PATH."""
