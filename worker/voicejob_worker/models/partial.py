"""A file that is being fetched: under a name of its own until it is whole and right.

Beside ``NAME.partial`` lies ``NAME.partial.json``, which tells what content it is the beginning of,
so that another process can go on with it and never joins the halves of two contents. It tells, too,
how much of it is surely on the disk: after a crash of the machine a file may have its length and
not its bytes, so that only as much is gone on behind.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from voicejob_worker.errors import DiskFullError, ModelUnusableError
from voicejob_worker.models.lease import boot_id
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from hashlib import _Hash

_ROOM: Final = 1.2
"""Free disk for every byte that is still to come: a disk that is filled to the last byte takes the
other pods of the node with it."""
_TOLERANCE: Final = 0.1
"""Sizes are what pages tell, in three digits."""
_SYNC_BYTES: Final = 32 << 20
"""Between two times that what was written is brought to the disk."""


class DamagedError(Exception):
    """What was gone on behind was not what it should have been: all of it is gone."""


@dataclass(frozen=True)
class Version:
    """What tells a content from another one at the same address."""

    etag: str = ""
    last_modified: str = ""
    size: int | None = None

    @property
    def validator(self) -> str:
        """Validator for If-Range (RFC 9110, 13.1.5): a strong ETag, or else the date."""
        if self.etag:
            return "" if self.etag.startswith("W/") else self.etag
        return self.last_modified

    @property
    def known(self) -> bool:
        """Whether there is anything to tell it by."""
        return bool(self.etag or self.last_modified)

    def is_another(self, than: Version) -> bool:
        """Whether it is certainly, or for want of a sign possibly, another content."""
        if self.etag or than.etag:
            return self.etag != than.etag
        return not self.known or self != than


@dataclass(frozen=True)
class CompleteFile:
    """A file that was fetched."""

    path: Path
    sha256: str
    size_bytes: int
    etag: str


class PartialFile:
    """The beginning of a file. One process at a time works on it: see ``lease``."""

    def __init__(self, final: Path) -> None:
        self._final = final
        self._path = final.with_name(f"{final.name}.partial")
        self._note = final.with_name(f"{final.name}.partial.json")
        self._file: BinaryIO | None = None
        self._hash: _Hash = hashlib.sha256()
        self._written = 0
        self._synced = 0
        self._is_own = False
        """Whether all of it was written by this object."""
        self.version = Version()

    @property
    def name(self) -> str:
        """The file's name."""
        return self._final.name

    def look(self) -> int:
        """How many bytes are here that a transfer may go on behind; reads ``version``."""
        self.close()
        try:
            note = json.loads(self._note.read_bytes())
            synced, boot = note.pop("synced"), note.pop("boot")
            self.version = Version(**note)
            size = self._path.stat().st_size
            if boot != boot_id():
                size = min(size, int(synced))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self.version = Version()
            return 0
        if not self.version.known or size > (self.version.size or size):
            return 0
        return size

    def begin(self, version: Version, offset: int) -> None:
        """Be ready for the bytes of ``version`` from ``at`` on.

        Raises:
            DiskFullError: there is no room for them.
        """
        self.close()
        with self._disk():
            if offset == 0:
                self._path.unlink(missing_ok=True)
            check_room(self._final.parent, self.name, (version.size or offset) - offset)
            self._is_own = offset == 0 or self._is_own
            self.version, self._written = version, offset
            self._file = self._path.open("r+b" if offset else "wb")
            self._file.truncate(offset)
            self._sync(self._file)
            self._hash = hashlib.sha256()
            while block := self._file.read(MIB) if offset else b"":
                self._hash.update(block)
            self._file.seek(offset)

    def write(self, block: bytes) -> None:
        """Take in the next bytes.

        Raises:
            DiskFullError: there is no room for them.
        """
        assert self._file is not None
        with self._disk():
            self._file.write(block)
            self._written += len(block)
            if self._written - self._synced >= _SYNC_BYTES:
                self._sync(self._file)
        self._hash.update(block)

    @property
    def written(self) -> int:
        """Bytes that are here."""
        return self._written

    def close(self) -> None:
        """Let go of the file; what is written stays, and is on the disk."""
        file, self._file = self._file, None
        if file is not None:
            with self._disk(), file:
                self._sync(file)

    def drop(self) -> None:
        """Remove what is here."""
        file, self._file = self._file, None
        with suppress(OSError):
            if file is not None:
                file.close()
        self._path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self.version = Version()

    def finish(
        self, expected_sha256: str | None, where: str, about_bytes: int | None = None
    ) -> CompleteFile:
        """Give it its name, once it is on the disk and has the digest that was asked for.

        Where none was, it must at least be not empty, and about as large as ``about_bytes``.

        Raises:
            ModelUnusableError: it has another, or is of another size; it is removed.
            DamagedError: it has another, and its beginning was found here; it is removed.
            DiskFullError: its last bytes found no room.
        """
        assert self._file is not None
        found = self._hash.hexdigest()
        if self._written == 0:
            self.drop()
            raise ModelUnusableError(f"{where} is empty: expected a file of a model")
        if (
            expected_sha256 is None
            and about_bytes is not None
            and abs(self._written - about_bytes) > _TOLERANCE * about_bytes
        ):
            size = self._written
            self.drop()
            raise ModelUnusableError(
                f"{where} has {size:,} bytes: expected about {about_bytes:,}. It was removed: the "
                "server hands out something else, or another version of the file"
            )
        if expected_sha256 is not None and found != expected_sha256 and not self._is_own:
            self.drop()
            raise DamagedError
        if expected_sha256 is not None and found != expected_sha256:
            self.drop()
            raise ModelUnusableError(
                f"{where} has SHA-256 {found}: expected {expected_sha256}. It was removed. Either "
                "the digest is that of another version of the file, or the server hands out "
                "something else, such as a login page"
            )
        self.close()
        whole = CompleteFile(self._final, found, self._written, self.version.etag)
        self._path.replace(self._final)
        self._note.unlink(missing_ok=True)
        sync_folder(self._final.parent)
        return whole

    def _sync(self, file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())
        self._tell_synced(self._written)

    def _tell_synced(self, size: int) -> None:
        self._synced = size
        note = {**asdict(self.version), "synced": size, "boot": boot_id()}
        self._note.write_text(json.dumps(note))

    def _disk(self) -> Disk:
        return Disk(self._final.parent, self.name)


class Disk:
    """Turns a disk's refusals into what the user can do about them."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, OSError):
            return
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFullError(
                f"{self._folder} became full while {self._name} was fetched "
                f"({error.strerror}): what is there stays, and the next attempt goes on behind it. "
                "Free some, or take a larger volume (worker.modelCache in the chart's values)"
            ) from error
        raise ModelUnusableError(
            f"cannot write {self._name} into {self._folder}: {error.strerror}. The model directory "
            "must be writable for the worker's user"
        ) from error


def check_room(folder: Path, name: str, size: int) -> None:
    """Check that ``size`` bytes more fit, and a fifth of them beside.

    Raises:
        DiskFullError: they do not.
    """
    needed, free = int(_ROOM * size), shutil.disk_usage(folder).free
    if needed > free:
        raise DiskFullError(
            f"{folder} has {free // MIB:,} MiB free and {name} needs {-(-needed // MIB):,} MiB "
            f"({_ROOM:g} times what is still to be fetched): free some, or take a larger volume "
            "(worker.modelCache in the chart's values)"
        )


def sync_folder(folder: Path) -> None:
    """Bring the folder's entries to the disk, where its file system knows how to."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
