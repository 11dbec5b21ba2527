"""What the operator knows of VoiceJobs, for whoever removes what is left of them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Living:
    """What the operator knows of VoiceJobs, once all of its first lists are in."""

    uids: Callable[[str], bool]
    """Whether a VoiceJob of that uid is there and has not ended, or cannot be read."""
    serves: Callable[[str], bool]
    """Whether the VoiceJobs of that namespace are this operator's."""
    has: Callable[[str, str, str], bool] = lambda *_: True
    """Whether there is a VoiceJob of that namespace, that name and a uid that begins so."""
