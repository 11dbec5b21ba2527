"""What a transfer of a model is done under, whichever way it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicejob_worker.egress.guard import AddressGuard
    from voicejob_worker.failures.places import Place
    from voicejob_worker.models.progress import FetchProgress
    from voicejob_worker.stop import Stop


@dataclass(frozen=True)
class TransferContext:
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
    guard: AddressGuard | None = None
    """What may be connected to; None where nothing is forbidden."""

    def within(self, seconds: float) -> Self:
        """The same, with no more patience than that."""
        return replace(self, patience_seconds=min(self.patience_seconds, seconds))
