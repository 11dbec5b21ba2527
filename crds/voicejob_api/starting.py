"""How our commands start: Ctrl-C while their modules load is no traceback."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Let SIGINT end the process without a word, as it ends one that Python has not begun yet.

    A process that was started to ignore it, as in a shell's background, goes on ignoring it.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
