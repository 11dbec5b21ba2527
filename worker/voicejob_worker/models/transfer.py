"""The limits and listeners of a model's transfer, over the web or from a bucket."""

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
    """Limits of a transfer, and who is told how it goes."""

    environment: Mapping[str, str]
    """Variables: HF_TOKEN, which only the hub gets to see, HF_ENDPOINT, and the credentials of a
    bucket."""
    patience_seconds: float
    """How long a server that hands out nothing more is asked again."""
    read_seconds: float
    """How long a server may send nothing, or less than 1 KiB/s."""
    stop: Stop
    """Ends the transfer between two blocks."""
    progress: FetchProgress
    """Told how the transfer goes."""
    check: Callable[[], None]
    """Called at each block; may raise to end the transfer."""
    place: Place
    """The place that the model comes from: its field, and how an attempt ends without it."""
    guard: AddressGuard | None = None
    """Hosts that may be connected to; None if nothing is forbidden."""

    def within(self, seconds: float) -> Self:
        """The same context with at most this patience, in seconds."""
        return replace(self, patience_seconds=min(self.patience_seconds, seconds))
