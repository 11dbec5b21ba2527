"""Prepared references on disk, so that a voice is prepared once and not in every job.

One file per reference, named by its digest, written beside its place and moved there: a reader in
any process sees all of a file or nothing. What is used least recently goes first; the time of use
is the file's mtime. The cache is a help and never a need: where it cannot be read or written, the
reference is prepared, and the fault is counted.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from voicejob_worker.reference.decode import SAMPLE_RATE
from voicejob_worker.reference.prepare import prepare_reference, reference_digest
from voicejob_worker.reference.reference import Reference, ReferenceReport

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_SUFFIX: Final = ".npz"
_UNFINISHED: Final = ".unfinished"
_ABANDONED_SECONDS: Final = 3600.0
"""Age of an unfinished file whose writer must be dead: writing takes milliseconds."""
_MAX_ENTRY_BYTES: Final = 4 * 1024**2
"""A reference of 15 s has 1.4 MB; what is larger is none, and is not read."""


@dataclass(frozen=True)
class _Entry:
    path: Path
    size: int
    used: int
    """Time of the last use, in nanoseconds."""


class ReferenceCache:
    """Keeps prepared references in a folder that several processes may share."""

    def __init__(self, directory: Path, max_bytes: int, max_entries: int) -> None:
        self._directory = directory
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
        """References that could not be kept: the disk is full, or may not be written."""

    def get_or_make(
        self, file: Path, transcript: str, *, stop: Callable[[], None] = lambda: None
    ) -> Reference:
        """The reference of a recording and its transcript, prepared where it is not here yet.

        Raises:
            InvalidInputError: see ``prepare_reference``; nothing is kept then.
            ModelUnusableError: the speech detector is not installed.
        """
        digest = reference_digest(file, transcript)
        path = self._directory / f"{digest}{_SUFFIX}"
        found = self._read(path, digest)
        if found is not None:
            self._count("hits")
            return found
        self._count("misses")
        made = prepare_reference(file, transcript, stop=stop)
        try:
            self._write(path, made)
            self._evict()
        except OSError:
            self._count("faults")
        return made

    def entries(self) -> int:
        """References kept now."""
        return len(self._entries())

    def size_bytes(self) -> int:
        """Bytes they take."""
        return sum(entry.size for entry in self._entries())

    def _count(self, name: str, by: int = 1) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + by)

    def _read(self, path: Path, digest: str) -> Reference | None:
        try:
            with path.open("rb") as file:
                found = _decoded(file, digest)
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

    def _write(self, path: Path, reference: Reference) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=_UNFINISHED, dir=self._directory)
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _encode(reference, file)
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
        with suppress(FileNotFoundError), os.scandir(self._directory) as files:
            for file in files:
                if file.name.endswith(suffix):
                    with suppress(FileNotFoundError):
                        status = file.stat()
                        found.append(_Entry(Path(file.path), status.st_size, status.st_mtime_ns))
        return found


class ReferenceCacheCollector:
    """Reads a cache's counts when Prometheus asks; register it with a ``CollectorRegistry``."""

    def __init__(self, cache: ReferenceCache) -> None:
        self._cache = cache

    def collect(self) -> Iterator[Metric]:
        """The counts and the size as metrics ``voicejob_reference_cache_*``."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        cache = self._cache
        for name, text, count in (
            ("hits", "Voice references found prepared.", cache.hits),
            ("misses", "Voice references that had to be prepared.", cache.misses),
            ("evictions", "Prepared references deleted for newer ones.", cache.evictions),
            ("dropped", "Prepared references that could not be read.", cache.dropped),
            ("faults", "Prepared references that could not be kept.", cache.faults),
        ):
            yield CounterMetricFamily(f"voicejob_reference_cache_{name}", text, value=count)
        for name, text, value in (
            ("entries", "Prepared references kept.", cache.entries()),
            ("bytes", "Bytes that they take.", cache.size_bytes()),
        ):
            yield GaugeMetricFamily(f"voicejob_reference_cache_{name}", text, value=value)


def _encode(reference: Reference, file: Any) -> None:
    words = {
        "transcript": reference.transcript,
        "digest": reference.digest,
        "report": asdict(reference.report),
        "notes": reference.notes,
    }
    header = np.frombuffer(json.dumps(words).encode(), np.uint8)
    np.savez(file, header=header, samples=reference.samples)


def _decoded(file: Any, digest: str) -> Reference:
    """A reference from an open entry.

    Raises:
        Exception: it is damaged, or of something else.
    """
    if os.fstat(file.fileno()).st_size > _MAX_ENTRY_BYTES:
        raise ValueError("larger than any reference")
    with np.load(file, allow_pickle=False) as arrays:
        words = json.loads(arrays["header"].tobytes())
        samples = arrays["samples"]
    if words["digest"] != digest or samples.dtype != np.float32 or samples.ndim != 1:
        raise ValueError("of something else")
    if not (samples.size and math.isfinite(float(samples.sum()))):
        raise ValueError("no sound")
    return Reference(
        samples=samples,
        sample_rate=SAMPLE_RATE,
        transcript=str(words["transcript"]),
        digest=digest,
        report=ReferenceReport(**words["report"]),
        notes=tuple(map(str, words["notes"])),
    )
