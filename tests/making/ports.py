"""A port for what a test starts."""

import random
import socket
from contextlib import suppress
from typing import Final

_PORTS: Final = range(20_000, 30_000)
"""Below those that Linux gives to connections by itself (from 32,768), and to NodePorts."""
_TRIES: Final = 50


def free_port(address: str = "") -> int:
    """A port of that address, of all addresses without one, that nobody has.

    Nor does anybody get it while a process starts that is to serve it: asked for port 0, the
    kernel gives one that any connection on the machine may have a moment later.

    Raises:
        OSError: Fifty of them are taken.
    """
    for port in random.sample(_PORTS, _TRIES):
        with suppress(OSError), socket.create_server((address, port)):
            return port
    raise OSError(f"{_TRIES} ports between {_PORTS.start} and {_PORTS.stop} are all taken")
