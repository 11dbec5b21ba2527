"""How a demo ends as a program: with 0, or with what was wrong and what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable

from onenode.errors import ClusterError

INTERRUPTED = 130


def exit_code_of(demo: Callable[[], None]) -> int:
    """Run it; what keeps it from its end is printed, and is no traceback."""
    try:
        demo()
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0
