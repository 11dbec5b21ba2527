"""Which part of a longer recording to use, and the part of the transcript that is said in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
SHORT_SECONDS: Final = 8.0
"""F5-TTS takes the whole reference through its network with every chunk, and both share 22 s: 5 to
8 s hold the voice and leave most of that to the text."""
SHORT_SPEECH_SECONDS: Final = SHORT_SECONDS - BEFORE_SECONDS - AFTER_SECONDS
_SHORTEST_CUT: Final = 5.0
_BEST_UNTOLD_SECONDS: Final = 9.0
"""Where no text shares the time with it (xtts)."""
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

    Best is: certain, of 5 to 8 s, at sentences' ends. None if no part is certain enough: the
    transcript has no punctuation, or its phrases fit the pauses in several ways or in none.
    """
    return _best(_certain_spans(speech, transcript))


def choose_short_span(speech: Sequence[SpeechSpan], transcript: str) -> CutSpan | None:
    """The best 5 to 8 s of whole sentences, of a recording that could be used whole.

    None if there are none whose place in the transcript is certain.
    """
    return _best(
        one
        for one in _certain_spans(speech, transcript)
        if one.is_whole and _SHORTEST_CUT <= one.span.seconds <= SHORT_SPEECH_SECONDS
    )


@dataclass(frozen=True)
class _Candidate:
    span: CutSpan
    is_whole: bool
    """Whether it starts and ends with a sentence."""
    worth: float


def _best(candidates: Iterable[_Candidate]) -> CutSpan | None:
    best = max(candidates, key=lambda one: one.worth, default=None)
    return best.span if best else None


def _certain_spans(speech: Sequence[SpeechSpan], transcript: str) -> list[_Candidate]:
    parts = phrases(transcript)
    if len(parts) < 2 or len(speech) < 2:
        return []
    aligned = align(parts, speech)
    if certainty(aligned, speech) < _FITTING:
        return []
    borders = [one for one in aligned if _usable(one, speech)]
    return list(_spans(borders, parts, speech, _rate(parts, speech)))


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
    return min(fitting, key=lambda one: abs(one.seconds - _BEST_UNTOLD_SECONDS))


def _usable(border: Border, speech: Sequence[SpeechSpan]) -> bool:
    return _is_pause(border.stretch, speech)


def _is_pause(number: int, speech: Sequence[SpeechSpan]) -> bool:
    """Whether there is room for a cut before the stretch ``number``."""
    if number in (0, len(speech)):
        return True
    return speech[number].start - speech[number - 1].end >= _MIN_PAUSE


def _spans(
    borders: Sequence[Border], parts: Sequence[Phrase], speech: Sequence[SpeechSpan], rate: float
) -> Iterator[_Candidate]:
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
        yield _candidate(span, first, last, parts)


def _candidate(span: CutSpan, first: Border, last: Border, parts: Sequence[Phrase]) -> _Candidate:
    starts_sentence = first.phrase == 0 or parts[first.phrase - 1].ends_sentence
    ends_sentence = last.phrase == len(parts) or parts[last.phrase - 1].ends_sentence
    too_short, too_long = _SHORTEST_CUT - span.seconds, span.seconds - SHORT_SPEECH_SECONDS
    length = max(too_short, too_long, 0.0) / _SHORTEST_CUT
    inner = _INNER_PHRASE * ((not starts_sentence) / 2 + (not ends_sentence))
    worth = first.probability + last.probability - length - inner
    return _Candidate(span, starts_sentence and ends_sentence, worth)


def _rate(said: Sequence[Phrase], speech: Sequence[SpeechSpan]) -> float:
    """Letters per second of speech."""
    return sum(one.letters for one in said) / sum(one.seconds for one in speech)
