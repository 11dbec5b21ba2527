"""What a file is, told from its first bytes: names lie, and a store's error page is no recording.

The signatures are those of the formats' own specifications.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from voicejob_worker.audio.pyav import is_installed
from voicejob_worker.units import MIB

MAX_BYTES: Final = 50 * MIB
"""Of a recording: a larger one is not read."""
HEAD_BYTES: Final = 4096
"""How much of a file ``content_of`` wants to see."""


class Reader(Enum):
    """Whose decoders read a kind of file."""

    LIBSNDFILE = auto()
    PYAV = auto()


@dataclass(frozen=True)
class Content:
    """A kind of file."""

    label: str
    """Name with its article, for messages."""
    audio: bool = False
    reader: Reader | None = None
    """Who decodes it, or may; None if nobody does here."""
    demuxer: str = ""
    """For PyAV: libavformat's name of the container."""

    @property
    def readable(self) -> bool:
        """Whether its decoder is here."""
        return self.reader is Reader.LIBSNDFILE or (self.reader is Reader.PYAV and is_installed())


_UNKNOWN: Final = Content("a file of an unknown kind")
_TEXT: Final = Content("text")
_MP3: Final = Content("an MP3 file", audio=True, reader=Reader.LIBSNDFILE)


def _of_pyav(label: str, demuxer: str) -> Content:
    return Content(label, audio=True, reader=Reader.PYAV, demuxer=demuxer)


_AAC: Final = _of_pyav("raw AAC", "aac")

_SIGNATURES: Final[tuple[tuple[int, bytes, Content], ...]] = (
    (0, b"fLaC", Content("a FLAC file", audio=True, reader=Reader.LIBSNDFILE)),
    (0, b"OggS", Content("an Ogg file", audio=True, reader=Reader.LIBSNDFILE)),
    (0, b"ID3", _MP3),
    (4, b"ftyp", _of_pyav("an MPEG-4 file (m4a, mp4)", "mov")),
    (0, b"RF64", Content("a WAV file (RF64)", audio=True, reader=Reader.LIBSNDFILE)),
    (0, b"FORM", _of_pyav("an AIFF file", "aiff")),
    (0, b"caff", _of_pyav("a Core Audio file", "caf")),
    (0, b".snd", _of_pyav("an AU file", "au")),
    (0, b"riff", _of_pyav("a Wave64 file", "w64")),
    (0, b"#!AMR", _of_pyav("an AMR file", "amr")),
    (0, b"\x1aE\xdf\xa3", _of_pyav("a Matroska or WebM file", "matroska")),
    (0, b"0&\xb2u\x8ef\xcf\x11", Content("a Windows Media file (wma)", audio=True)),
    (0, b"\x89PNG", Content("a PNG image")),
    (0, b"\xff\xd8\xff", Content("a JPEG image")),
    (0, b"GIF8", Content("a GIF image")),
    (0, b"%PDF", Content("a PDF document")),
    (0, b"PK\x03\x04", Content("a ZIP archive")),
    (0, b"\x1f\x8b", Content("a gzip archive")),
    (0, b"version https://git-lfs", Content("a Git LFS pointer, not the file that it points to")),
)
_MARKUP: Final = (
    (b"<!doctype html", Content("an HTML page")),
    (b"<html", Content("an HTML page")),
    (b"<?xml", Content("an XML document, as a store's error message is")),
    (b"<error", Content("an XML document, as a store's error message is")),
    (b"{", Content("JSON text")),
)
_BOMS: Final = (b"\xef\xbb\xbf",)


def content_of(head: bytes) -> Content:
    """The kind of a file that begins with ``head``: ``HEAD_BYTES`` of it, or all."""
    if head[:4] == b"RIFF":
        return _riff(head[8:12])
    for offset, signature, content in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return content
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return _MP3 if head[1] & 0x06 else _AAC  # the two bits of the layer (ISO/IEC 11172-3)
    return _text(head)


def _riff(form: bytes) -> Content:
    if form == b"WAVE":
        return Content("a WAV file", audio=True, reader=Reader.LIBSNDFILE)
    return Content("an AVI film" if form == b"AVI " else "a RIFF file that holds no WAV")


def _text(head: bytes) -> Content:
    start = head.removeprefix(_BOMS[0]).lstrip()[:64].lower()
    for signature, content in _MARKUP:
        if start.startswith(signature):
            return content
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a character is cut by the end of the head
            return _UNKNOWN
        text = head[: error.start].decode()
    printable = all(character.isprintable() or character in "\t\r\n\f" for character in text)
    return _TEXT if text and printable else _UNKNOWN
