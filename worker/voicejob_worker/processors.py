"""How many processors this container may use."""

import math
import os
from pathlib import Path
from typing import Final

_CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/cpu.max")
"""``quota period`` in microseconds, or ``max period`` (cgroup v2)."""
_MOST: Final = 8
"""More threads than this do not make a sentence of a small voice any faster."""


def usable_processors() -> int:
    """The least of the processors this process may run on, its CPU limit rounded up, and 8."""
    return max(1, min(len(os.sched_getaffinity(0)), _quota(), _MOST))


def _quota() -> int:
    try:
        quota, period = _CGROUP_LIMIT.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        return _MOST
