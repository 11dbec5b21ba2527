"""When the words of a chunk are heard, of an engine that does not tell.

Pauses are matched with punctuation (``align``). Between two pauses that are likely right, the words
are found by the sound of their letters (``letter_align``); where that cannot be, each has a share
of the speech, by its letters.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from voicejob_worker.audio.align import Border, SpeechSpan, align
from voicejob_worker.audio.letter_align import HOP_SECONDS, align_words, letter_sounds, usual_length
from voicejob_worker.audio.sentences import phrases_of, speech_between_pauses
from voicejob_worker.audio.timing import WordTime, WordTimes
from voicejob_worker.text.written import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voicejob_worker.audio.letter_align import Floats
    from voicejob_worker.audio.samples import Pcm
    from voicejob_worker.text.phrases import Phrase
    from voicejob_worker.text.written import Word

_LIKELY: Final = 0.5
"""Least probability of a pause at which words begin anew."""


def estimate_times(
    samples: Pcm, sample_rate: int, sentences: Sequence[str], places: Sequence[int]
) -> WordTimes:
    """The words of a chunk's text, each with the time at which it should be heard.

    Args:
        samples: The chunk's audio, shape (n,).
        sample_rate: Samples per second.
        sentences: All that are spoken in it.
        places: The offset of each in the chunk's text.
    """
    if not samples.size:
        return ()
    speech = speech_between_pauses(samples, sample_rate)
    words: list[Word] = []
    offsets: list[int] = []
    phrases: list[Phrase] = []
    firsts: list[int] = []
    for sentence, place in zip(sentences, places, strict=True):
        own = [word for word in words_of(sentence) if word.key]
        parts = phrases_of(sentence)
        firsts += [len(words) + first for first in _firsts(own, parts)]
        words += own
        offsets += [place] * len(own)
        phrases += parts
    sounds = letter_sounds(samples, sample_rate)
    borders = align(phrases, speech)
    times = list(_timed(words, [*firsts, len(words)], borders, speech, sounds))
    return tuple(
        WordTime(word.start + place, word.end + place, *time)
        for word, place, time in zip(words, offsets, times, strict=True)
    )


def _firsts(words: Sequence[Word], phrases: Sequence[Phrase]) -> Iterator[int]:
    """The first word of each phrase."""
    ends = list(accumulate(len("".join(word.text.split())) for word in words))
    before = 0
    for phrase in phrases:
        yield bisect_right(ends, before)
        before += len("".join(phrase.text.split()))


def _timed(
    words: Sequence[Word],
    firsts: Sequence[int],
    borders: Sequence[Border],
    speech: Sequence[SpeechSpan],
    sounds: Floats,
) -> Iterator[tuple[float, float]]:
    """Start and end of each word, between the borders that are likely."""
    likely = [one for one in borders if one.probability > _LIKELY]
    for before, after in pairwise(likely):
        block = words[firsts[before.phrase] : firsts[after.phrase]]
        spans = speech[before.stretch : after.stretch]
        first, last = (round(at / HOP_SECONDS) for at in (spans[0].start, spans[-1].end))
        aligned = align_words(sounds[first:last], [word.text for word in block])
        if aligned is None:
            yield from _shares(block, spans)
        else:
            begin, limit = spans[0].start, spans[-1].end
            yield from ((begin + start, min(begin + end, limit)) for start, end in aligned)


def _shares(words: Sequence[Word], spans: Sequence[SpeechSpan]) -> Iterator[tuple[float, float]]:
    weights = [usual_length(word.text) for word in words]
    total = sum(weights)
    seconds = sum(span.seconds for span in spans)
    said = 0.0
    for weight in weights:
        start = said
        said += weight
        yield (
            _moment(spans, seconds * start / total, at_start=True),
            _moment(spans, seconds * said / total, at_start=False),
        )


def _moment(spans: Sequence[SpeechSpan], spoken: float, *, at_start: bool) -> float:
    """When so many seconds have been spoken, pauses left out."""
    for span in spans:
        if spoken < span.seconds or (spoken == span.seconds and not at_start):
            return span.start + spoken
        spoken -= span.seconds
    return spans[-1].end
