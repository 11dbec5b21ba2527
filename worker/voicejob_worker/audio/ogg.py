"""Ogg pages (RFC 3533): a serial number of ours, so that the same audio gives the same bytes.

libsndfile gives every stream a random serial number. It stands in each page, and each page ends up
with another checksum.
"""

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

SERIAL: Final = 0x564A4F42
""""VJOB": any number will do for a file of one stream."""

_HEADER: Final = struct.Struct("<4sBBqIIIB")
_SERIAL_AT: Final = 14
_CHECKSUM_AT: Final = 22
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ONES: Final = 0xFFFFFFFF


class CutPageError(ValueError):
    """The bytes end within a page."""


def fix_serial(path: Path, serial: int = SERIAL) -> None:
    """Give every page of an Ogg file the serial number and its new checksum, in place.

    Raises:
        ValueError: the file is no sequence of whole Ogg pages.
    """
    with path.open("r+b") as file:
        while page := read_page(file):
            _renumber(page, serial)
            file.seek(-len(page), 1)
            file.write(page)


class SerialFixer:
    """Gives the pages of an Ogg stream a serial number as its bytes come."""

    def __init__(self, serial: int) -> None:
        """``serial`` has 32 bits, and is another one for each stream that may be joined."""
        self._serial = serial
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes, and give the pages that are whole.

        Raises:
            ValueError: the bytes are no Ogg pages.
        """
        file = io.BytesIO(self._rest + data)
        pages, taken = bytearray(), 0
        with suppress(CutPageError):
            while page := read_page(file):
                _renumber(page, self._serial)
                pages += page
                taken = file.tell()
        self._rest = file.getvalue()[taken:]
        return bytes(pages)


def _renumber(page: bytearray, serial: int) -> None:
    struct.pack_into("<I", page, _SERIAL_AT, serial)
    struct.pack_into("<I", page, _CHECKSUM_AT, 0)
    struct.pack_into("<I", page, _CHECKSUM_AT, checksum(bytes(page)))


def checksum(page: bytes) -> int:
    """CRC-32 of a page whose checksum field is zero (RFC 3533, section 6).

    It is the polynomial of zlib's CRC with the bits of each byte the other way round, starting
    from zero: with bytes and result reversed, zlib computes it.
    """
    crc = zlib.crc32(page.translate(_REVERSED), _ALL_ONES) ^ _ALL_ONES
    return int.from_bytes(crc.to_bytes(4, "little").translate(_REVERSED), "big")


def read_page(file: BinaryIO) -> bytearray | None:
    """The next page of a file, None at its end.

    Raises:
        ValueError: no page begins here; as CutPageError, one begins and does not end.
    """
    header = file.read(_HEADER.size)
    if not header:
        return None
    if not header.startswith(b"OggS"[: len(header)]):
        raise ValueError(f"no Ogg page at byte {file.tell() - len(header)}")
    if len(header) < _HEADER.size:
        raise CutPageError("the last Ogg page is cut off")
    lengths = file.read(header[-1])
    body = file.read(sum(lengths))
    if len(lengths) < header[-1] or len(body) < sum(lengths):
        raise CutPageError("the last Ogg page is cut off")
    return bytearray(header + lengths + body)
