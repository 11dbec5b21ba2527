"""How much work goes together on a GPU, by what the work before it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import torch

MAX_SECONDS: Final = 20.0
"""Time of work that is saved as a whole or lost. Progress and an estimate come as often."""
_SHARE_OF_FREE: Final = 0.8
"""Of the free memory: pieces do not fit end to end, and the figures are of another batch."""


@dataclass
class WorkBudget:
    """What a row took, of time and of memory. Nothing is known at first.

    A row is what work is counted in: for F5-TTS, a frame of a copy of an utterance.
    """

    seconds_per_row: float | None = None
    bytes_per_row: float | None = None
    is_warm: bool = False
    """Whether work was done before: the first loads kernels and makes plans for each operator."""

    def count(self, rows: Sequence[int], free: int | None) -> int:
        """How many of the first items to work on together; never none.

        Args:
            rows: Of each item.
            free: Bytes of memory that are free; None where nobody can tell.
        """
        if self.seconds_per_row is None:
            return 1  # on a card that is not known: one to warm it up, and one that is measured
        limit = MAX_SECONDS / self.seconds_per_row
        if free is not None and self.bytes_per_row:
            limit = min(limit, _SHARE_OF_FREE * free / self.bytes_per_row)
        return max(1, sum(total <= limit for total in accumulate(rows)))

    @contextmanager
    def measuring_time(self, rows: int) -> Iterator[Callable[[], None]]:
        """Measure the time of work that ends with its results on the host; a failed one is none.

        Nor is the first: most of its time may be what is done once. In the context there is a
        function to call as soon as all is ready: what came before it is not counted.
        """
        began = time.perf_counter()

        def restart() -> None:
            nonlocal began
            began = time.perf_counter()

        yield restart
        if self.is_warm:
            self.seconds_per_row = (time.perf_counter() - began) / rows
        self.is_warm = True

    @contextmanager
    def measuring_memory(self, rows: int, device: torch.device) -> Iterator[None]:
        """Measure the memory of work, where the device tells.

        The peak is never reset, which is its owner's to do: work that does not raise it took no
        more per row than was known, and is not counted.
        """
        if device.type != "cuda" or not torch.cuda.is_available():
            yield
            return
        before = torch.cuda.max_memory_allocated(device)
        at_start = torch.cuda.memory_allocated(device)
        yield
        peak = torch.cuda.max_memory_allocated(device)
        if peak > before:
            self.bytes_per_row = (peak - at_start) / rows
