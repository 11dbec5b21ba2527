"""What is tried, in turn, when memory runs out.

Empty the caches; half of the rows at a time; low memory; shorter chunks; the CPU. What was done is
kept. After a while of success one step is taken back, for what took the memory may have gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from voicejob_worker.device.fallback_counts import FallbackCounts, Patience, Step
from voicejob_worker.errors import OutOfMemoryError
from voicejob_worker.failures.out_of_memory import (
    MemoryFigures,
    is_out_of_memory,
    lacking_after,
    memory_figures,
)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Rungs(Generic[Item, Result]):
    """What an engine has besides smaller batches and low memory."""

    rows: Callable[[Item], int] = lambda _: 1
    """How much of the batch an item is."""
    unit: str = "chunks"
    """What ``rows`` counts, in words."""
    split: Callable[[Item], Sequence[Item]] | None = None
    """Parts of an item, in their order; the item alone if it is as short as can be."""
    join: Callable[[Sequence[Result]], Result] | None = None
    """The result of an item from its parts'."""
    to_cpu: Callable[[str], None] | None = None
    """Has all further work done on the CPU, and is told why; None where that is not allowed."""
    measure: Callable[[BaseException], MemoryFigures] = memory_figures
    """What was lacking."""


class MemoryLadder(Generic[Item, Result]):
    """Runs batches, and less and less at once if they do not fit; remembers what fitted."""

    def __init__(
        self,
        run: Callable[[Sequence[Item], bool], list[Result]],
        release: Callable[[], None],
        note: Callable[[str], None],
        tried: str = "low memory",
        *,
        rungs: Rungs[Item, Result] | None = None,
        counts: FallbackCounts | None = None,
    ) -> None:
        """Run batches through ``run``.

        Args:
            run: Works on items together; its second argument asks for low memory.
            release: Gives back what a failed run has left.
            note: Told each change, in words.
            tried: What low memory means, in words, for when that is too much as well.
            rungs: What else the engine can do.
            counts: Where each step is counted.
        """
        self._run = run
        self._release = release
        self._note = note
        self._tried = tried
        self._rungs = rungs if rungs is not None else Rungs()
        self._counts = counts if counts is not None else FallbackCounts()
        self._max_rows: int | None = None
        self._too_many = 0
        self._low_memory = False
        self._on_cpu = False
        self._emptied = False
        self._lacking = MemoryFigures()
        self._patience = Patience()

    def __call__(self, items: Sequence[Item]) -> list[Result]:
        """The results of ``items``, in their order.

        Raises:
            OutOfMemoryError: nothing that was tried fits; the message has the figures.
        """
        done: list[Result] = []
        while len(done) < len(items):
            batch = self._first(items[len(done) :])
            results = self._try(batch)
            if results is None:
                results = self._step_down(batch)
            else:
                self._count_success()
            done += results
        return done

    def _first(self, items: Sequence[Item]) -> Sequence[Item]:
        """The items that go together next: as many as were not too many before.

        On the CPU one at a time: they were put together for what a GPU does in that time.
        """
        if self._on_cpu:
            return items[:1]
        if self._max_rows is None:
            return items
        count, rows = 1, self._rungs.rows(items[0])
        while count < len(items) and rows + self._rungs.rows(items[count]) <= self._max_rows:
            rows += self._rungs.rows(items[count])
            count += 1
        return items[:count]

    def _try(self, items: Sequence[Item]) -> list[Result] | None:
        """Run items; None if memory ran out: the exception is gone by then, with its tensors."""
        try:
            return self._run(items, self._low_memory)
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            self._lacking = self._rungs.measure(error)
            return None

    def _step_down(self, batch: Sequence[Item]) -> list[Result]:
        """Change what is done from here; returns what came of it at once, which is mostly nothing.

        Raises:
            OutOfMemoryError: there is nothing left to change.
        """
        self._release()
        self._patience.fail()
        if not self._emptied:
            self._emptied = True
            self._count(Step.EMPTIED_CACHES)
        elif len(batch) > 1:
            self._halve(batch)
        elif not self._low_memory:
            self._low_memory = True
            self._count(Step.LOW_MEMORY)
            self._note("one chunk alone did not fit into memory: low memory from here")
        else:
            return self._in_parts(batch[0])
        return []

    def _halve(self, batch: Sequence[Item]) -> None:
        rows = sum(self._rungs.rows(item) for item in batch)
        self._max_rows = max(rows // 2, 1)
        self._too_many = max(self._too_many, rows)
        self._count(Step.HALVED_BATCHES)
        self._note(
            f"{len(batch)} chunks at once did not fit into memory: {self._max_rows} "
            f"{self._rungs.unit} at a time from here"
        )

    def _in_parts(self, item: Item) -> list[Result]:
        """Run a single item part by part, or go over to the CPU if it has none."""
        split, join = self._rungs.split, self._rungs.join
        parts = split(item) if split is not None else [item]
        if join is None or len(parts) < 2:
            self._go_to_cpu()
            return []
        self._count(Step.SHORTENED_CHUNKS)
        self._note(f"a chunk did not fit into memory: it is spoken in {len(parts)} parts")
        return [join([result for part in parts for result in self([part])])]

    def _go_to_cpu(self) -> None:
        if self._rungs.to_cpu is None or self._on_cpu:
            raise self._nothing_fits()
        self._on_cpu = True
        self._low_memory, self._max_rows, self._emptied = False, None, False
        why = f"on the CPU: a single chunk did not fit into {self._lacking.lack}"
        self._rungs.to_cpu(why)
        self._count(Step.MOVED_TO_CPU)
        self._note(why)

    def _nothing_fits(self) -> OutOfMemoryError:
        shorter = ", shorter chunks" if self._rungs.split is not None else ""
        cpu = ", the CPU" if self._on_cpu else ""
        tried = f"emptied caches, smaller batches down to one chunk, {self._tried}{shorter}{cpu}"
        return lacking_after(self._lacking, "a single chunk does not fit into", tried)

    def _count_success(self) -> None:
        self._emptied = False
        if self._patience.succeed() and (self._max_rows is not None or self._low_memory):
            self._climb()

    def _climb(self) -> None:
        """Take one step back."""
        self._patience.climb()
        if self._low_memory:
            self._low_memory = False
            self._note("memory sufficed for a while: no longer in low memory")
        elif self._max_rows is not None:
            doubled = 2 * self._max_rows
            self._max_rows = None if doubled >= self._too_many else doubled
            self._note("memory sufficed for a while: larger batches again")
        self._count(Step.CLIMBED_BACK)

    def _count(self, step: Step) -> None:
        self._counts.steps[step] += 1
