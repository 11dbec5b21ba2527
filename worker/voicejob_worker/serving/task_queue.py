"""The queue of those who wait to be spoken, and the threads that speak them.

A thread takes the first in the queue whose model is free. A model that is loaded speaks for
several, which have its calls in turn. The queue has so many places; who finds none is refused and
told when to try again.

A task that finds that its model must be fetched first has its key held: none of that key begins
until it is released. Those of held keys may take half of the places, so that others find some.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicejob_worker.serving.threads import start_thread

_FIRST_GUESS: Final = 1.0
"""Seconds that a task takes, before any has been seen."""
_WEIGHT: Final = 0.2
"""Weight of the latest task in the mean of what tasks take."""
_MAX_RETRY: Final = 120


class QueueFullError(Exception):
    """No place is free in the queue."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting} are waiting")
        self.waiting = waiting
        self.retry_after = retry_after
        """Seconds after which to try again."""


@dataclass(frozen=True, eq=False)
class Task:
    """Work that waits for its model."""

    key: str
    """Tasks of the same key are done one after the other, unless they can be done together."""
    work: Callable[[], None]
    """Does the task; what it raises is told to ``on_fault``, and the next task is done."""


class TaskQueue:
    """Has tasks done by a few threads: first come, first served, a few keys at a time."""

    def __init__(
        self,
        places: int,
        workers: int,
        clock: Callable[[], float],
        on_fault: Callable[[Exception], object] = lambda _: None,
        *,
        is_shared: Callable[[str], bool] = lambda _: False,
        together: int = 1,
    ) -> None:
        """Start the threads; they end with the process.

        Args:
            places: Tasks that may wait beside those that can begin at once.
            workers: Keys of which tasks are done at the same time.
            clock: Seconds, to see how long tasks take.
            on_fault: Told what a task raises, which ends no thread.
            is_shared: Whether tasks of a key are done together at this moment.
            together: How many of these at most; of any other key it is one.

        Raises:
            TransientFaultError: a thread cannot be started.
        """
        self._places = places
        self._workers = workers
        self._clock = clock
        self._on_fault = on_fault
        self._is_shared = is_shared
        self._together = together
        self._changed = threading.Condition()
        self._waiting: list[Task] = []
        self._busy = Counter[str]()
        """Tasks of each key that are being done."""
        self._held: set[str] = set()
        """Keys whose tasks cannot begin for now."""
        self._mean = _FIRST_GUESS
        for number in range(workers * together):
            start_thread(f"speaker-{number}", self._run)

    @property
    def waiting(self) -> int:
        """Number of tasks that wait."""
        return len(self._waiting)

    @property
    def working(self) -> int:
        """Number of tasks that are being done."""
        return self._busy.total()

    @property
    def in_the_way(self) -> tuple[str, ...]:
        """Keys of which tasks are being done, where there are so many that no other can begin."""
        with self._changed:
            return tuple(self._busy) if len(self._busy) >= self._workers else ()

    def submit(self, task: Task) -> None:
        """Put a task last in the queue.

        Raises:
            QueueFullError: there is none.
        """
        with self._changed:
            if self._is_full_for(task):
                raise QueueFullError(len(self._waiting), self._retry_after())
            self._waiting.append(task)
            self._changed.notify()

    def submit_first(self, task: Task) -> None:
        """Put a task before all others, whether there is a place or not."""
        with self._changed:
            self._waiting.insert(0, task)
            self._changed.notify()

    def hold(self, task: Task) -> bool:
        """Put back a task that cannot be done yet, to come first when it can.

        Called by the task's own work. False if its key was held already.
        """
        with self._changed:
            is_new = task.key not in self._held
            self._held.add(task.key)
            self._waiting.insert(0, task)
            return is_new

    def release(self, key: str) -> None:
        """Let the tasks of a key begin: what they were held for is there, or can be shared."""
        with self._changed:
            self._held.discard(key)
            self._changed.notify_all()

    def cancel(self, task: Task) -> bool:
        """Take a task out of the queue; False if it is not waiting any more."""
        with self._changed:
            if task not in self._waiting:
                return False
            self._waiting.remove(task)
            return True

    def _is_full_for(self, task: Task) -> bool:
        if task.key in self._held:
            held = sum(one.key in self._held for one in self._waiting)
            if held > self._places // 2:
                return True
        return self._held_up((*self._waiting, task)) > self._places

    def _held_up(self, tasks: tuple[Task, ...]) -> int:
        """How many of ``tasks`` cannot begin at once."""
        busy, held_up = self._busy.copy(), 0
        for task in tasks:
            if self._can_begin(task.key, busy):
                busy[task.key] += 1
            else:
                held_up += 1
        return held_up

    def _can_begin(self, key: str, busy: Counter[str]) -> bool:
        """Whether a task of a key can begin beside those of ``busy``."""
        if key in self._held:
            return False
        if key not in busy:
            return len(busy) < self._workers
        return busy[key] < self._together and self._is_shared(key)

    def _retry_after(self) -> int:
        """Seconds until about half of those who wait will have been spoken, from 1 to 120."""
        ahead = (len(self._waiting) + 1) / 2
        seconds = ahead * self._mean / max(self._busy.total(), 1)
        return min(max(math.ceil(seconds), 1), _MAX_RETRY)

    def _run(self) -> None:
        while True:
            task = self._next()
            began = self._clock()
            try:
                task.work()
            except Exception as error:  # without this thread its voice would be silent for good
                self._on_fault(error)
            finally:
                self._done(task, self._clock() - began)
            del task  # what it holds is free while this thread waits

    def _next(self) -> Task:
        with self._changed:
            while True:
                for task in self._waiting:
                    if self._can_begin(task.key, self._busy):
                        self._waiting.remove(task)
                        self._busy[task.key] += 1
                        return task
                self._changed.wait()

    def _done(self, task: Task, seconds: float) -> None:
        with self._changed:
            self._busy[task.key] -= 1
            self._busy += Counter()  # drops keys of which nothing is being done
            if task.key not in self._held:
                self._mean += _WEIGHT * (seconds - self._mean)
            self._changed.notify_all()
