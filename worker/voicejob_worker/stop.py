"""Asks the work to end, and lets it find out between two steps."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import FrameType
from typing import Final, TypeVar

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.errors import StoppedError

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
STOP_EVERY_SECONDS: Final = 0.2
"""How often a wait for what another thread does looks whether the work is to end."""

Result = TypeVar("Result")


class Stop:
    """Set once, by a signal or a test; read by everything that takes time."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether the work is to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask the work to end."""
        self._asked.set()

    def check(self) -> None:
        """Raise StoppedError if the work is to end."""
        if self.asked:
            raise StoppedError("the worker was stopped; its finished chunks are kept")

    def wait(self, seconds: float) -> None:
        """Wait for ``seconds``, but raise StoppedError as soon as the work is to end."""
        self._asked.wait(seconds)
        self.check()


def result_of(future: Future[Result], check: Callable[[], None]) -> Result:
    """What another thread makes, or raises.

    Args:
        future: Its work, which has a bound of its own.
        check: Called five times a second meanwhile; ends the wait by what it raises.
    """
    while not future.done():
        check()
        wait([future], STOP_EVERY_SECONDS)
    return future.result()


def stop_on_signals(
    stop: Stop,
    leave_seconds: float,
    last_words: Callable[[], int | None],
    first_act: Callable[[], None] = lambda: None,
) -> None:
    """Let SIGTERM and SIGINT ask ``stop`` and do ``first_act``; a second one ends the process.

    A process whose work has not ended ``leave_seconds`` later says its ``last_words`` and leaves
    with the exit code that they tell, or with 143: the kubelet's SIGKILL would leave no message.
    All of it happens in a thread of its own: what the signal interrupts may hold a lock that it
    needs.
    """
    signalled = False

    def end() -> None:
        leave_at = time.monotonic() + leave_seconds
        stop.ask()
        first_act()
        # The process has usually ended long before.
        time.sleep(max(leave_at - time.monotonic(), 0.0))
        code = last_words()
        os._exit(ExitCode.STOPPED if code is None else code)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal signalled
        if signalled:
            os._exit(ExitCode.STOPPED)
        signalled = True
        try:
            threading.Thread(target=end, name="stop", daemon=True).start()
        except RuntimeError:  # the process may have no further thread
            stop.ask()

    for number in _SIGNALS:
        signal.signal(number, on_signal)
