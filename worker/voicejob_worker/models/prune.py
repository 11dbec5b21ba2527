"""Removes from the model cache what no catalogue names and nobody has used for long."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.models.address import shown
from voicejob_worker.models.layout import kind_of, layout_of
from voicejob_worker.models.lease import BeingFetchedError, Lease
from voicejob_worker.models.provide import LOCK
from voicejob_worker.models.record import RECORD, Record
from voicejob_worker.models.use import is_used, last_use, nobody_else

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voicejob_worker.models.catalogue import ModelCatalogue
    from voicejob_worker.stop import Stop

MAX_REMOVED: Final = 100
"""Models of one call; the next goes on."""
_MODEL_FOLDER: Final = re.compile(r"[0-9a-f]{16}-[A-Za-z0-9._-]+")
_DAY: Final = 86_400.0
_IN_USE: Final = "a process uses it"


@dataclass(frozen=True)
class Looked:
    """A model of the cache, and what became of it."""

    folder: Path
    address: str
    """Empty: nothing of it was ever whole."""
    size_bytes: int
    kept: str = ""
    """Why it stays; empty: it is removed, or would be."""

    def told(self, *, dry_run: bool) -> str:
        """A line for people."""
        what = "kept" if self.kept else "would remove" if dry_run else "removed"
        why = f" ({self.kept})" if self.kept else ""
        name = self.address or f"{self.folder.name}, unfinished"
        return f"{what} {self.size_bytes / 1e6:.0f} MB {name}{why}"


def prune(
    directory: Path,
    models: ModelCatalogue,
    stop: Stop,
    *,
    unused_days: float,
    dry_run: bool,
) -> Iterator[Looked]:
    """Remove models one by one, and tell of each that is looked at.

    One stays that a catalogue names, that a process uses or fetches, or that was used or written
    within ``unused_days``. Of one that goes an empty folder stays: another process may be about to
    write there.

    Raises:
        ModelUnusableError: the directory cannot be read or written.
        StoppedError: the worker was asked to stop.
    """
    named = _named(models)
    removed = 0
    try:
        for folder in sorted(directory.iterdir()):
            if removed == MAX_REMOVED:
                return
            stop.check()
            if not (_MODEL_FOLDER.fullmatch(folder.name) and folder.is_dir()):
                continue
            looked = _look(folder, named, unused_days)
            if looked is None:
                continue
            if not looked.kept and is_used(folder):
                looked = replace(looked, kept=_IN_USE)
            if not looked.kept and not dry_run:
                looked = _remove(looked, named, unused_days, stop)
            removed += not looked.kept
            yield looked
    except OSError as error:
        raise ModelUnusableError(
            f"cannot look through the model directory {directory}: {error.strerror}"
        ) from error


def _named(models: ModelCatalogue) -> frozenset[str]:
    return frozenset(
        shown(layout_of(kind_of(entry.engine, entry.part), entry.uri).uri)
        for catalogue in models.catalogues
        for entry in catalogue.entries
        if entry.uri is not None
    )


def _look(folder: Path, named: frozenset[str], unused_days: float) -> Looked | None:
    """What a model is, and whether it may go; None for a folder with nothing in it."""
    size = 0
    with suppress(FileNotFoundError):  # the folder's
        for file in folder.iterdir():
            with suppress(FileNotFoundError):  # one that was being written, as the record is
                size += file.stat().st_size if file.name != LOCK else 0
    if not size:
        return None
    address = Record.read(folder).address
    idle_days = (time.time() - last_use(folder, LOCK)) / _DAY
    kept = ""
    if address in named:
        kept = "a catalogue names it"
    elif idle_days < unused_days:
        kept = f"used {max(idle_days, 0.0):.0f} days ago"
    return Looked(folder, address, size, kept)


def _remove(looked: Looked, named: frozenset[str], unused_days: float, stop: Stop) -> Looked:
    """Remove it, unless somebody has begun to fetch or use it meanwhile."""
    folder = looked.folder
    try:
        with Lease(folder / LOCK, stop, max_wait=0.0), nobody_else(folder) as alone:
            again = _look(folder, named, unused_days)
            if not alone:
                return replace(looked, kept=_IN_USE)
            if again is None or again.kept:
                return again or looked
            # The record first: without it whoever looks for the model fetches it, and waits.
            (folder / RECORD).unlink(missing_ok=True)
            for file in folder.iterdir():
                if file.name != LOCK:
                    file.unlink(missing_ok=True)
            return again
    except BeingFetchedError:
        return replace(looked, kept="it is being fetched")
