"""The zip file that an EPUB is, read within bounds. Nothing of it is ever written to a disk."""

import posixpath
import struct
import unicodedata
import zipfile
import zlib
from io import BytesIO
from typing import Final
from urllib.parse import unquote

from voicejob_worker.errors import InvalidInputError

# The bounds of what an EPUB holds; of the file itself it is that of every text's.
MAX_FILES: Final = 10_000
MAX_DIRECTORY_BYTES: Final = MAX_FILES * 512
"""Of the list of its files, which is read at once."""
MAX_PART_BYTES: Final = 32 * 1024 * 1024
"""Of one file that is read, unpacked."""
MAX_INDEX_BYTES: Final = 8 * 1024 * 1024
"""Of a file that only says what the book holds, unpacked."""
MAX_COVER_BYTES: Final = 10 * 1024 * 1024
MAX_TOTAL_BYTES: Final = 128 * 1024 * 1024
"""Of all that is read, unpacked."""
MAX_RATIO: Final = 200
"""Times that a file may grow as it is unpacked; prose grows threefold, a bomb a thousandfold."""
MIN_JUDGED_BYTES: Final = 1024 * 1024
"""Unpacked size from which on the growth is looked at."""

_END_RECORD: Final = struct.Struct("<4s4H2LH")
_END: Final = b"PK\x05\x06"
_WIDE_LOCATOR: Final = b"PK\x06\x07"
_MAX_COMMENT: Final = 0xFFFF
_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))


class Archive:
    """The files of an EPUB."""

    def __init__(self, source: bytes) -> None:
        """Open it.

        Raises:
            InvalidInputError: It is no zip file, holds too much, or has names that lead out of it.
        """
        _check_directory(source)
        try:
            self._zip = zipfile.ZipFile(BytesIO(source))
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            OSError,
            ValueError,
            RecursionError,
        ) as error:
            raise _broken(error) from None
        self._files = {info.filename: info for info in self._zip.infolist()}
        if len(self._zip.infolist()) > MAX_FILES:
            raise InvalidInputError(f"the EPUB holds over {MAX_FILES} files")
        if any(_leads_out(name) for name in self._files):
            raise InvalidInputError("the EPUB holds a file whose path leads out of it")
        self._alike = {_folded(name): name for name in reversed(self._files)}
        self._read = 0

    def __contains__(self, path: str) -> bool:
        """Whether it holds the file."""
        return path in self._files or _folded(path) in self._alike

    def read(self, path: str, limit: int) -> bytes:
        """A file of at most ``limit`` bytes.

        Raises:
            InvalidInputError: It is not there, larger, a bomb, encrypted, or damaged.
        """
        info = self._files.get(path) or self._files.get(self._alike.get(_folded(path), ""))
        if info is None:
            raise InvalidInputError("the EPUB is broken: a file that it names is not in it")
        if info.flag_bits & _ENCRYPTED:
            raise InvalidInputError("the EPUB is encrypted with a password: give it without")
        if info.compress_type not in _METHODS:
            raise InvalidInputError(
                "the EPUB is packed by another method than EPUB allows (store and deflate)"
            )
        growth = info.file_size / max(info.compress_size, 1)
        if info.file_size > MIN_JUDGED_BYTES and growth > MAX_RATIO:
            raise InvalidInputError(
                f"the EPUB holds a file that grows over {MAX_RATIO}-fold as it is unpacked: "
                "it is refused as a zip bomb"
            )
        allowed = min(limit, MAX_TOTAL_BYTES - self._read)
        try:
            with self._zip.open(info) as file:
                content = file.read(allowed + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError,
                NotImplementedError, RuntimeError) as error:  # fmt: skip
            raise _broken(error) from None
        if len(content) > allowed:
            raise InvalidInputError(
                f"the EPUB holds more text than is read: at most {limit} bytes in one file and "
                f"{MAX_TOTAL_BYTES} in all, unpacked"
            )
        self._read += len(content)
        return content


def _folded(path: str) -> str:
    """The path without case, its accents as one sign each: names are typed so, or by a Mac."""
    return unicodedata.normalize("NFC", path).casefold()


def resolve(href: str, base: str) -> str:
    """The path in the archive that an address in the file ``base`` means; empty if none."""
    path = unquote(href.partition("#")[0].partition("?")[0])
    if not path or "://" in path:
        return ""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
    return "" if _leads_out(joined) else joined


def _leads_out(path: str) -> bool:
    return path.startswith("/") or "\\" in path or ".." in path.split("/") or "\x00" in path


def _check_directory(source: bytes) -> None:
    """Refuse a list of files that would take much memory, before it is read."""
    size = _END_RECORD.size
    at = len(source) - size
    if at < 0 or source[at : at + 4] != _END or source[-2:] != b"\x00\x00":
        at = source.rfind(_END, max(len(source) - size - _MAX_COMMENT, 0))
    if at < 0 or len(source) - at < size:
        raise InvalidInputError("the EPUB is not a zip file, or is cut off: its end is missing")
    _, _, _, _, _, directory_bytes, _, _ = _END_RECORD.unpack_from(source, at)
    is_wide = source[max(at - 20, 0) : at][:4] == _WIDE_LOCATOR
    if is_wide or directory_bytes > MAX_DIRECTORY_BYTES:
        raise InvalidInputError(f"the EPUB holds over {MAX_FILES} files")


def _broken(error: Exception) -> InvalidInputError:
    return InvalidInputError(
        f"the EPUB is damaged or cut off ({type(error).__name__}): copy it once more"
    )
