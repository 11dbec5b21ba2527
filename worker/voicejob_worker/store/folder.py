"""A folder: the mount of a PersistentVolumeClaim, or one on a laptop."""

import errno
import os
import shutil
from pathlib import Path
from typing import Final

from voicejob_worker.errors import DiskFullError, StoreRefusedError, TransientFaultError
from voicejob_worker.failure import is_disk_full
from voicejob_worker.store.artifact import Artifact

_REFUSED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


class FolderDestination:
    """Puts files into a folder; a reader sees each whole or not at all."""

    def __init__(self, folder: Path, address: str, place: str) -> None:
        """``address`` is the folder's, as shown; ``place`` names it in messages."""
        self._folder = folder
        self._address = address.rstrip("/")
        self._place = place

    def put(self, artifact: Artifact) -> str:
        """Copy a file beside its place, flush it, and rename it."""
        partial = self._folder / f".{artifact.name}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _copy(artifact.path, partial)
            partial.replace(self._folder / artifact.name)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise self._fault(error) from error
        return f"{self._address}/{artifact.name}"

    def _fault(self, error: OSError) -> Exception:
        if is_disk_full(error):
            return DiskFullError(f"{self._place} is full")
        if error.errno in _REFUSED:
            return StoreRefusedError(
                f"{self._place} refused to write {self._folder.name or '/'}: {error.strerror}. "
                f"The worker runs as user {os.getuid()}: does its group own the volume?"
            )
        return TransientFaultError(f"{self._place} failed: {error.strerror}")


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        shutil.copyfileobj(reading, writing, 1 << 20)
        writing.flush()
        os.fsync(writing.fileno())
