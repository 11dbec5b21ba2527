"""The words that are shown, each with the time at which it is heard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voicejob_worker.audio.timing import moved, time_range
from voicejob_worker.text.written import spoken_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voicejob_worker.audio.join import SentencePosition


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word as it is shown, in seconds of the joined audio."""

    text: str
    start: float
    end: float


def shown_sentences(positions: Iterable[SentencePosition]) -> Iterator[SentencePosition]:
    """Sentences that have a text to show, each with those behind it that have none."""
    held: SentencePosition | None = None
    for position in positions:
        if held is not None and not position.text:
            held = _together(held, position)
            continue
        if held is not None:
            yield held
        held = position
    if held is not None:
        yield held


def placed_words(sentence: SentencePosition, language: str) -> list[PlacedWord]:
    """The words that are shown of a sentence, in order; empty where nobody knows their times.

    A number of several spoken words ("$100") has the time of all of them.
    """
    if not sentence.times:
        return []
    found: list[PlacedWord] = []
    latest = sentence.times[0].start
    for word in spoken_words(sentence.text, sentence.spoken, language):
        heard = time_range(sentence.spoken, sentence.times, word.start, word.end)
        start, end = heard or (latest, latest)
        start = max(start, latest)
        latest = max(start, end)
        found.append(PlacedWord(word.text, start, latest))
    return found


def _together(one: SentencePosition, other: SentencePosition) -> SentencePosition:
    begin = len(one.spoken) + 1
    return replace(
        one,
        end=other.end,
        spoken=f"{one.spoken} {other.spoken}",
        times=(*one.times, *moved(other.times, characters=begin)),
    )
