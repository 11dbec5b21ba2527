"""How many files are handed out at once: in all, to one caller, and of one namespace."""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from voicejob_gateway import metrics
from voicejob_gateway.refusals import RefusalError

_RETRY_SECONDS: Final = 5


class Streams:
    """Counts them; one too many is refused at once, and nobody waits in line."""

    def __init__(self, limit: int, limit_per_caller: int) -> None:
        self._limit = limit
        self._limit_per_caller = limit_per_caller
        self._limit_per_namespace = math.ceil(limit * 0.75)
        self._of_caller: Counter[str] = Counter()
        self._of_namespace: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """How many there are."""
        return self._of_caller.total()

    @contextmanager
    def one_more(self, caller: str, namespace: str) -> Iterator[None]:
        """Count one for as long as the context lasts.

        Raises:
            RefusalError: 429 if this caller, or all that hear this namespace's, have too many, 503
                if all have.
        """
        later = {"Retry-After": str(_RETRY_SECONDS)}
        if self._of_caller[caller] >= self._limit_per_caller:
            raise RefusalError(
                429,
                "TooManyStreams",
                f"you are being sent {self._limit_per_caller} files, which is the most at once",
                "wait until one has ended (gateway.maxStreamsPerCaller)",
                later,
            )
        if self.count >= self._limit:
            raise RefusalError(
                503,
                "TooManyStreams",
                f"the gateway is sending {self._limit} files, which is the most at once",
                "try again in a while (gateway.maxStreams, or a second replica)",
                later,
            )
        if self._of_namespace[namespace] >= self._limit_per_namespace:
            raise RefusalError(
                429,
                "TooManyStreams",
                f"{self._limit_per_namespace} files of the namespace {namespace} are being sent, "
                "which is the most at once: three quarters of all",
                "try again in a while (gateway.maxStreams)",
                later,
            )
        self._of_caller[caller] += 1
        self._of_namespace[namespace] += 1
        metrics.STREAMS.set(self.count)
        try:
            yield
        finally:
            for counted, key in ((self._of_caller, caller), (self._of_namespace, namespace)):
                counted[key] -= 1
                if not counted[key]:
                    del counted[key]
            metrics.STREAMS.set(self.count)
