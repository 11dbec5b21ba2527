"""How long, and how often, something that does not answer is asked again."""

import random
import time
from collections.abc import Callable
from typing import Final

from voicejob_worker.errors import UnavailableError
from voicejob_worker.stop import Stop

_FIRST_WAIT: Final = 0.5
_MAX_WAIT: Final = 10.0


class Patience:
    """Exponential back-off with jitter, within a bound.

    ``meanwhile`` is told before each new try what is waited for, and for how long it has been.
    """

    def __init__(
        self, seconds: float, stop: Stop, meanwhile: Callable[[str], None] = lambda _: None
    ) -> None:
        self._seconds = seconds
        self._stop = stop
        self._meanwhile = meanwhile
        self._began = time.monotonic()
        self._wait = _FIRST_WAIT

    def wait_or_raise(self, error: UnavailableError) -> None:
        """Wait before another try.

        Raises:
            UnavailableError: ``error`` again, with the time spent, once that is over.
            StoppedError: the worker was asked to stop.
        """
        waited = time.monotonic() - self._began
        if waited >= self._seconds:
            raise error.after(waited) from error
        self._meanwhile(
            f"waiting for {waited:.0f} s, of {self._seconds:.0f} s at most: {error.message}"
        )
        pause = random.uniform(self._wait / 2, self._wait)  # noqa: S311  (no secret hangs on it)
        self._stop.wait(min(pause, self._seconds - waited + 0.01))
        self._wait = min(2 * self._wait, _MAX_WAIT)
