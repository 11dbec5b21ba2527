"""What can be wrong with the audio of a chunk."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """A kind of fault, by its name in ``status.quality``."""

    NOT_A_NUMBER = "NotANumber"
    SILENCE = "Silence"
    CLIPPING = "Clipping"
    TOO_SHORT = "TooShort"
    TOO_LONG = "TooLong"
    BABBLE_AFTER_END = "BabbleAfterEnd"
    NOISE = "Noise"
    STUCK_TONE = "StuckTone"
    WORDS_DIVERGE = "WordsDiverge"


@dataclass(frozen=True)
class Finding:
    """A fault that was found."""

    fault: Fault
    sentence: str
    """What was measured and what was allowed, without the text or any word of it."""
    severity: float
    """How far past its bound it is, over 1; infinite if nothing in the audio is of use."""
