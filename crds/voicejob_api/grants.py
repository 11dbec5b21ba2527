"""Grants: short-lived, signed permissions to read or write exactly one object of the store."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Grant(BaseModel):
    """One signed address. Whoever holds ``url`` may use it: never log or print it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(repr=False)
    """Presigned URL for one verb on one object."""
    uri: str
    """The object's plain address (``s3://bucket/key``), which may be shown."""


class Grants(BaseModel):
    """All that one VoiceJob's worker may do in the operator's store."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    issued_at: datetime
    expires_at: datetime
    outputs: dict[str, Grant] = {}
    """PUT grants by what they are for: ``audio``, and ``srt`` or ``vtt`` where subtitles are
    asked for. Empty where ``spec.output`` names a place of the user's own."""
    checkpoint_read: Grant
    """GET grant of the checkpoint object; 404 where there is none yet."""
    checkpoint_write: Grant
    """PUT grant of the checkpoint object."""
    result_write: Grant | None = None
    """PUT grant of the result: the last word of the attempt that succeeded."""
