"""A folder: the mount of a PersistentVolumeClaim, or one on a laptop."""

import errno
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from voicejob_worker.errors import DiskFullError, WorkerError
from voicejob_worker.failures.places import VOLUME, Place
from voicejob_worker.failures.translate import is_disk_full
from voicejob_worker.store.artifact import Artifact, OnSent, Seal, digest_of, unheard
from voicejob_worker.units import MIB

_NO_RIGHT: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_REFUSED: Final = (
    *_NO_RIGHT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.EINVAL,
)


class FolderDestination:
    """Puts files into a folder; a reader sees each whole or not at all."""

    def __init__(self, folder: Path, address: str, place: str, owner: Place = VOLUME) -> None:
        """``address`` is the folder's, as shown; ``place`` names it in messages."""
        self._owner = owner
        self._folder = folder
        self._address = address.rstrip("/")
        self._place = place

    def put(self, artifact: Artifact, sent: OnSent = unheard) -> str:
        """Copy a file beside its place, flush it, and rename it; a stop leaves nothing of it."""
        partial = self._partial(artifact)
        try:
            self._final(artifact).parent.mkdir(parents=True, exist_ok=True)
            _copy(artifact.path, partial, sent)
            partial.replace(self._final(artifact))
        except OSError as error:
            raise self._fault(error) from error
        finally:
            with suppress(OSError):  # what hindered the copy hinders this, too
                partial.unlink(missing_ok=True)
        return self.address(artifact.name)

    def put_soon(self, artifact: Artifact) -> None:
        """As ``put``: a folder is not waited for."""
        self.put(artifact)

    def prove(self, planned: Sequence[Artifact]) -> None:
        """Check that the folder can be written, or made; what was made to see it is removed."""
        try:
            place = self._folder
            while not place.exists() and place != place.parent:
                place = place.parent
            with tempfile.TemporaryDirectory(dir=place, prefix=".voicejob-"):
                pass
            for artifact in planned:
                # Raises for a name that is too long, too.
                if any(one.is_dir() for one in (self._final(artifact), self._partial(artifact))):
                    raise IsADirectoryError(errno.EISDIR, f"{artifact.name} is a folder")
        except OSError as error:
            raise self._fault(error) from error

    def address(self, name: str) -> str:
        """The folder's address and the name."""
        return f"{self._address}/{name}"

    def seal(self, name: str) -> Seal | None:
        """Size and SHA-256 of a file: all of it is read."""
        try:
            found = digest_of(self._folder / name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._fault(error, "read") from error
        return Seal(found.size_bytes, found.sha256)

    def read(self, name: str, at_most: int) -> bytes | None:
        """The beginning of a file."""
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(at_most)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._fault(error, "read") from error

    def _final(self, artifact: Artifact) -> Path:
        return self._folder / artifact.name

    def _partial(self, artifact: Artifact) -> Path:
        final = self._final(artifact)
        return final.with_name(f".{final.name}.part")

    def _fault(self, error: OSError, verb: str = "write") -> WorkerError:
        if is_disk_full(error):
            return DiskFullError(
                self._owner.told(f"{self._place} is full: free some, or enlarge it")
            )
        if error.errno in _REFUSED:
            return self._owner.refused(
                f"{self._place} refused to {verb} {self._folder.name or '/'}: {error.strerror}"
                f"{_remedy(error)}",
                self._owner.refused_reason,
            )
        return self._owner.away(f"{self._place} failed: {error.strerror}")


def _remedy(error: OSError) -> str:
    if error.errno in _NO_RIGHT:
        user = os.getuid()
        return f". The worker runs as user {user}: does it, or its group, own the folder or volume?"
    return ""


def _copy(source: Path, target: Path, sent: OnSent) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(MIB):
            writing.write(block)
            sent(writing.tell())
        writing.flush()
        os.fsync(writing.fileno())
