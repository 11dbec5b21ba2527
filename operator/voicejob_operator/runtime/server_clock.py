"""The API server's time of day, which all timestamps in the cluster's objects are made with."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import structlog

log = structlog.get_logger()

_LOOK_EVERY_SECONDS: Final = 10.0
_TOLERATED: Final = timedelta(seconds=2)
"""The header counts whole seconds, and an answer takes a moment."""
_HALF_A_SECOND: Final = timedelta(milliseconds=500)
"""What the header leaves out, on average."""


class ServerClock:
    """This machine's clock, corrected by how far it is from the API server's.

    A deadline that is counted from a timestamp of the API server's would else be over too soon, or
    never, on a machine whose clock is wrong: ten minutes ahead, each pod would count as one that
    takes too long to start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard_at = float("-inf")
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """The API server's time, as far as its answers tell it."""
        return datetime.now(UTC) + self._skew

    def heard(self, date: str | None) -> None:
        """Take in the header ``Date`` of an answer (RFC 9110, section 6.6.1), now and then."""
        now = self._clock()
        if date is None or now - self._heard_at < _LOOK_EVERY_SECONDS:
            return
        try:
            told = parsedate_to_datetime(date).astimezone(UTC)
        except (ValueError, OverflowError):
            return
        self._heard_at = now
        skew = told + _HALF_A_SECOND - datetime.now(UTC)
        skew = skew if abs(skew) > _TOLERATED else timedelta(0)
        if abs(skew - self._skew) > _TOLERATED:
            log.warning(
                "the clock of this machine differs from the API server's, whose time is used",
                ahead_seconds=-round(skew.total_seconds()),
            )
        self._skew = skew
