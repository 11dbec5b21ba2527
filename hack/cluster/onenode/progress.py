"""Telling a person what is being done, how far it is and how long it has taken."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

EVERY_S_IN_A_LOG = 10.0
EVERY_S_ON_A_TERMINAL = 0.5


@dataclass
class Step:
    """One step under way; whoever carries it out says in `detail` how far it is."""

    title: str
    detail: str = ""
    started: float = field(default_factory=time.monotonic)

    def line(self) -> str:
        """The step as a person reads it, such as `building kubernetes: 12/2745 packages, 8 s`."""
        detail = f"{self.detail}, " if self.detail else ""
        return f"{self.title}: {detail}{time.monotonic() - self.started:.1f} s"


class Progress:
    """Numbers the steps of a verb and prints each, in place on a terminal, as lines in a log."""

    def __init__(self, total: int) -> None:
        """Expects `total` steps."""
        self._total = total
        self._count = 0
        self._terminal = sys.stdout.isatty()

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Prints the step now and then while the block runs, and once when it has ended."""
        self._count += 1
        step = Step(f"[{self._count}/{self._total}] {title}")
        ended = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(step, ended), daemon=True)
        ticker.start()
        outcome = "FAILED"
        try:
            yield step
            outcome = "done"
        finally:
            ended.set()
            ticker.join()
            self._print(f"{step.line()}, {outcome}", final=True)

    def _tick(self, step: Step, ended: threading.Event) -> None:
        while not ended.wait(EVERY_S_ON_A_TERMINAL if self._terminal else EVERY_S_IN_A_LOG):
            self._print(f"{step.line()} …", final=False)

    def _print(self, line: str, *, final: bool) -> None:
        if self._terminal:
            print(f"\r\033[K{line}", end="\n" if final else "", flush=True)
        else:
            print(line, flush=True)
