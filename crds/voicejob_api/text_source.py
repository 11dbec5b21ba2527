"""``spec.textFrom``: where a text is read from."""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import DataKey, ObjectName
from voicejob_api.patterns import BUCKET, BUCKET_RULE, matches
from voicejob_api.rules import Rule

TEXT_URI_PATTERN: Final = rf"^(https?://[^/\s]+(/\S*)?|s3://{BUCKET}/\S+)$"


class KeyRef(SpecModel):
    """A key of a ConfigMap or Secret in the VoiceJob's namespace."""

    name: ObjectName
    """Name of the ConfigMap or Secret."""
    key: DataKey
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
        ]
        | None
    ) = None
    """Address of a UTF-8 text: https://, http:// or s3://bucket/key. The worker fetches it."""
    credentials_secret: ObjectName | None = None
    """For an s3:// uri: Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and
    where needed AWS_SESSION_TOKEN, AWS_ENDPOINT_URL and AWS_REGION."""
