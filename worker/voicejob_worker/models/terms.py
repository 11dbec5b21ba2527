"""What a transfer of a model is done under, whichever way it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicejob_worker.models.progress import FetchProgress
    from voicejob_worker.places import Place
    from voicejob_worker.stop import Stop


@dataclass(frozen=True)
class Terms:
    """Whose it is, how long it may take, and who is told."""

    environment: Mapping[str, str]
    """For HF_TOKEN, which only the hub gets to see, HF_ENDPOINT, and the credentials of a
    bucket."""
    patience_seconds: float
    """How long a server that hands out nothing more is asked again."""
    read_seconds: float
    """How long a server may send nothing, or less than 1 KiB/s."""
    stop: Stop
    """Ends it between two blocks."""
    progress: FetchProgress
    """Is told how it goes."""
    check: Callable[[], None]
    """Is called at each block, and may raise to end it."""
    place: Place
    """Which field names it, and how an attempt ends that cannot have it."""
