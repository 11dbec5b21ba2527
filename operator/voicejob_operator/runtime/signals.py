"""How a server that does nothing but answer comes to its end."""

import asyncio
import signal
from typing import Final

LAME_SECONDS: Final = 3.0
"""Between being red for probes and taking no more connections: so long the Service leads here."""


def asked_to_stop() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
