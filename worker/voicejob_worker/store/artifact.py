"""What is stored: a finished file, where it goes, and what is known of it afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from voicejob_api.outputs import content_type_of
from voicejob_api.voicejob import Metadata
from voicejob_worker.digests import sha256_of

OnSent = Callable[[int], None]
"""Called with how many bytes of a file have been sent, anew from the start with each try."""
_UID_LENGTH: Final = 8


@dataclass(frozen=True)
class Artifact:
    """A finished file on disk."""

    role: str
    """``audio``, ``srt``, ``vtt`` or ``words``."""
    path: Path
    name: str
    """File name at the destination; of an item, with its folder."""
    is_item: bool = False
    """Whether it is one of many items; its role is then its id."""

    @property
    def content_type(self) -> str:
        """The media type of the file."""
        return content_type_of(self.path.name)


class Destination(Protocol):
    """A place that takes finished files."""

    def put(self, artifact: Artifact, sent: OnSent) -> str:
        """Store ``artifact`` whole or not at all, and return its address.

        Raises:
            StoreRefusedError: the place says no, and will again.
            UnavailableError: it did not answer for as long as it was asked.
        """

    def prove(self, planned: Sequence[Artifact]) -> None:
        """See, before there are the files, that they could be stored; leave nothing behind.

        Raises:
            As ``put``; asks once.
        """


@dataclass(frozen=True)
class Seal:
    """By what a stored file is known again: if it is another by now, so is its seal."""

    size_bytes: int
    tag: str
    """ETag of an object, SHA-256 of a file."""


class OwnDestination(Destination, Protocol):
    """A place of the user's own, which can be read as well."""

    def put_soon(self, artifact: Artifact) -> None:
        """Store ``artifact`` as ``put``, for which no long wait is worth it.

        Raises:
            As ``put``.
        """

    def address(self, name: str) -> str:
        """The address of the file of that name."""

    def seal(self, name: str) -> Seal | None:
        """What the file of that name is known by now; None if there is none.

        Raises:
            StoreRefusedError: the place lets nobody look.
            UnavailableError: it did not answer for as long as it was asked.
        """

    def read(self, name: str, at_most: int) -> bytes | None:
        """The first ``at_most`` bytes of the file of that name; None if there is none.

        Raises:
            As ``seal``.
        """


def unheard(_bytes: int) -> None:
    """Take no notice: nobody asked how far it is."""


@dataclass(frozen=True)
class Digest:
    """Size in bytes and SHA-256 of a file."""

    size_bytes: int
    sha256: str


def digest_of(path: Path) -> Digest:
    """Read ``path`` once, in blocks."""
    return Digest(path.stat().st_size, sha256_of(path))


def file_name(metadata: Metadata, extension: str) -> str:
    """``NAME-UID8.EXT``; without the uid if there is none, as on a laptop."""
    uid = metadata.uid.replace("-", "")[:_UID_LENGTH]
    return f"{metadata.name}{f'-{uid}' if uid else ''}.{extension}"


def item_file_name(metadata: Metadata, item: str, extension: str) -> str:
    """``NAME-UID8/ID.EXT``: a folder for the items of a VoiceJob."""
    folder = file_name(metadata, "").rstrip(".")
    return f"{folder}/{item}.{extension}"
