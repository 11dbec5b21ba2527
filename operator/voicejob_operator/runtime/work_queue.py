"""A queue of keys to reconcile: each key once, later, or again after a failure.

Everything happens in the event loop's thread: ``add`` from another thread is not safe.
"""

import asyncio
import heapq
import itertools
import math
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

import structlog

from voicejob_operator.runtime.backoff import backoff
from voicejob_operator.runtime.errors import ApiError
from voicejob_operator.runtime.metrics import RuntimeMetrics

log = structlog.get_logger()

K = TypeVar("K", bound=Hashable)

_FIRST_BACKOFF_SECONDS: Final = 0.5
_FIRST_REFUSAL_SECONDS: Final = 5.0
_MAX_BACKOFF_SECONDS: Final = 60.0
_REFUSED_LOOKS_PER_SECOND: Final = 4.0
_SILENCE_TOLD_EVERY_SECONDS: Final = 30.0


class Schedule(Generic[K]):
    """Keys by the time at which each is due, one time a key.

    A key whose time is moved or that is dropped leaves its old entry in the heap; these are thrown
    out as soon as they outnumber the keys, so the heap is never longer than twice the keys.
    """

    def __init__(self) -> None:
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, key: K) -> bool:
        return key in self._due

    @property
    def entries(self) -> int:
        """The heap's length, thrown-out keys included."""
        return len(self._heap)

    def due(self, key: K) -> float | None:
        """When the key is due, or None."""
        return self._due.get(key)

    def put(self, key: K, due: float) -> None:
        """Set when the key is due, whatever was set before."""
        self._due[key] = due
        # The running number keeps keys that cannot be compared from being compared.
        heapq.heappush(self._heap, (due, next(self._order), key))
        self._compact()

    def drop(self, key: K) -> None:
        """Forget the key, if it is there."""
        if self._due.pop(key, None) is not None:
            self._compact()

    def first(self) -> tuple[float, K] | None:
        """The time and the key that is due first, or None."""
        while self._heap:
            due, _, key = self._heap[0]
            if self._due.get(key) == due:
                return due, key
            heapq.heappop(self._heap)
        return None

    def count_due(self, now: float) -> int:
        """How many keys are due."""
        return sum(1 for due in self._due.values() if due <= now)

    def _compact(self) -> None:
        if len(self._heap) > 2 * len(self._due):
            self._heap = [(due, next(self._order), key) for key, due in self._due.items()]
            heapq.heapify(self._heap)


