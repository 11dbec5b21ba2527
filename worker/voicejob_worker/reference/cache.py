"""Prepared references on disk, so that a voice is prepared once and not in every job."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from voicejob_worker.disk_cache import DiskCache, DiskCacheCollector
from voicejob_worker.reference.prepare import prepare_reference, reference_digest
from voicejob_worker.reference.rate import SAMPLE_RATE
from voicejob_worker.reference.reference import Reference, ReferenceReport
from voicejob_worker.units import MIB

_MAX_ENTRY_BYTES: Final = 4 * MIB
"""A reference of 15 s has 1.4 MB; what is larger is none, and is not read."""


class ReferenceCache(DiskCache[Reference]):
    """Keeps prepared references in a folder that several processes may share."""

    def get_or_make(
        self, file: Path, transcript: str | None, *, stop: Callable[[], None] = lambda: None
    ) -> Reference:
        """The reference of a recording and its transcript, prepared if it is not here yet.

        Raises:
            InvalidInputError: see ``prepare_reference``; nothing is kept then.
            ModelUnusableError: the speech detector is not installed.
        """
        return self.find_or_make(
            reference_digest(file, transcript),
            lambda: prepare_reference(file, transcript, stop=stop),
        )

    def encode(self, kept: Reference, file: BinaryIO) -> None:
        """Write a reference into an open file."""
        _encode(kept, file)

    def decode(self, file: BinaryIO, digest: str) -> Reference:
        """Read a reference from an open file.

        Raises:
            Exception: it is damaged, or of something else.
        """
        return _decoded(file, digest)


class ReferenceCacheCollector(DiskCacheCollector):
    """Counts and size of the cache as metrics ``voicejob_reference_cache_*``."""

    def __init__(self, cache: ReferenceCache) -> None:
        super().__init__(cache, "voicejob_reference_cache", "Voice references")


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
