"""What is tried, in turn, where memory runs out: ways to do the same work with ever less of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from voicejob_worker.device.fallback_counts import FallbackCounts, Patience, Step
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.release import release_memory
from voicejob_worker.failures.out_of_memory import (
    MemoryFigures,
    is_out_of_memory,
    lacking_after,
    memory_figures,
)

Way = TypeVar("Way")
Result = TypeVar("Result")

_EMPTY_CACHES: Final = "empty caches"


@dataclass(frozen=True)
class Remedy(Generic[Way]):
    """A way to work that takes less memory than the one before it."""

    name: str
    """What is otherwise, in words that go on "tried:"."""
    way: Way
    """What the work is told."""
    step: Step = Step.LOW_MEMORY
    """What it is counted as."""
    is_for_good: bool = False
    """Whether there is no way back from it."""


class Remedies(Generic[Way]):
    """Does work in one of several ways, and knows which one fits into memory."""

    def __init__(
        self,
        remedies: Sequence[Remedy[Way]],
        note: Callable[[str], None],
        counts: FallbackCounts | None = None,
    ) -> None:
        """Begin with the first.

        Args:
            remedies: From the usual way to the one that takes the least memory.
            note: Told each change, in words for people.
            counts: Where each change is counted.
        """
        self._counts = counts if counts is not None else FallbackCounts()
        self._remedies = remedies
        self._note = note
        self._now = 0
        self._patience = Patience()

    @property
    def way(self) -> Way:
        """How work is done at present."""
        return self._remedies[self._now].way

    def run(self, work: Callable[[Way], Result]) -> Result:
        """The result of ``work``, done in the first way that fits.

        Raises:
            OutOfMemoryError: none does; it says how much memory was lacking, and what was tried.
        """
        done: list[Result] = []
        emptied = False
        while not done:
            lack = self._try(work, done)
            if lack is None:
                continue
            release_memory()
            # Python's garbage and the libraries' caches lie there unseen by torch's allocator.
            if lack.figures.is_of_gpu and not emptied:
                emptied = True
                self._tell(Step.EMPTIED_CACHES, f"{lack.told}: tried again with caches emptied")
            else:
                self._step_down(lack)
        self._succeeded()
        return done[0]

    def _try(self, work: Callable[[Way], Result], done: list[Result]) -> _Lack | None:
        """Do it; what was lacking. The exception is gone by then, with the tensors it held."""
        try:
            done.append(work(self.way))
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            return _Lack.of(error)
        return None

    def _step_down(self, lack: _Lack) -> None:
        if self._now + 1 == len(self._remedies):
            tried = ", ".join((_EMPTY_CACHES, *(one.name for one in self._remedies[1:])))
            raise lacking_after(lack.figures, "not even one chunk fits into", tried)
        self._patience.fail()
        self._now += 1
        taken = self._remedies[self._now]
        self._tell(taken.step, f"{lack.told}: from here on {taken.name}")

    def _tell(self, step: Step, words: str) -> None:
        self._counts.steps[step] += 1
        self._note(words)

    def _succeeded(self) -> None:
        """Take the way before once this one has worked for a while: memory may be there again."""
        if self._patience.is_on_trial and not self._patience.successes:
            before = self._remedies[self._now + 1].name
            self._tell(Step.CLIMBED_BACK, f"there is memory again: no longer {before}")
        is_time = self._patience.succeed()
        if is_time and self._now and not self._remedies[self._now].is_for_good:
            self._now -= 1
            self._patience.climb()


@dataclass(frozen=True)
class _Lack:
    """What an exception said of the memory that ran out."""

    figures: MemoryFigures
    told: str
    """What ran out, with the figures that were measured."""

    @classmethod
    def of(cls, error: BaseException) -> _Lack:
        """Take what is known, so that the exception can go."""
        figures = memory_figures(error)
        known = str(figures) or (_peak() if figures.is_of_gpu else "")
        return cls(figures, f"{figures.whose} ran out{known and f' ({known})'}")


def _peak() -> str:
    """What was in use where a library names no figure: words, or nothing if it was not measured."""
    vram = ledger.vram
    if vram is None or vram.allocated_peak_mib is None:
        return ""
    return f"{vram.allocated_peak_mib} MiB in use at the most"
