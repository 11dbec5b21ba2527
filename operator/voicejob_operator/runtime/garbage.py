"""How often the garbage collector looks, and at what.

A controller keeps what it has listed for as long as it runs, and makes and drops a tree of small
objects for every event. Python's collector looks at the first again and again (0.18 s for one look
at a thousand VoiceJobs, in which no stream is read; the API server ends those that are not), and at
the second each 700 objects, most of which are gone by then without it.
"""

import gc
from typing import Final

_YOUNG_OBJECTS: Final = 10_000
"""New objects, less those that are gone, after which the collector looks at them."""


def spare_what_stays() -> None:
    """Have the collector look at what comes from now on alone, and less often at that.

    For the moment at which the first lists are in. What is spared is freed like everything else
    once nobody refers to it, unless it is part of a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
