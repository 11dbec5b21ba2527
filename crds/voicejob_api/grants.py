"""Grants: short-lived, signed permissions to one object of the store each, or to many items."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Grant(BaseModel):
    """One signed address. Whoever holds ``url`` may use it: never log or print it."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(repr=False)
    """Presigned URL for one verb on one object."""
    uri: str
    """The object's plain address (``s3://bucket/key``), which may be shown."""


class FormGrant(BaseModel):
    """A signed form: files below one prefix may be posted with it. Never log or print it.

    A store that resolves ``..`` in keys would take it for any key of the bucket: the chart's own
    has a ``SignerAccess`` instead.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    url: str = Field(repr=False)
    """Where the form is posted to (S3's POST Object)."""
    fields: dict[str, str] = Field(repr=False)
    """Its fields but for ``key``, the content type and the file."""
    key_prefix: str
    """How every key begins."""
    uri_prefix: str
    """The prefix's plain address (``s3://bucket/prefix``), which may be shown."""


class SignerAccess(BaseModel):
    """Where a worker asks for the grant of each of its items. Never log or print it.

    It posts ``{"file": "ID.EXTENSION"}`` to ``url`` with ``permit`` as its bearer token, and is
    answered with a ``Grant`` to put that file.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    """Address of the signer."""
    permit: str = Field(repr=False)
    """Opaque: it opens the folder of this VoiceJob's items, until the grants expire."""


class Grants(BaseModel):
    """All that one VoiceJob's worker may do in the operator's store."""

    # A field that is not known is passed over: a newer operator renews the grants of workers that
    # began before it was installed.
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    issued_at: datetime
    expires_at: datetime
    outputs: dict[str, Grant] = {}
    """PUT grants by what they are for: ``audio``, ``srt``, ``vtt`` or ``words`` where subtitles are
    asked for, and ``chapters`` beside ``vtt``. Empty where ``spec.output`` names a place of the
    user's own."""
    items: FormGrant | None = None
    """For the files of many items; None where the VoiceJob has none, or a place of its own, or
    where there is an ``item_signer``."""
    item_signer: SignerAccess | None = None
    """The same, of a store that a form would open too far."""
    checkpoint_read: Grant
    """GET grant of the checkpoint object; 404 where there is none yet."""
    checkpoint_write: Grant
    """PUT grant of the checkpoint object."""
    result_write: Grant | None = None
    """PUT grant of the result object: the last report of the attempt that succeeded, which outlasts
    its pod and its Job. None where the operator keeps no results."""
