"""How many processors this container may use, and how it shares them with others."""

import math
import os
from pathlib import Path
from typing import Final

_CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/cpu.max")
"""``quota period`` in microseconds, or ``max period`` (cgroup v2)."""
_MAX_THREADS: Final = 8
"""More threads than this do not make a sentence of a small voice any faster."""

_SPINS: Final = "10000"
"""Turns that a thread of OpenMP waits awake for its next share of work, about 20 µs. libgomp's own
300,000 make a small network speak three times as slowly where four pods share two processors, and
a few percent faster alone (tests/bench/shared_processors.py)."""


def share_processors() -> None:
    """Keep torch's threads from waiting awake for long; must run before torch is imported.

    What the environment says already is left as it is.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)


def usable_processors() -> int:
    """The least of the processors this process may run on, its CPU limit rounded up, and 8."""
    return max(1, min(len(os.sched_getaffinity(0)), _quota(), _MAX_THREADS))


def _quota() -> int:
    try:
        quota, period = _CGROUP_LIMIT.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        return _MAX_THREADS
