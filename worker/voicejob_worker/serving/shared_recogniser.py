"""A recogniser that hears for several requests, one at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.quality.recogniser import Recogniser


class SharedRecogniser:
    """Lets one thread at a time into a recogniser, of whose libraries none says that more may."""

    def __init__(self, recogniser: Recogniser) -> None:
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
        # Whoever waits here is watched, and so is whoever is inside.
        with self._hearing:
            return self._recogniser.transcribe(samples, sample_rate, language)
