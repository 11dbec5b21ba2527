"""Which part of a longer recording to use, and the part of the transcript that is said in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from voicejob_worker.audio.align import Border, SpeechSpan, align, certainty
from voicejob_worker.text.phrases import Phrase, phrases

MIN_SECONDS: Final = 3.0
MAX_SECONDS: Final = 12.0
"""F5-TTS is taught on 30 s at most, reference and new speech together: 12 s leave room."""
BEFORE_SECONDS: Final = 0.1
AFTER_SECONDS: Final = 0.15
"""What stays around the speech: soft onsets and the room's echo."""
MAX_SPEECH_SECONDS: Final = MAX_SECONDS - BEFORE_SECONDS - AFTER_SECONDS
_BEST_SECONDS: Final = 9.0
_CERTAIN: Final = 0.95
"""Least probability that both borders are right, by Bonferroni's bound. A wrong one puts words into
every chunk, or takes them away."""
_MIN_PAUSE: Final = 0.2
"""Seconds of pause to cut in: the detector is exact to 0.03, soft consonants reach into it."""
_FITTING: Final = 0.85
"""Least certainty over all long pauses. Transcripts of the recording come to 0.9 and more, those
of the same sentences in another order to 0.35 to 0.85."""
_MAX_OFF: Final = 0.25
"""How far the span's letters per second may be from the whole recording's, as a share of it."""
_INNER_PHRASE: Final = 0.3
"""What a span that ends inside a sentence is worth less: it ends on a raised voice."""


@dataclass(frozen=True)
class CutSpan:
    """A part of a recording, in seconds of the recording, and what is said in it."""

    start: float
    """Start of its first speech, in seconds."""
    end: float
    """End of its last speech, in seconds."""
    transcript: str

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start


def choose_span(speech: Sequence[SpeechSpan], transcript: str) -> CutSpan | None:
    """The best 3 to 12 s that start and end in a pause whose place in the transcript is certain.

    Best is: certain, near 9 s, at sentences' ends. None if no part is certain enough: the
    transcript has no punctuation, or its phrases fit the pauses in several ways or in none.
    """
    parts = phrases(transcript)
    if len(parts) < 2 or len(speech) < 2:
        return None
    aligned = align(parts, speech)
    if certainty(aligned, speech) < _FITTING:
        return None
    borders = [one for one in aligned if _usable(one, speech)]
    rate = _rate(parts, speech)
    spans = list(_spans(borders, parts, speech, rate))
    return max(spans, key=lambda one: one[0])[1] if spans else None


def choose_untold_span(speech: Sequence[SpeechSpan]) -> CutSpan:
    """What to use of a recording whose words no engine needs to know.

    All of it up to 12 s. Of a longer one the part nearest to 9 s that starts and ends in a pause;
    where speech goes on without one, its first 12 s.
    """
    whole = CutSpan(speech[0].start, speech[-1].end, "")
    if whole.seconds <= MAX_SPEECH_SECONDS:
        return whole
    pauses = [number for number in range(len(speech) + 1) if _is_pause(number, speech)]
    parts = (
        CutSpan(speech[first].start, speech[last - 1].end, "")
        for first, last in combinations(pauses, 2)
    )
    fitting = [one for one in parts if MIN_SECONDS <= one.seconds <= MAX_SPEECH_SECONDS]
    if not fitting:
        return CutSpan(whole.start, whole.start + MAX_SPEECH_SECONDS, "")
    return min(fitting, key=lambda one: abs(one.seconds - _BEST_SECONDS))


def _usable(border: Border, speech: Sequence[SpeechSpan]) -> bool:
    return _is_pause(border.stretch, speech)


def _is_pause(number: int, speech: Sequence[SpeechSpan]) -> bool:
    """Whether there is room for a cut before the stretch ``number``."""
    if number in (0, len(speech)):
        return True
    return speech[number].start - speech[number - 1].end >= _MIN_PAUSE


def _spans(
    borders: Sequence[Border], parts: Sequence[Phrase], speech: Sequence[SpeechSpan], rate: float
) -> Iterator[tuple[float, CutSpan]]:
    for first, last in combinations(borders, 2):
        if first.stretch >= last.stretch or first.phrase >= last.phrase:
            continue
        if first.probability + last.probability - 1 < _CERTAIN:
            continue
        inside = speech[first.stretch : last.stretch]
        said = parts[first.phrase : last.phrase]
        span = CutSpan(inside[0].start, inside[-1].end, " ".join(one.text for one in said))
        if not MIN_SECONDS <= span.seconds <= MAX_SPEECH_SECONDS:
            continue
        if abs(_rate(said, inside) / rate - 1) > _MAX_OFF:
            continue
        yield _worth(span, first, last, parts), span


def _worth(span: CutSpan, first: Border, last: Border, parts: Sequence[Phrase]) -> float:
    starts_sentence = first.phrase == 0 or parts[first.phrase - 1].ends_sentence
    ends_sentence = last.phrase == len(parts) or parts[last.phrase - 1].ends_sentence
    length = abs(span.seconds - _BEST_SECONDS) / _BEST_SECONDS
    inner = _INNER_PHRASE * ((not starts_sentence) / 2 + (not ends_sentence))
    return first.probability + last.probability - length - inner


def _rate(said: Sequence[Phrase], speech: Sequence[SpeechSpan]) -> float:
    """Letters per second of speech."""
    return sum(one.letters for one in said) / sum(one.seconds for one in speech)
