"""Babble after the text: speech that goes on past the place where the text must have ended.

What is looked at are the long pauses. A voice pauses where the text has a sign of pause; a pause
that no sign explains, after enough time for all of the text, is where the text ended, and what
follows is no part of it. Babble that follows without a pause is not found here: its length shows
in the chunk's duration if it is long beside the text, its words in a transcript.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicejob_worker.quality.duration import ExpectedDuration

LONG_PAUSE_SECONDS: Final = 0.3
"""Longer than what a voice leaves between two words; en_US-joe-medium leaves 0.16 s at most."""
_TAIL_SECONDS: Final = 0.35
"""Less than this after the last pause is a sound that dies away, or a breath."""
_WHOLE_TEXT: Final = 0.7
"""Share of the time that a text should take, in which a quick voice may have said all of it."""
_MISMATCH: Final = math.log(1.8)
"""Log ratio by which the pace before and after a pause may differ at a sign of pause."""


def babble_seconds(islands: Sequence[tuple[float, float]], expected: ExpectedDuration) -> float:
    """Length of the speech after the end of the text, 0.0 if there is none to be seen.

    Args:
        islands: Start and end in seconds of what sounds between long pauses, in order.
        expected: What the text should take.
    """
    for number in range(1, len(islands)):
        head = islands[number - 1][1] - islands[0][0]
        tail = islands[-1][1] - islands[number][0]
        if (
            tail >= _TAIL_SECONDS
            and head >= _WHOLE_TEXT * expected.max_seconds()
            and not _is_explained(number, head, tail, expected)
        ):
            return tail
    return 0.0


def _is_explained(number: int, head: float, tail: float, expected: ExpectedDuration) -> bool:
    """Whether the pause that is ``number`` in the chunk can be one of the text's own."""
    boundaries = range(1, len(expected.parts))
    if number > len(boundaries):
        return False
    mismatch = min(
        abs(
            math.log(tail / expected.seconds(boundary))
            - math.log(head / expected.seconds(0, boundary))
        )
        for boundary in boundaries
    )
    return mismatch <= _MISMATCH
