"""Vorbis comments, as FLAC and Opus files have them, with pictures and chapters.

After xiph.org's "Ogg Vorbis I format specification: comment field", RFC 9639 (FLAC, sections 8.6
and 8.8) and "Chapter Extension" of xiph.org's wiki, whose names have three digits.
"""

import struct
from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from voicejob_worker.audio.clock_time import clock_time
from voicejob_worker.audio.labels import Labels, picture_type

_FIELDS: Final = {
    "title": "TITLE",
    "artist": "ARTIST",
    "album": "ALBUM",
    "album_artist": "ALBUMARTIST",
    "composer": "COMPOSER",
    "genre": "GENRE",
    "date": "DATE",
    "track": "TRACKNUMBER",
    "comment": "COMMENT",
    "copyright": "COPYRIGHT",
}
_VENDOR: Final = b"voicejob"
_FRONT_COVER: Final = 3
_MAX_CHAPTERS: Final = 1000


def comment_block(labels: Labels, seconds: float, *, has_cover: bool) -> bytes:
    """Vendor and comments of audio of that length, without any framing.

    ``has_cover``: whether the cover is one of them, as Ogg has it; in FLAC it is a block apart.
    """
    comments = [line.encode() for line in _comments(labels, seconds, has_cover)]
    counted = (struct.pack("<I", len(one)) + one for one in comments)
    vendor = struct.pack("<I", len(_VENDOR)) + _VENDOR
    return vendor + struct.pack("<I", len(comments)) + b"".join(counted)


def picture_block(picture: bytes) -> bytes:
    """FLAC's structure of a front cover; its width, height and colours are left open (0)."""
    kind = picture_type(picture).encode()
    head = struct.pack(">II", _FRONT_COVER, len(kind)) + kind
    return head + struct.pack(">IIIIII", 0, 0, 0, 0, 0, len(picture)) + picture


def _comments(labels: Labels, seconds: float, has_cover: bool) -> Iterator[str]:
    for name, key in _FIELDS.items():
        if value := labels.tags.get(name):
            yield f"{key}={value}"
    for number, chapter in enumerate(labels.chapter_spans(seconds)[:_MAX_CHAPTERS]):
        yield f"CHAPTER{number:03}={clock_time(chapter.start)}"
        yield f"CHAPTER{number:03}NAME={chapter.title}"
    if labels.cover and has_cover:
        yield f"METADATA_BLOCK_PICTURE={b64encode(picture_block(labels.cover)).decode()}"
