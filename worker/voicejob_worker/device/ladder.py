"""What is tried, in turn, when memory runs out: half the batch at a time, then low memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from voicejob_worker.errors import OutOfMemoryError
from voicejob_worker.failures.out_of_memory import is_out_of_memory

Item = TypeVar("Item")
Result = TypeVar("Result")


class MemoryLadder(Generic[Item, Result]):
    """Runs batches, smaller ones once they do not fit; remembers what fitted."""

    def __init__(
        self,
        run: Callable[[Sequence[Item], bool], list[Result]],
        release: Callable[[], None],
        note: Callable[[str], None],
        tried: str = "low memory",
    ) -> None:
        """Run batches through ``run``.

        Args:
            run: Works on items together; its second argument asks for low memory.
            release: Gives back what a failed run has left.
            note: Told each change, in words.
            tried: What low memory means, in words, for when that is too much as well.
        """
        self._run = run
        self._release = release
        self._note = note
        self._tried = tried
        self._max_items: int | None = None
        self._low_memory = False

    def __call__(self, items: Sequence[Item]) -> list[Result]:
        """The results of ``items``, in their order.

        Raises:
            OutOfMemoryError: not even one at a time in low memory fits.
        """
        done: list[Result] = []
        while len(done) < len(items):
            size = min(self._max_items or len(items), len(items) - len(done))
            results = self._try(items[len(done) : len(done) + size])
            if results is None:
                self._step_down(size)
            else:
                done += results
        return done

    def _try(self, items: Sequence[Item]) -> list[Result] | None:
        """Run items; None if memory ran out: the exception is gone by then, with its tensors."""
        try:
            return self._run(items, self._low_memory)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return None

    def _step_down(self, size: int) -> None:
        self._release()
        if size > 1:
            self._max_items = size // 2
            self._note(
                f"{size} chunks at once did not fit into memory: {self._max_items} at a time from "
                "here"
            )
        elif not self._low_memory:
            self._low_memory = True
            self._note("one chunk alone did not fit into memory: low memory from here")
        else:
            raise OutOfMemoryError(
                "a single chunk does not fit into memory. Tried: smaller batches down to one "
                f"chunk, {self._tried}. "
                "Use a device with more memory, or raise spec.resources.limits.memory"
            )
