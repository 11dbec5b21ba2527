"""Comments of an Opus file (RFC 7845, section 5.2), on its second page and those that go on."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from voicejob_worker.audio.labels import Labels
from voicejob_worker.audio.ogg import fix_serial, read_page
from voicejob_worker.audio.vorbis import comment_block

_HEADER: Final = struct.Struct("<4sBBqIIIB")
_FLAGS_AT: Final = 5
_NUMBER_AT: Final = 18
_MAGIC: Final = b"OpusTags"
_CONTINUED: Final = 0x01
_MAX_SEGMENTS: Final = 255
_SEGMENT: Final = 255
_NO_PACKET_ENDS: Final = -1


def label_opus(path: Path, labels: Labels, seconds: float) -> None:
    """Give an Opus file its comments, in the place of those that it has, and our serial number."""
    labelled = path.with_name(f"{path.name}.labelled")
    packet = _MAGIC + comment_block(labels, seconds, has_cover=True)
    with path.open("rb") as source, labelled.open("wb") as destination:
        for number, page in enumerate(_pages(source, packet)):
            struct.pack_into("<I", page, _NUMBER_AT, number)
            destination.write(page)
    fix_serial(labelled)  # and the checksums
    labelled.replace(path)


def _pages(source: BinaryIO, packet: bytes) -> Iterator[bytearray]:
    """The file's pages, those of its comments replaced by the new ones'."""
    in_comments = False
    while page := read_page(source):
        begins = page.startswith(_MAGIC, _HEADER.size + page[_HEADER.size - 1])
        in_comments = begins or (in_comments and bool(page[_FLAGS_AT] & _CONTINUED))
        if begins:
            yield from _comment_pages(packet)
        elif not in_comments:
            yield page


def _comment_pages(packet: bytes) -> Iterator[bytearray]:
    """A packet on pages of its own; its last segment is under 255 bytes, if need be empty."""
    lacing = [_SEGMENT] * (len(packet) // _SEGMENT) + [len(packet) % _SEGMENT]
    for first in range(0, len(lacing), _MAX_SEGMENTS):
        lengths = lacing[first : first + _MAX_SEGMENTS]
        is_end = first + _MAX_SEGMENTS >= len(lacing)
        start = first * _SEGMENT
        flags, granule = _CONTINUED if first else 0, 0 if is_end else _NO_PACKET_ENDS
        header = _HEADER.pack(b"OggS", 0, flags, granule, 0, 0, 0, len(lengths))
        yield bytearray(header + bytes(lengths) + packet[start : start + sum(lengths)])
