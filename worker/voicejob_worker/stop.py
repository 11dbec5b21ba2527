"""Asks the work to end, and lets it find out between two steps."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from voicejob_api.exit_codes import ExitCode
from voicejob_worker.errors import StoppedError

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


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


def stop_on_signals(stop: Stop, grace_seconds: float, last_words: Callable[[], None]) -> None:
    """Let SIGTERM and SIGINT ask ``stop``; a second one ends the process at once.

    A process whose work has not ended ``grace_seconds`` later says its ``last_words`` and leaves
    with 143: the kubelet's SIGKILL would leave no message.
    """

    def leave() -> None:
        last_words()
        os._exit(ExitCode.STOPPED)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.asked:
            os._exit(ExitCode.STOPPED)
        stop.ask()
        timer = threading.Timer(grace_seconds, leave)
        timer.daemon = True
        timer.start()

    for number in _SIGNALS:
        signal.signal(number, on_signal)
