"""A voice reference as the engines take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples


@dataclass(frozen=True)
class ReferenceReport:
    """What was found out about a recording. Of the part that is used, where not said otherwise."""

    duration_seconds: float
    original_seconds: float
    """Length of the whole recording."""
    snr_db: float
    """Level of the speech over that of the pauses; an estimate."""
    clipped_share: float
    """Share of clipped samples, at full scale or under it, 0 to 1, in the recording as it came."""
    speech_share: float
    """Share of the time in which there is speech, 0 to 1."""
    original_sample_rate: int


@dataclass(frozen=True)
class Reference:
    """A recording made ready, and what is said in it."""

    samples: Samples
    """Mono, without DC, silence trimmed, loudness normalised; shape ``(n,)``."""
    sample_rate: int
    """Samples per second: 24,000 (``reference.rate``)."""
    transcript: str
    """What is said in ``samples``, and nothing else."""
    digest: str
    """SHA-256 of all that shaped it, in hexadecimal: file, transcript, version of this code."""
    report: ReferenceReport
    notes: tuple[str, ...] = ()
    """What spoils the voice a little, each a clause with what to do; never words of the text."""
