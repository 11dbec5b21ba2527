"""Who uses a fetched model, and when it was last used: without it none could be removed safely.

A note's mtime is the last use, and its flock is held by every process that has been given the
model, as long as it lives; once a day it touches the note. Where flocks do not reach other nodes,
the age alone must do: it is compared with a time that no VoiceJob takes.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTES: Final = ".used"
_TOUCH_SECONDS: Final = 86_400.0
_REMOVAL_SECONDS: Final = 10.0
"""How long a process that removes the model is waited for. It takes milliseconds, and what is
written down of the model goes first: who comes after that fetches it, and waits as one who does."""
_LOOK_SECONDS: Final = 0.02
_notes = threading.Lock()
"""Held by whoever reads or writes the two below."""
_held: dict[str, int] = {}
"""Descriptors by the note's path, locked and open until the process ends."""
_given: set[Path] = set()
"""Folders of the models that this process has been given."""


def note_use(folder: Path) -> None:
    """Note that this process uses the model of a folder; a cache that is read-only has no notes.

    Another process that is removing the model is waited for: look only then whether it is there.
    """
    with _notes:
        if not _given:
            threading.Thread(target=_touch_daily, name="model notes", daemon=True).start()
        _given.add(folder)
    note = _note_of(folder)
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        if not _is_held(note):
            _hold(note)
        os.utime(note)


def _is_held(note: Path) -> bool:
    with _notes:
        known = _held.get(str(note))
        if known is not None and not _is_still(note, known):
            os.close(_held.pop(str(note)))
            return False
        return known is not None


def _hold(note: Path) -> None:
    """Share the note's lock, where the file system has locks, as long as this process lives."""
    descriptor = os.open(note, os.O_CREAT | os.O_RDWR, 0o666)
    is_locked = False
    with suppress(OSError):
        is_locked = _locked(descriptor, time.monotonic() + _REMOVAL_SECONDS)
    with _notes:
        if is_locked and str(note) not in _held:
            _held[str(note)] = descriptor
            return
    os.close(descriptor)


def _locked(descriptor: int, deadline: float) -> bool:
    """Share a file's lock; False where another process has it alone for too long.

    Raises:
        OSError: the file system has no locks.
    """
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        else:
            return True


def _touch_daily() -> None:
    while True:
        time.sleep(_TOUCH_SECONDS)
        with _notes:
            given = tuple(_given)
        for folder in given:
            with suppress(OSError):
                if folder.is_dir():
                    note_use(folder)


def last_use(folder: Path, besides: str) -> float:
    """When a model was last used or written, in seconds since the epoch, by the file system.

    The file of the name ``besides`` tells nothing of it.
    """
    files: list[Path] = []
    times = [0.0]
    with suppress(FileNotFoundError):
        files = [file for file in folder.iterdir() if file.name != besides]
    for file in (_note_of(folder), *files):
        with suppress(OSError):
            times.append(file.stat().st_mtime)
    return max(times)


@contextmanager
def nobody_else(folder: Path) -> Iterator[bool]:
    """Whether no process uses the model of a folder; inside ``with`` none is told that it may."""
    note = _note_of(folder)
    note.parent.mkdir(parents=True, exist_ok=True)
    was_there = note.exists()
    descriptor = os.open(note, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        if not was_there:
            os.utime(descriptor, (0, 0))  # this is no use
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def is_used(folder: Path) -> bool:
    """Whether a process is known to use the model of a folder; nothing is written."""
    try:
        descriptor = os.open(_note_of(folder), os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _note_of(folder: Path) -> Path:
    return folder.parent / NOTES / folder.name


def _is_still(note: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        there, held = note.stat(), os.fstat(descriptor)
        return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)
    return False
