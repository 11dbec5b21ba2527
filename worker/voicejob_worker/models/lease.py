"""Lets one process at a time fetch a model, also where pods on several nodes share the volume.

The lock is a file that is made with O_EXCL, which is atomic on local file systems and on NFS since
version 3; who waits sees by the file's mtime that its holder lives, for the holder touches it every
few seconds. ``flock`` alone will not do: on an NFS mounted without lock daemon, and on many FUSE
file systems, it is granted to each node separately or refused. But where holder and waiter run on
one kernel (they compare its boot id) an flock that is granted proves that the holder is gone, and
the waiter need not wait until the file has become old. Ages are measured by the waiter's own clock
alone, from one change of the mtime that it saw to the next: clocks of nodes differ.

A process that was frozen for longer than a lock lives, and goes on, finds at its next touch that
the lock is another's, and gives up. Until then both write the same bytes at the same places of the
unfinished file, for the version of the content is checked when a transfer goes on.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from voicejob_worker.errors import (
    DiskFullError,
    ModelUnusableError,
    TransientFaultError,
    WorkerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_worker.stop import Stop

_TOUCH_SECONDS: Final = 5.0
STALE_SECONDS: Final = 30.0
"""Age of the mtime at which a holder is dead: six touches that did not come."""
_LOOK_SECONDS: Final = 0.5
_MAX_WAIT: Final = 3600.0


class BeingFetchedError(TransientFaultError):
    """Another process has held the lock for longer than can be waited."""


@dataclass(frozen=True)
class _Holder:
    """The process that holds a lock."""

    token: str
    boot: str
    host: str
    pid: int

    @classmethod
    def myself(cls) -> _Holder:
        return cls(secrets.token_hex(8), boot_id(), socket.gethostname(), os.getpid())

    @classmethod
    def read(cls, path: Path) -> _Holder | None:
        try:
            return cls(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None


class Lease:
    """A lock that lapses when its holder dies."""

    def __init__(
        self,
        path: Path,
        stop: Stop,
        *,
        waiting: Callable[[str], None] = lambda _: None,
        stale_seconds: float = STALE_SECONDS,
        max_wait: float = _MAX_WAIT,
    ) -> None:
        """Nothing is held yet.

        Args:
            path: Path of the lock's file.
            stop: Ends a wait.
            waiting: Called now and then with why nothing goes on.
            stale_seconds: After how long without a touch the holder is taken for dead.
            max_wait: After how long a living holder is waited for no longer.
        """
        self._path = path
        self._stop = stop
        self._waiting = waiting
        self._stale_seconds = stale_seconds
        self._max_wait = max_wait
        self._me = _Holder.myself()
        self._descriptor = -1
        self._over = threading.Event()
        self._lost = False

    def __enter__(self) -> Self:
        """Wait until it is free, and hold it.

        Raises:
            BeingFetchedError: another process holds it for longer than can be waited.
            ModelUnusableError: the folder cannot be written.
            DiskFullError: there is no room for the lock.
            StoppedError: the worker was asked to stop.
        """
        began = time.monotonic()
        watched = _LockObserver()
        while not self._take():
            if not os.access(self._path.parent, os.W_OK):  # of a dead one on a read-only volume
                raise self._unwritable(os.strerror(errno.EROFS))
            holder = _Holder.read(self._path)
            watched.look(self._path, holder)
            if self._is_gone(holder, watched):
                self._clear(holder)
                continue
            if time.monotonic() - began > self._max_wait:
                raise BeingFetchedError(
                    f"another process ({_named(holder)}) has been fetching this model for "
                    f"{self._max_wait:.0f} s: see how it fares, or remove {self._path}"
                )
            self._waiting(f"another process fetches it ({_named(holder)})")
            self._stop.wait(min(_LOOK_SECONDS, self._stale_seconds / 4))
        threading.Thread(target=self._touch, name="lease", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if not self._lost and _Holder.read(self._path) == self._me:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def check(self) -> None:
        """Check that the lock is still held.

        Raises:
            TransientFaultError: another process took it over.
        """
        if self._lost:
            raise TransientFaultError(
                "this process did not run for so long that another one took over fetching the model"
            )

    def _take(self) -> bool:
        try:
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        except FileExistsError:
            return False
        except OSError as error:
            raise self._refusal(error) from error
        try:
            with suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(self._descriptor, json.dumps(asdict(self._me)).encode())
            os.fsync(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            self._path.unlink(missing_ok=True)
            raise self._refusal(error) from error
        return True

    def _refusal(self, error: OSError) -> WorkerError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DiskFullError(
                f"the model directory {self._path.parent} is full ({error.strerror}): free some, "
                "or take a larger volume (worker.modelCache in the chart's values)"
            )
        return self._unwritable(error.strerror)

    def _unwritable(self, why: str | None) -> WorkerError:
        return ModelUnusableError(
            f"cannot write to the model directory {self._path.parent}: {why}. It must be writable "
            "for the worker's user, or hold the model already"
        )

    def _is_gone(self, holder: _Holder | None, watched: _LockObserver) -> bool:
        if watched.missing:
            return False
        if holder is not None and holder.boot == self._me.boot and _is_unlocked(self._path):
            return True
        return watched.unchanged_for >= self._stale_seconds

    def _clear(self, holder: _Holder | None) -> None:
        """Move a dead holder's lock out of the way; put it back if it is another's by now."""
        aside = self._path.with_name(f"{self._path.name}.{self._me.token}")
        try:
            self._path.rename(aside)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refusal(error) from error
        if _Holder.read(aside) != holder:
            with suppress(OSError):
                os.link(aside, self._path)
        aside.unlink(missing_ok=True)

    def _touch(self) -> None:
        while not self._over.wait(min(_TOUCH_SECONDS, self._stale_seconds / 6)):
            if _Holder.read(self._path) != self._me:
                self._lost = True
                return
            with suppress(OSError):
                os.utime(self._path)


class _LockObserver:
    """A lock's file as one waiter sees it, by its own clock."""

    def __init__(self) -> None:
        self._seen: object = None
        self._since = time.monotonic()
        self.missing = False

    def look(self, path: Path, holder: _Holder | None) -> None:
        """Take in what is there.

        Args:
            path: Path of the lock.
            holder: As it was read just before: NFS asks for a file's mtime anew when the file is
                opened, and otherwise tells one that may be a minute old.
        """
        try:
            seen = (path.stat().st_mtime_ns, holder)
            self.missing = False
        except OSError:
            self.missing = True
            return
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()

    @property
    def unchanged_for(self) -> float:
        return time.monotonic() - self._since


def _is_unlocked(path: Path) -> bool:
    """Whether this kernel knows of no process that holds an flock on the file."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _named(holder: _Holder | None) -> str:
    return "unknown" if holder is None else f"{holder.host}, process {holder.pid}"


def boot_id() -> str:
    """Names this kernel since its start; if it does not tell, nothing that comes again."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return secrets.token_hex(8)
