"""Whose voice it is, as an engine is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicejob_worker.reference.reference import Reference


@dataclass(frozen=True)
class VoiceSource:
    """A recording, or one of the speakers that the model brings."""

    reference: Reference | None = None
    speaker: str | None = None
    language: str = "en-US"
    """BCP 47 tag of what it says."""
