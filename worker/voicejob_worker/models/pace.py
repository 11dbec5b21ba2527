"""Whether a transfer goes on at all: a server may send so little that no read ever times out."""

from __future__ import annotations

import time
from typing import Final

MIN_RATE: Final = 1024
"""Bytes per second that a server must send at least."""


class TooSlowError(Exception):
    """Less came than any line brings that is worth waiting for."""


class Pace:
    """Measures a transfer over windows of time, one after the other."""

    def __init__(self, window_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._began = time.monotonic()
        self._bytes = 0

    def count(self, size: int) -> None:
        """``size`` bytes have come.

        Raises:
            TooSlowError: the window is over, and less than ``MIN_RATE`` came in it.
        """
        self._bytes += size
        seconds = time.monotonic() - self._began
        if seconds < self._window_seconds:
            return
        if self._bytes < MIN_RATE * seconds:
            raise TooSlowError(
                f"{self._bytes:,} bytes came within {seconds:.1f} s: expected {MIN_RATE:,} in "
                "each second"
            )
        self._began, self._bytes = time.monotonic(), 0
