"""When each word of a spoken text is heard."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voicejob_worker.text.phrases import letters

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class WordTime:
    """A word of a text, and the time at which it is heard."""

    first: int
    """Offset of its first character in the text."""
    after: int
    """Offset behind its last character."""
    start: float
    """Seconds from the start of the audio."""
    end: float


WordTimes = tuple[WordTime, ...]
"""Words in order, none over another in text or time."""


def moved(
    times: Sequence[WordTime],
    *,
    cut: float = 0.0,
    factor: float = 1.0,
    seconds: float = float("inf"),
    characters: int = 0,
) -> WordTimes:
    """The times after the audio was cut and stretched.

    Args:
        times: Those before.
        cut: Seconds that were cut off at the start.
        factor: Times the length after that.
        seconds: Length of the audio that is left.
        characters: Characters that were put before the text.
    """

    def there(time: float) -> float:
        return min(max((time - cut) * factor, 0.0), seconds)

    return tuple(
        WordTime(
            word.first + characters, word.after + characters, there(word.start), there(word.end)
        )
        for word in times
    )


def time_range(
    text: str, times: Sequence[WordTime], first: int, after: int
) -> tuple[float, float] | None:
    """When the characters from ``first`` to ``after`` are heard; None where nothing of them is.

    A part of a word has its share of the word's time, by its letters.
    """
    begin = bisect_right(times, first, key=lambda word: word.after)
    words = [word for word in times[begin : begin + after - first] if word.first < after]
    if not words:
        return None
    start, end = words[0], words[-1]
    return _within(text, start, max(first, start.first)), _within(text, end, min(after, end.after))


def _within(text: str, word: WordTime, place: int) -> float:
    """When the characters of a word up to a place have been said."""
    if place <= word.first:
        return word.start
    if place >= word.after:
        return word.end
    whole = letters(text[word.first : word.after])
    share = letters(text[word.first : place]) / whole if whole else 0.0
    return word.start + (word.end - word.start) * share


def to_json(times: Sequence[WordTime]) -> list[list[int]]:
    """Values that ``json`` writes; times in milliseconds."""
    return [
        [word.first, word.after, round(word.start * 1000), round(word.end * 1000)] for word in times
    ]


def from_json(values: Any) -> WordTimes | None:
    """Read what ``to_json`` returned; None for anything else."""
    try:
        times = tuple(
            WordTime(int(first), int(after), int(start) / 1000, int(end) / 1000)
            for first, after, start, end in values
        )
    except (TypeError, ValueError):
        return None
    edges = [edge for word in times for edge in (word.start, word.end)]
    return times if edges == sorted(edges) else None
