"""``spec.textFrom`` and ``spec.textFormat``: where a text is, and what it is written in."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import DataKey, ObjectName
from voicejob_api.patterns import BUCKET, BUCKET_RULE, matches
from voicejob_api.rules import Rule

TEXT_URI_PATTERN: Final = rf"^(https?://[^/\s]+(/\S*)?|s3://{BUCKET}/\S+)$"


_NO_WAY_UP_IN_A_BUCKET: Final = Rule(
    cel="!self.startsWith('s3://') || !self.split('/').exists(part, part == '..')",
    check=lambda uri: not uri.startswith("s3://") or ".." not in uri.split("/"),
    message="must not contain '..'",
)


class TextFormat(StrEnum):
    """What a text is written in."""

    AUTO = "Auto"
    """Told by the text itself; never Script, CSV or JSON lines."""
    PLAIN = "Plain"
    MARKDOWN = "Markdown"
    HTML = "HTML"
    SSML = "SSML"
    EPUB = "EPUB"
    SCRIPT = "Script"
    """Lines such as ``Ana: …``, each said by the voice of that name."""
    CSV = "CSV"
    """Many items: a header with ``id`` and ``text``, and perhaps ``voice`` and ``language``."""
    JSON_LINES = "JSONLines"
    """The same, an object a line."""

    @property
    def is_of_items(self) -> bool:
        """Whether it holds many texts."""
        return self in (TextFormat.CSV, TextFormat.JSON_LINES)


class Unspoken(StrEnum):
    """What becomes of that which is no prose."""

    SAY = "Say"
    SKIP = "Skip"


class Markup(SpecModel):
    """What is said of a text beside its prose."""

    code: Unspoken = Unspoken.SKIP
    """Whether blocks of code are said, in Markdown and HTML. Code within a sentence always is."""
    stage_directions: Unspoken = Unspoken.SKIP
    """Whether directions in brackets are said, in a Script."""


class KeyRef(SpecModel):
    """A key of a ConfigMap or Secret in the VoiceJob's namespace."""

    name: ObjectName
    """Name of the ConfigMap or Secret."""
    key: DataKey
    """Key in it; its value is UTF-8 text."""


LEXICON_URI_PATTERN: Final = r"^https?://[^/\s]+(/\S*)?$"


class Lexicon(SpecModel):
    """Where the pronunciations of words are read from. Exactly one of configMapKeyRef and uri."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.configMapKeyRef) != has(self.uri)",
            check=lambda self: (self.config_map_key_ref is None) != (self.uri is None),
            message="write exactly one of configMapKeyRef and uri",
        ),
    )

    config_map_key_ref: KeyRef | None = None
    """A key of a ConfigMap. The worker waits in phase Starting until it exists."""
    uri: (
        Annotated[
            str,
            Field(max_length=2048),
            matches(LEXICON_URI_PATTERN, "must be an https:// or http:// address of a lexicon"),
        ]
        | None
    ) = None
    """Address of the lexicon: https:// or http://. The worker fetches it."""


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
    """A key of a Secret, if the platform allows it to be spoken. The worker waits in phase Starting
    until it exists."""
    uri: (
        Annotated[
            str,
            Field(max_length=2048),
            matches(
                TEXT_URI_PATTERN,
                "must be an https://, http:// or s3://bucket/key address of a UTF-8 text; "
                f"{BUCKET_RULE}",
            ),
            _NO_WAY_UP_IN_A_BUCKET,
        ]
        | None
    ) = None
    """Address of a UTF-8 text: https://, http:// or s3://bucket/key. The worker fetches it."""
    credentials_secret: ObjectName | None = None
    """For an s3:// uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and
    where needed AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""
