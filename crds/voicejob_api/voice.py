"""The model and the voice: which checkpoint speaks, and whose voice it clones."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.patterns import matches
from voicejob_api.rules import Rule
from voicejob_api.scheduling import Text

VOLUME_PATTERN: Final = r"^pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[^?#\s]*)?$"
REFERENCE_PATTERN: Final = (
    r"^(https?://[^/\s]+(/\S*)?|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+"
    r"|pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[^?#\s]+)$"
)
MAX_TRANSCRIPT: Final = 1000


class ModelVariant(StrEnum):
    """Generations of F5-TTS that no checkpoint tells apart."""

    V0 = "v0"
    V1 = "v1"


_NO_WAY_UP: Final = Rule(
    cel="!self.split('/').exists(part, part == '..')",
    check=lambda uri: ".." not in uri.split("/"),
    message="must not contain '..'",
)
VolumeAddress = Annotated[
    str,
    Field(max_length=1024),
    matches(VOLUME_PATTERN, "must be an address pvc://CLAIM/PATH of a PersistentVolumeClaim"),
    _NO_WAY_UP,
]
"""``pvc://CLAIM/PATH``: a file or folder of a PersistentVolumeClaim in the same namespace."""


class Model(SpecModel):
    """The checkpoint that speaks."""

    uri: VolumeAddress
    """The checkpoint: pvc://CLAIM/PATH, a .safetensors or .pt file or the folder that holds one.
    `vocab.txt` and the folder `vocos` (config.yaml, pytorch_model.bin) are looked for beside it."""
    sha256: (
        Annotated[
            str,
            Field(max_length=64),
            matches(r"^[0-9a-f]{64}$", "must be 64 hexadecimal digits in lower case"),
        ]
        | None
    ) = None
    """SHA-256 of the checkpoint's file, in hexadecimal. Another file is refused."""
    variant: ModelVariant | None = None
    """Generation of F5-TTS: v0 (F5TTS_Base) or v1 (F5TTS_v1_Base). Absent: the worker finds out
    which of the two explains the reference better."""


class FileKeyRef(SpecModel):
    """A key of a ConfigMap in the VoiceJob's namespace whose value is a file."""

    name: Annotated[Text, Field(min_length=1)]
    """Name of the ConfigMap."""
    key: Annotated[Text, Field(min_length=1)]
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
                "recording",
            ),
            _NO_WAY_UP,
        ]
        | None
    ) = None
    """Address of the recording: https://, http://, s3://bucket/key or pvc://CLAIM/PATH."""
    config_map_key_ref: FileKeyRef | None = None
    """A key of a ConfigMap's binaryData, which holds at most 1 MiB."""
    credentials_secret: Text | None = None
    """For an s3:// uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and
    where needed AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""
    transcript: Annotated[str, Field(max_length=MAX_TRANSCRIPT)]
    """What is said in the recording, word for word: a wrong transcript makes the voice speak
    gibberish."""


class Voice(SpecModel):
    """Whose voice it is."""

    reference: VoiceReference
    """A recording of 3 to 12 seconds; of a longer one the best part is used."""


class Recogniser(SpecModel):
    """A speech recogniser."""

    uri: VolumeAddress
    """Folder of a faster-whisper (CTranslate2) model: pvc://CLAIM/PATH."""