class WorkQueue(Generic[K]):
    """Keys that want a look, in the order in which they became due.

    A key that is added while it is being reconciled is reconciled once more afterwards, and never
    twice at a time. A reconcile that raises is repeated after 0.5 s, then after twice as long each
    time up to a minute, or when something happens to its key; but not before the ApiError that it
    raises says so (``retry_after``).

    Args:
        metrics: Where reconciles are counted and timed.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        metrics: RuntimeMetrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._waiting: Schedule[K] = Schedule()
        self._first: dict[K, None] = {}
        self._first_again: set[K] = set()
        self._refused: Schedule[K] = Schedule()
        self._next_refused_look = 0.0
        self._running: dict[K, float] = {}
        self._again: dict[K, tuple[float, bool]] = {}
        self._failures: dict[K, int] = {}
        self._refusals: dict[K, tuple[int, float]] = {}
        self._not_before: dict[K, float] = {}
        self._idle: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._paused = False
        self._resumed_at = 0.0
        self._moved_at = 0.0
        self._silence_told_at = -math.inf
        self._closing = False

    def add(self, key: K, after: float = 0.0, *, first: bool = False) -> None:
        """Ask for a look ``after`` seconds; one that is asked for earlier stands.

        With ``first`` it goes before those that are due already: in a crowd, news that somebody
        waits for need not wait for all that has just begun.
        """
        self._ask(key, self._clock() + max(after, 0.0), refused=False)
        if first and key in self._running:
            self._first_again.add(key)
        elif first and key in self._waiting:
            self._first[key] = None

    def add_limited(self, key: K) -> None:
        """Ask for a look at a key that the API server refuses for now (a quota, a policy).

        After 5 s, then after twice as long each time up to a minute, give or take a fifth, until
        ``forget_failures``; and of all such keys together four a second, so that a thousand
        that wait for one quota are not a thousand requests at once. A look in between, which its
        news have asked for, puts nothing off: else whoever edits it would make it wait.
        """
        count, due = self._refusals.get(key, (0, -math.inf))
        now = self._clock()
        if now >= due:
            count += 1
            spread = random.uniform(0.8, 1.2)  # noqa: S311 - jitter is no secret
            delay = backoff(_FIRST_REFUSAL_SECONDS, count, _MAX_BACKOFF_SECONDS) * spread
            due = now + min(delay, _MAX_BACKOFF_SECONDS)
            self._refusals[key] = (count, due)
        self._ask(key, due, refused=True)

    def forget_failures(self, key: K) -> None:
        """Let the key's next failure or refusal count as its first: it went well, or is gone."""
        self._failures.pop(key, None)
        self._refusals.pop(key, None)
        self._not_before.pop(key, None)

    def pause(self) -> None:
        """Start no look until ``resume``; those in hand are finished, and keys may be added."""
        self._paused = True

    def resume(self) -> None:
        """Go on."""
        if self._paused:
            self._paused = False
            self._resumed_at = self._clock()
            self._stir()

    def close(self) -> None:
        """Start no look any more; those in hand are finished, then ``work`` returns."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        while self._idle:
            self._wake_one()

    def overdue_seconds(self) -> float:
        """How long the longest-waiting key has been due, or the longest look has run.

        What a user waits for, so for a metric; whether this process works is ``stalled_seconds``.
        The time in which the queue was paused does not count, nor do refused keys, which wait for
        their turn by design.
        """
        now = self._clock()
        longest = max((now - since for since in self._running.values()), default=0.0)
        first = self._waiting.first()
        if first is not None and not self._paused:
            longest = max(longest, now - max(first[0], self._resumed_at))
        return longest

    def stalled_seconds(self) -> float:
        """How long keys have been due while no look began or ended, or the longest look has run.

        For a health check: an API server that hangs makes every key wait, and a new process would
        not help; but each look ends when its request's time is up, so this stays small then.
        """
        now = self._clock()
        longest = max((now - since for since in self._running.values()), default=0.0)
        first = self._waiting.first()
        if first is not None and not self._paused:
            longest = max(longest, now - max(first[0], self._resumed_at, self._moved_at))
        return longest

    def depth(self) -> int:
        """How many keys are due now, refused ones included."""
        now = self._clock()
        again = sum(1 for due, _ in self._again.values() if due <= now)
        return again + self._waiting.count_due(now) + self._refused.count_due(now)

    def __len__(self) -> int:
        """How many keys want a look, now or later."""
        return len(self._waiting) + len(self._refused) + len(self._again)

    @property
    def entries(self) -> int:
        """How many entries the queue holds for its keys; at most twice as many."""
        return self._waiting.entries + self._refused.entries + len(self._again)

    async def work(self, reconcile: Callable[[K], Awaitable[None]]) -> None:
        """Reconcile keys as they become due, until the queue is closed.

        Run as many of these as keys may be reconciled at once.
        """
        while (key := await self._next()) is not None:
            await self._reconcile(key, reconcile)

    async def _reconcile(self, key: K, reconcile: Callable[[K], Awaitable[None]]) -> None:
        self._running[key] = self._moved_at = self._clock()
        started = time.perf_counter()
        try:
            await reconcile(key)
        except Exception as error:  # the one edge: whatever a look raises is told and tried again
            self._failed(key, error)
            self._count("error", started)
        else:
            self._failures.pop(key, None)
            self._not_before.pop(key, None)
            self._count("ok", started)
        finally:
            del self._running[key]
            self._moved_at = self._clock()
            self._put_back(key)

    def _put_back(self, key: K) -> None:
        asked = self._again.pop(key, None)
        if asked is not None:
            self._ask(key, asked[0], refused=asked[1])
            if key in self._first_again and key in self._waiting:
                self._first[key] = None
        elif key not in self._waiting and key not in self._refused:
            # Nobody wants to see it again: a key that is gone must leave nothing behind.
            self._refusals.pop(key, None)
        self._first_again.discard(key)

    def _failed(self, key: K, error: Exception) -> None:
        count = self._failures[key] = self._failures.get(key, 0) + 1
        delay = backoff(_FIRST_BACKOFF_SECONDS, count, _MAX_BACKOFF_SECONDS)
        if isinstance(error, ApiError):
            asked = error.retry_after or 0.0
            delay = max(delay, asked)
            self._not_before[key] = self._clock() + asked
            if self._is_worth_telling(error, count):
                log.warning("reconcile failed", key=key, error=str(error), retry_in=delay)
        else:
            log.error("reconcile failed", key=key, retry_in=delay, exc_info=error)
        # Also what was asked for meanwhile has to wait: it would fail like this look.
        self._again[key] = (self._clock() + delay, False)

    def _is_worth_telling(self, error: ApiError, count: int) -> bool:
        """Whether to log it: a refusal at a key's first failure, its second, its fourth and so on.

        That the API server does not answer is no matter of one key's: it is told twice a minute.
        """
        if not error.is_unanswered:
            return count & (count - 1) == 0
        now = self._clock()
        if now < self._silence_told_at + _SILENCE_TOLD_EVERY_SECONDS:
            return False
        self._silence_told_at = now
        return True

    def _count(self, result: str, started: float) -> None:
        if self._metrics is not None:
            self._metrics.reconciles.labels(result).inc()
            self._metrics.reconcile_seconds.observe(time.perf_counter() - started)

    def _ask(self, key: K, due: float, *, refused: bool) -> None:
        """Note the look, unless an earlier one is asked for; each key stands in one place."""
        due = max(due, self._not_before.get(key, due))
        if key in self._running:
            if key not in self._again or due < self._again[key][0]:
                self._again[key] = (due, refused)
            return
        into, other = (self._refused, self._waiting) if refused else (self._waiting, self._refused)
        known = into.due(key) if key in into else other.due(key)
        if known is not None and known <= due:
            return
        other.drop(key)
        into.put(key, due)
        self._stir()

    async def _next(self) -> K | None:
        while not self._closing:
            key = self._take()
            if key is not None:
                # Whoever is woken wakes the next: one addition need not wake all.
                self._stir()
                return key
            await self._rest()
        return None

    def _take(self) -> K | None:
        if self._paused:
            return None
        now = self._clock()
        while self._first:
            key = next(iter(self._first))
            del self._first[key]
            due = self._waiting.due(key)
            if due is not None and due <= now:
                self._waiting.drop(key)
                return key
        first = self._waiting.first()
        if first is not None and first[0] <= now:
            self._waiting.drop(first[1])
            return first[1]
        first = self._refused.first()
        if first is not None and max(first[0], self._next_refused_look) <= now:
            self._next_refused_look = now + 1.0 / _REFUSED_LOOKS_PER_SECOND
            self._refused.drop(first[1])
            return first[1]
        return None

    def _next_time(self) -> float | None:
        waiting, refused = self._waiting.first(), self._refused.first()
        times = [] if waiting is None else [waiting[0]]
        if refused is not None:
            times.append(max(refused[0], self._next_refused_look))
        return min(times, default=None)

    def _stir(self) -> None:
        """Wake one idle worker if a key is due, or else see to it when one will be."""
        due = self._next_time()
        if due is None or self._paused or self._closing or not self._idle:
            return
        wait = due - self._clock()
        if wait <= 0:
            self._wake_one()
            return
        loop = asyncio.get_running_loop()
        if self._timer is None or self._timer.when() > loop.time() + wait:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._stir()

    def _wake_one(self) -> None:
        while self._idle:
            future = self._idle.popleft()
            if not future.done():
                future.set_result(None)
                return

    async def _rest(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._idle.append(future)
        self._stir()
        try:
            await future
        finally:
            if future in self._idle:
                self._idle.remove(future)
