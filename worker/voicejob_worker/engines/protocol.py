"""What every engine can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono audio, shape ``(n,)``, in -1 to 1."""


@dataclass(frozen=True)
class Utterance:
    """A piece of text to speak in one go."""

    index: int
    text: str


@dataclass(frozen=True)
class Manner:
    """How to speak: the part of ``spec.synthesis`` that an engine follows."""

    seed: int = 0
    speed: float = 1.0


class Engine(Protocol):
    """Turns utterances into samples.

    The samples of an utterance depend on the utterance, the manner and the model alone, never on
    what was spoken before: a resumed attempt speaks as the interrupted one would have.
    """

    @property
    def name(self) -> str:
        """Its name in ``spec.engine``."""

    @property
    def sample_rate(self) -> int:
        """Samples per second of what it makes. Known once loaded."""

    @property
    def max_characters(self) -> int:
        """Longest utterance."""

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags of the languages that the model speaks."""

    def import_libraries(self) -> None:
        """Import what it needs, so that ``load`` is only the model's own time.

        Raises:
            ModelUnusableError: a package is missing.
        """

    def load(self) -> None:
        """Bring the model into memory.

        Raises:
            ModelUnusableError: it is missing or not what it should be.
        """

    def unload(self) -> None:
        """Give the model's memory back."""

    def fingerprint(self) -> str:
        """What tells this model and its libraries from every other, for checkpoint keys."""

    def synthesise(self, utterances: Sequence[Utterance], manner: Manner) -> list[Samples]:
        """Speak a batch; one array of samples per utterance, empty where there is no sound."""
