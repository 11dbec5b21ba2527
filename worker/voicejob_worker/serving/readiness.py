"""Whether the default voice really speaks, found out at most once a minute."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from voicejob_worker.errors import WorkerError

FRESH_SECONDS: Final = 60.0
"""How long what was found out holds."""
_PATIENCE: Final = 0.7
"""Seconds that an answer may take: the kubelet waits for one second if it is not told."""


@dataclass(frozen=True)
class State:
    """An answer to ``/readyz``."""

    ready: bool
    told: str


class Readiness:
    """Tries the default voice, unless it has spoken lately anyway."""

    def __init__(self, start: Callable[[], None], clock: Callable[[], float]) -> None:
        """``start`` has the voice tried: it ends in ``spoke`` or ``failed``, from any thread."""
        self._start = start
        self._clock = clock
        self._spoke_at: float | None = None
        self._lived_at = clock()
        self._lock = threading.Lock()
        self._failed_at: float | None = None
        self._fault = ""
        self._trial: Future[None] | None = None
        """The latest trial; None if there was none yet."""

    @property
    def is_trying(self) -> bool:
        """Whether a trial is under way."""
        return self._trial is not None and not self._trial.done()

    def lived(self) -> None:
        """A chunk of any voice was spoken."""
        self._lived_at = self._clock()

    def spoke(self) -> None:
        """The default voice has spoken."""
        self._spoke_at, self._fault, self._failed_at = self._clock(), "", None
        self.lived()
        self._end_trial()

    def failed(self, error: WorkerError) -> None:
        """The default voice could not be tried or did not speak."""
        self._spoke_at, self._failed_at, self._fault = None, self._clock(), error.message
        self._end_trial()

    async def state(self) -> State:
        """What is known; tries the voice where that is more than a minute old.

        Many who ask at once have it tried once. While it is being tried, a voice that has spoken
        before counts as ready as long as the server speaks at all: behind long texts it must wait.
        """
        if not (self._is_fresh(self._spoke_at) or self._is_fresh(self._failed_at)):
            await asyncio.wait({asyncio.wrap_future(self.try_now())}, timeout=_PATIENCE)
        if self._fault:
            return State(False, self._fault)
        if self._spoke_at is None:
            return State(False, "the default voice is being loaded")
        if self._is_fresh(self._spoke_at) or self._is_fresh(self._lived_at):
            return State(True, "ok")
        return State(False, f"nothing was spoken for {self._clock() - self._lived_at:.0f} s")

    def try_now(self) -> Future[None]:
        """Have the voice tried, if that is not under way; done once it is known."""
        with self._lock:
            if self._trial is not None and not self._trial.done():
                return self._trial
            trial = self._trial = Future()
        self._start()
        return trial

    def _end_trial(self) -> None:
        with self._lock:
            if self._trial is not None and not self._trial.done():
                self._trial.set_result(None)

    def _is_fresh(self, moment: float | None) -> bool:
        return moment is not None and self._clock() - moment < FRESH_SECONDS
