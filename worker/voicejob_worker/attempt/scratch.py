"""The hidden folder of a VoiceJob on a laptop, in which one process works at a time."""

import errno
import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from voicejob_worker.errors import TransientFaultError

_LOCK: Final = ".lock"
_NO_LOCKS: Final = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""Answers of a file system that knows no locks, as NFS without its lock daemon: as without one."""
_TRIES: Final = 20
"""How often a folder is made again that another process, which was done with it, removed."""


class Scratch:
    """A folder that is locked as long as this object or, at most, this process lives."""

    def __init__(self, folder: Path) -> None:
        """Make the folder and lock it.

        Raises:
            TransientFaultError: another process works in it, or it cannot be written.
        """
        self.folder = folder
        try:
            self._lock = _locked(folder)
        except BlockingIOError:
            raise TransientFaultError(
                "another voicejob-worker speaks a VoiceJob of this name into the same folder (it "
                f"has locked {folder}): wait until it has ended, or name another folder with "
                "--output"
            ) from None
        except OSError as error:
            raise TransientFaultError(
                f"cannot write to {folder}, where the audio would lie until it is stored: "
                f"{error.strerror}"
            ) from None

    def remove(self) -> None:
        """Remove the folder with all that is in it, and the one above if that is empty then."""
        for path in self.folder.iterdir():
            # What an attempt that was killed had begun in folders of its own is there still.
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        with suppress(OSError):  # another process has just begun in it
            self.folder.rmdir()
            self.folder.parent.rmdir()


def _locked(folder: Path) -> BinaryIO:
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):  # removed between two steps: made again
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / _LOCK).open("ab")
            _lock(lock)
            if os.path.samestat(os.fstat(lock.fileno()), (folder / _LOCK).stat()):
                return lock
    raise FileNotFoundError(errno.ENOENT, "it is removed again and again")


def _lock(file: BinaryIO) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
