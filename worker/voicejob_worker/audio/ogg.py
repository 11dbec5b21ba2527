"""Ogg pages (RFC 3533): a fixed serial number, so that the same audio gives the same bytes.

libsndfile gives every stream a random serial number. It stands in each page, and each page ends up
with another checksum.
"""

import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Final

SERIAL: Final = 0x564A4F42
""""VJOB": any number will do for a file of one stream."""

_HEADER: Final = struct.Struct("<4sBBqIIIB")
_SERIAL_AT: Final = 14
_CHECKSUM_AT: Final = 22
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ONES: Final = 0xFFFFFFFF


def fix_serial(path: Path, serial: int = SERIAL) -> None:
    """Give every page of an Ogg file the serial number and its new checksum, in place.

    Raises:
        ValueError: the file is no sequence of whole Ogg pages.
    """
    with path.open("r+b") as file:
        while page := _read_page(file):
            struct.pack_into("<I", page, _SERIAL_AT, serial)
            struct.pack_into("<I", page, _CHECKSUM_AT, 0)
            struct.pack_into("<I", page, _CHECKSUM_AT, checksum(bytes(page)))
            file.seek(-len(page), 1)
            file.write(page)


def checksum(page: bytes) -> int:
    """CRC-32 of a page whose checksum field is zero (RFC 3533, section 6).

    It is the polynomial of zlib's CRC with the bits of each byte the other way round, starting
    from zero: with bytes and result reversed, zlib computes it.
    """
    crc = zlib.crc32(page.translate(_REVERSED), _ALL_ONES) ^ _ALL_ONES
    return int.from_bytes(crc.to_bytes(4, "little").translate(_REVERSED), "big")


def _read_page(file: BinaryIO) -> bytearray | None:
    header = file.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size or not header.startswith(b"OggS"):
        raise ValueError(f"no Ogg page at byte {file.tell() - len(header)}")
    lengths = file.read(header[-1])
    body = file.read(sum(lengths))
    if len(lengths) < header[-1] or len(body) < sum(lengths):
        raise ValueError("the last Ogg page is cut off")
    return bytearray(header + lengths + body)
