"""Things that took time to make, kept on disk so that they are made once and not in every job.

One file per thing, named by its digest, written beside its place and moved there: a reader in any
process sees all of a file or nothing. What is used least recently goes first; the time of use is
the file's mtime. The cache is a help and never a need: if it cannot be read or written, the
thing is made, and the fault is counted.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Generic, TypeVar

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

Value = TypeVar("Value")

_SUFFIX: Final = ".npz"
_UNFINISHED: Final = ".unfinished"
_ABANDONED_SECONDS: Final = 3600.0
"""Age of an unfinished file whose writer must be dead: writing takes milliseconds."""


@dataclass(frozen=True)
class _Entry:
    path: Path
    size: int
    used: int
    """Time of the last use, in nanoseconds."""


class DiskCache(ABC, Generic[Value]):
    """Keeps things in a folder that several processes may share."""

    def __init__(self, directory: Path, max_bytes: int, max_entries: int) -> None:
        self.directory = directory
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0
        self.evictions = 0
        """Entries that gave way to newer ones."""
        self.dropped = 0
        """Entries that could not be read and were made again."""
        self.faults = 0
        """Things that could not be kept: the disk is full, or may not be written."""

    def find_or_make(self, digest: str, make: Callable[[], Value]) -> Value:
        """What is kept under ``digest``, made if it is not here yet; raises what ``make`` does.

        Nothing is kept of what could not be made.
        """
        path = self.directory / f"{digest}{_SUFFIX}"
        found = self._read(path, digest)
        if found is not None:
            self._count("hits")
            return found
        self._count("misses")
        made = make()
        try:
            self._write(path, made)
            self._evict()
        except OSError:
            self._count("faults")
        return made

    def entries(self) -> int:
        """Number of entries that are kept now."""
        return len(self._entries())

    def size_bytes(self) -> int:
        """Bytes that the entries take."""
        return sum(entry.size for entry in self._entries())

    @abstractmethod
    def encode(self, kept: Value, file: BinaryIO) -> None:
        """Write a thing into an open file."""

    @abstractmethod
    def decode(self, file: BinaryIO, digest: str) -> Value:
        """Read a thing from an open file.

        Raises:
            Exception: it is damaged, or of something else than ``digest``.
        """

    def _count(self, name: str, by: int = 1) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + by)

    def _read(self, path: Path, digest: str) -> Value | None:
        try:
            with path.open("rb") as file:
                found = self.decode(file, digest)
        except FileNotFoundError:
            return None
        except Exception:  # a damaged archive fails in a dozen ways, all of which mean the same
            self._count("dropped")
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        with suppress(OSError):  # evicted since, or on a disk that may not be written
            os.utime(path)
        return found

    def _write(self, path: Path, made: Value) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=_UNFINISHED, dir=self.directory)
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                self.encode(made, file)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _evict(self) -> None:
        """Delete what is over either bound, and what dead writers have left."""
        kept = size = 0
        for entry in sorted(self._entries(), key=lambda one: one.used, reverse=True):
            kept += 1
            size += entry.size
            if kept <= self._max_entries and size <= self._max_bytes:
                continue
            kept -= 1
            size -= entry.size
            with suppress(FileNotFoundError):  # another process was faster, and has counted it
                entry.path.unlink()
                self._count("evictions")
        for entry in self._entries(_UNFINISHED):
            if time.time() - entry.used / 1e9 > _ABANDONED_SECONDS:
                entry.path.unlink(missing_ok=True)

    def _entries(self, suffix: str = _SUFFIX) -> list[_Entry]:
        found = []
        with suppress(OSError), os.scandir(self.directory) as files:
            for file in files:
                if file.name.endswith(suffix):
                    with suppress(OSError):
                        status = file.stat()
                        found.append(_Entry(Path(file.path), status.st_size, status.st_mtime_ns))
        return found


def remove_entries(directory: Path, prefix: str) -> None:
    """Remove the entries of a cache's folder whose digests begin with ``prefix``.

    Raises:
        OSError: one of them is still there.
    """
    with suppress(FileNotFoundError):
        for path in directory.iterdir():
            if path.name.startswith(prefix) and path.name.endswith(_SUFFIX):
                path.unlink(missing_ok=True)


class DiskCacheCollector:
    """Reads a cache's counts when Prometheus asks; register it with a ``CollectorRegistry``."""

    def __init__(self, cache: DiskCache[Value], prefix: str, things: str) -> None:
        """``things`` are what is kept, in words; the metrics' names begin with ``prefix``."""
        self._cache = cache
        self._prefix = prefix
        self._things = things

    @property
    def place(self) -> Path:
        """The folder, in which other caches of this process may keep things, too."""
        return self._cache.directory

    def collect(self) -> Iterator[Metric]:
        """The counts and the size."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        cache, prefix, things = self._cache, self._prefix, self._things
        for name, text, count in (
            ("hits", f"{things} found prepared.", cache.hits),
            ("misses", f"{things} that had to be prepared.", cache.misses),
            ("evictions", f"{things} deleted from the cache for newer ones.", cache.evictions),
            ("dropped", f"{things} in the cache that could not be read.", cache.dropped),
            ("faults", f"{things} that could not be kept.", cache.faults),
        ):
            yield CounterMetricFamily(f"{prefix}_{name}", text, value=count)
        for name, text, value in (
            ("entries", f"{things} kept.", cache.entries()),
            ("bytes", f"Bytes of the {things.lower()} kept.", cache.size_bytes()),
        ):
            yield GaugeMetricFamily(f"{prefix}_{name}", text, value=value)
