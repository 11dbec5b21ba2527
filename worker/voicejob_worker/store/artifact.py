"""What is stored: a finished file, where it goes, and what is known of it afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from voicejob_api.voicejob import Metadata
from voicejob_worker.digests import sha256_of

OnSent = Callable[[int], None]
"""Called with how many bytes of a file have been sent, anew from the start with each try."""
_CONTENT_TYPES: Final = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg; codecs=opus",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
_UID_LENGTH: Final = 8

AUDIO: Final = "audio"
"""The role of the audio file; a subtitle file's role is its format."""


@dataclass(frozen=True)
class Artifact:
    """A finished file on disk."""

    role: str
    """``audio``, ``srt`` or ``vtt``."""
    path: Path
    name: str
    """File name at the destination."""

    @property
    def content_type(self) -> str:
        """The media type of the file."""
        return _CONTENT_TYPES.get(self.path.suffix[1:], "application/octet-stream")


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
