"""How long, and how often, something that does not answer is asked again."""

import random
import time
from collections.abc import Callable
from typing import Final

from voicejob_worker.errors import StoreUnavailableError
from voicejob_worker.stop import Stop

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 10.0


class Patience:
    """Exponential back-off with jitter, within a bound.

    ``meanwhile`` is called before each new try, as a sign of life.
    """

    def __init__(
        self, seconds: float, stop: Stop, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        self._seconds = seconds
        self._stop = stop
        self._meanwhile = meanwhile
        self._began = time.monotonic()
        self._wait = _FIRST_WAIT

    def wait_or_raise(self, error: StoreUnavailableError) -> None:
        """Wait before another try.

        Raises:
            StoreUnavailableError: ``error`` again, with the time spent, once that is over.
            StoppedError: the worker was asked to stop.
        """
        waited = time.monotonic() - self._began
        if waited >= self._seconds:
            raise StoreUnavailableError(f"{error.message}; tried for {waited:.0f} s") from error
        self._meanwhile()
        pause = random.uniform(self._wait / 2, self._wait)  # noqa: S311  (no secret hangs on it)
        self._stop.wait(min(pause, self._seconds - waited + 0.01))
        self._wait = min(2 * self._wait, _LONGEST_WAIT)
