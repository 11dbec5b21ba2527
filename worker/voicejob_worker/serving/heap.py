"""The C library's heap, shared by the server's threads."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_M_ARENA_MAX: Final = -8
"""Of glibc's malloc.h."""
_M_MMAP_THRESHOLD: Final = -3
_HEAPS: Final = 2
_MAPPED_BYTES: Final = 1 << 20
"""Size from which a block has pages of its own, which go when it is freed. Unset, glibc raises it
to that of the largest block freed so far, up to 32 MiB."""


def share_heap() -> None:
    """Have the threads that come share two heaps; nothing is done where glibc is not in use.

    glibc gives each thread one of its own, up to eight for each processor. A request may be spoken
    by any of the server's threads, and each heap would keep what its largest request has taken, up
    to 64 MiB.
    """
    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, _HEAPS)
        library.mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)


def trim_heap() -> None:
    """Give free pages of the heaps back, as those are behind the loading of a model."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
