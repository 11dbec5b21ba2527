"""A queue of keys to reconcile: each key at most once, later, or again after a failure."""

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from voicejob_operator import metrics

Key = tuple[str, str]
"""Namespace and name of a VoiceJob."""
Reconcile = Callable[[Key], Awaitable[None]]

_FIRST_BACKOFF_SECONDS: Final = 0.5
_LONGEST_BACKOFF_SECONDS: Final = 60.0

log = structlog.get_logger()


class ReconcileQueue:
    """Keys that want a look, in the order in which they became due.

    A key that is added while it is being reconciled is reconciled once more afterwards, and never
    twice at a time. A reconcile that raises is repeated with exponential back-off.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._running: dict[Key, float] = {}
        self._failures: dict[Key, int] = {}
        self._wake = asyncio.Event()
        self._closing = False

    def add(self, key: Key, after: float = 0.0) -> None:
        """Ask for a reconcile ``after`` seconds; an earlier one that is asked for stands."""
        due = self._clock() + max(after, 0.0)
        if key not in self._due or due < self._due[key]:
            self._due[key] = due
            heapq.heappush(self._heap, (due, key))
            self._wake.set()

    def close(self) -> None:
        """Start no reconcile any more; those in hand are finished."""
        self._closing = True
        self._wake.set()

    def overdue_seconds(self) -> float:
        """How long the longest-waiting key has been due, or the longest reconcile has run."""
        now = self._clock()
        waits = [now - due for key, due in self._due.items() if key not in self._running]
        runs = [now - since for since in self._running.values()]
        return max([*waits, *runs, 0.0])

    def depth(self) -> int:
        """How many keys are due now."""
        now = self._clock()
        return sum(1 for due in self._due.values() if due <= now)

    async def work(self, reconcile: Reconcile) -> None:
        """Reconcile keys as they become due, until the queue is closed."""
        while (key := await self._next()) is not None:
            await self._reconcile(key, reconcile)

    async def _reconcile(self, key: Key, reconcile: Reconcile) -> None:
        self._running[key] = self._clock()
        started = time.perf_counter()
        try:
            await reconcile(key)
        except Exception:  # the one edge: whatever a reconcile raises is told here and tried again
            self._failures[key] = self._failures.get(key, 0) + 1
            delay = self._backoff(self._failures[key])
            log.exception("reconcile failed", namespace=key[0], voicejob=key[1], retry_in=delay)
            metrics.RECONCILES.labels("error").inc()
            self.add(key, delay)
        else:
            self._failures.pop(key, None)
            metrics.RECONCILES.labels("ok").inc()
        finally:
            metrics.RECONCILE_SECONDS.observe(time.perf_counter() - started)
            del self._running[key]
            self._wake.set()

    @staticmethod
    def _backoff(failures: int) -> float:
        return min(_FIRST_BACKOFF_SECONDS * 2.0 ** (failures - 1), _LONGEST_BACKOFF_SECONDS)

    async def _next(self) -> Key | None:
        while not self._closing:
            key, wait = self._take()
            if key is not None:
                return key
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue
        return None

    def _take(self) -> tuple[Key | None, float | None]:
        """The first due key that is not being reconciled, else the seconds until one may be."""
        held: list[tuple[float, Key]] = []
        found: Key | None = None
        wait: float | None = None
        while self._heap and found is None:
            due, key = self._heap[0]
            if self._due.get(key) != due:
                heapq.heappop(self._heap)
            elif due > self._clock():
                wait = due - self._clock()
                break
            elif key in self._running:
                held.append(heapq.heappop(self._heap))
            else:
                heapq.heappop(self._heap)
                del self._due[key]
                found = key
        for entry in held:
            heapq.heappush(self._heap, entry)
        if found is None and self._heap and self._heap[0][0] > self._clock():
            wait = self._heap[0][0] - self._clock()
        return found, wait
