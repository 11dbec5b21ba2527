"""A recogniser that hears for several requests, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.quality.recogniser import Recogniser


_LOOK_SECONDS: Final = 1.0
"""How often one who waits for a turn looks whether others have had theirs."""


class SharedRecogniser:
    """Lets one thread at a time into a recogniser, of whose libraries none says that more may."""

    def __init__(self, recogniser: Recogniser) -> None:
        self.alive: Callable[[], None] = lambda: None
        """A sign of life of the thread that calls: others have had their turns meanwhile."""
        self._turns = 0
        self._recogniser = recogniser
        self._hearing = threading.Lock()

    @property
    def name(self) -> str:
        """The recogniser's."""
        return self._recogniser.name

    @property
    def languages(self) -> tuple[str, ...] | None:
        """The recogniser's."""
        return self._recogniser.languages

    def transcribe(self, samples: Samples, sample_rate: int, language: str) -> str:
        """What is said in mono audio of shape (n,), in the language of that BCP 47 tag."""
        self._await_turn()
        try:
            return self._recogniser.transcribe(samples, sample_rate, language)
        finally:
            self._turns += 1
            self._hearing.release()

    def _await_turn(self) -> None:
        """Wait as long as others have turns; the watchdog bounds how long one may take."""
        turns = self._turns
        while not self._hearing.acquire(timeout=_LOOK_SECONDS):
            if turns != self._turns:
                turns = self._turns
                self.alive()
        self.alive()
