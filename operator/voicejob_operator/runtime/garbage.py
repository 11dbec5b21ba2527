"""How often the garbage collector looks, at what, and what goes back to the system.

A controller keeps what it has listed for as long as it runs, and makes and drops a tree of small
objects for every event. Python's collector looks at the first again and again (0.18 s for one look
at a thousand VoiceJobs, in which no stream is read; the API server ends those that are not), and at
the second each 700 objects, most of which are gone by then without it.
"""

import asyncio
import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_YOUNG_OBJECTS: Final = 10_000
"""New objects, less those that are gone, after which the collector looks at them."""
_TRIM_SECONDS: Final = 60.0


def spare_what_stays() -> None:
    """Have the collector look at what comes from now on alone, and less often at that.

    For the moment at which the first lists are in. What is spared is freed like everything else
    once nobody refers to it, unless it is part of a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])


async def give_back() -> None:
    """Give free pages of the C library's heap back, every minute, for as long as the process runs.

    A crowd of objects takes many megabytes for as long as it passes through; glibc keeps them (35
    of 280 MiB with 10,000 VoiceJobs that wait). Nothing is done where there is no glibc.
    """
    trim: Callable[[int], int] | None = None
    with suppress(AttributeError, OSError):
        trim = ctypes.CDLL(None).malloc_trim
    while True:
        await asyncio.sleep(_TRIM_SECONDS)
        if trim is not None:
            trim(0)
