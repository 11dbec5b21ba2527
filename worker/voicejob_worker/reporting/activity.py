"""Whether this process does anything at all, by the kernel's own counters.

A model that loads for minutes gives no sign of life of its own; what hangs neither computes nor
reads. The status server's own answers are far below what counts here.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_WINDOW_SECONDS: Final = 1.0
_BUSY_SHARE: Final = 0.1
"""Share of one processor from which on a process counts as busy."""
_READING_RATE: Final = 64 << 10
"""Bytes per second from which on a process counts as reading."""
_FAULT_BYTES: Final = 16 << 10
"""What a page fault that is served from a disk brings in, readahead included, at the least: files
that are mapped into memory are read by such faults alone."""


_BUSY_FACTOR: Final = 6
"""A process that computes or reads may be silent for so many times its bound: a large model from a
slow volume, a batch on a slow card. One that does neither hangs."""


def silence_allowed(bound_seconds: float, idle_seconds: float) -> float:
    """How many seconds work may give no sign of life.

    Args:
        bound_seconds: What is allowed where the process does nothing.
        idle_seconds: How long that has neither computed nor read, as ``Activity`` knows.
    """
    return bound_seconds * (_BUSY_FACTOR if idle_seconds < bound_seconds else 1)


@dataclass(frozen=True)
class _Counters:
    read_at: float
    cpu_seconds: float
    read_bytes: int

    @classmethod
    def read(cls) -> _Counters:
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_majflt
        return cls(time.monotonic(), time.process_time(), _read_bytes() + faults * _FAULT_BYTES)

    def is_busy_since(self, before: _Counters) -> bool:
        seconds = self.read_at - before.read_at
        computed = self.cpu_seconds - before.cpu_seconds
        read = self.read_bytes - before.read_bytes
        return computed >= _BUSY_SHARE * seconds or read >= _READING_RATE * seconds


class Activity:
    """Compares the counters of one question with those of the question before."""

    def __init__(self) -> None:
        self._before = _Counters.read()
        self._busy_at = self._before.read_at

    def idle_seconds(self) -> float:
        """How long the process has neither computed nor read, as far as was asked."""
        now = _Counters.read()
        if now.read_at - self._before.read_at >= _WINDOW_SECONDS:
            if now.is_busy_since(self._before):
                self._busy_at = now.read_at
            self._before = now
        return now.read_at - self._busy_at


def _read_bytes() -> int:
    """Bytes that this process has asked files for (proc(5), rchar); 0 if it is not told."""
    try:
        first = Path("/proc/self/io").read_text("ascii").split("\n", 1)[0]
        return int(first.partition(":")[2])
    except (OSError, ValueError):
        return 0
