"""What can be told of a chunk from its sound alone.

The bounds were found on the 200 chunks of ``tests/unit/worker/quality/good_chunks.txt``, spoken by
en_US-joe-medium at the speeds 0.5, 1.0 and 2.0, and on people's recordings. A bound that is
in seconds grows with the time that is asked for below speed 1.0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from voicejob_worker.quality.duration import expect
from voicejob_worker.quality.faults import Fault, Finding
from voicejob_worker.quality.foresight import row_letters
from voicejob_worker.quality.measures import Measures, measure
from voicejob_worker.text.characters import has_speech
from voicejob_worker.text.language import primary_subtag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicejob_worker.audio.samples import Samples

_SILENT_DBFS: Final = -60.0
"""Loud frames under this are no speech; the quietest voice we have met is at -45."""
_SOUND_SECONDS: Final = 0.06
"""Three frames: a click fills two."""
_PAUSE_SECONDS: Final = 1.5
"""The longest pause of people who read aloud, in the recordings at hand, is 0.9 s."""
_CLIPPED_SHARE: Final = 0.001
"""Good chunks have none; a gain of 6 dB past full scale makes 0.3 % in the median."""
_SHORTEST: Final = 0.45
"""Times what the text should take. Good chunks lie between 0.63 and 1.6."""
_LONGEST: Final = 2.0
_SPARE_SECONDS: Final = 0.3
"""Allowed on top, for texts of a word or two."""
_NOISE_SECONDS: Final = 0.45
"""A hiss longer than any fricative: in good chunks 0.26 s."""
_FLOOR_DB: Final = -20.0
_HISS_VOICING: Final = 0.23
"""What is louder than the one and less periodic than the other is a hiss under the speech: noise
10 dB below the speech and more."""
_FLOOR_SECONDS: Final = 0.3
"""Sound that is shorter has no quiet parts: "a" lasts 0.12 s, and its quietest frame lies 14 dB
under its loud ones. Noise that goes on around a short word makes it longer than that."""
_BRIEF_SECONDS: Final = 1.0
_BRIEF_VOICING: Final = 0.2
_BRIEF_FLAT_DB: Final = -5.0
"""Bound for briefer sound, which has few quiet parts. In 2,900 takes of a word or two the floor of
"DNA" lies 11 dB under its loud parts; that of "Go go go" 20 dB, with a voicing of 0.21."""
_FLAT_DB: Final = -10.0
"""Speech has quiet sounds and pauses: in 200 good chunks, and in people's recordings, its quietest
parts lie 19 dB and more under its loud ones, however periodic they are."""
_TONE_SECONDS: Final = 0.45
"""A tone longer than any vowel: in good chunks 0.16 s."""
_BABBLE_SECONDS: Final = 0.3
_VOICELESS_END_SECONDS: Final = 0.8
"""Fricatives, their echo and a breath: in good chunks 0.46 s, of people 0.78 s."""
_ROW_SECONDS: Final = 0.3
"""Seconds for each letter of a row, as in "Shhh"."""
_MOSTLY_ROWS: Final = 0.5
"""Share of a text's letters that stand in rows, from which on it need not sound like speech."""


@dataclass(frozen=True)
class Verdict:
    """What a look at a chunk came to."""

    faults: tuple[Finding, ...]
    """Empty for a chunk that is good."""
    measures: Measures


@dataclass(frozen=True)
class _BoundRule:
    fault: Fault
    measured: float
    bound: float
    """What ``measured`` may be at most."""
    sentence: str
    """Sentence with places for both."""


def inspect_sound(
    samples: Samples,
    sample_rate: int,
    text: str,
    language: str,
    speed: float,
    *,
    pace: float = 1.0,
) -> Verdict:
    """Look for faults in the audio of a chunk, as the engine made it.

    A text without letters or digits may sound as it likes, as long as its audio is finite. One with
    letters that no one can foresee the sound of (see ``foresight``) may take less time or more, and
    rows of letters may be sung or hissed for as long as they are.

    Args:
        samples: Shape (n,), at any level and with any constant offset.
        sample_rate: Samples per second.
        text: The normalised text that was to be spoken.
        language: Its BCP 47 tag.
        speed: The speed asked for.
        pace: How many times as long as usual this voice takes, as of ``duration.pace_of``.
    """
    finite = np.isfinite(samples)
    is_finite = bool(finite.all())
    expected = expect(text, language, speed, pace)
    measures = measure(samples if is_finite else samples[:0], sample_rate, expected)
    if not is_finite:
        broken = max(1.0 - float(finite.mean()), 0.0)
        sentence = f"{broken:.1%} of its samples are no numbers: all must be"
        return Verdict((Finding(Fault.NOT_A_NUMBER, sentence, math.inf),), measures)
    if not has_speech(text):
        return Verdict((), measures)
    silence = _silence(measures)
    if silence is not None:
        return Verdict((silence,), measures)
    rows = row_letters(text, primary_subtag(language))
    is_speech = rows < _MOSTLY_ROWS * sum(map(str.isalpha, text))
    has_floor = is_speech and measures.seconds >= _FLOOR_SECONDS
    found = (
        *_too_short(measures),
        *(_hiss(measures) if has_floor else ()),
        *(_flat(measures) if has_floor else ()),
        *_over_bounds(measures, speed, rows * _ROW_SECONDS),
    )
    return Verdict(found, measures)


def _silence(measures: Measures) -> Finding | None:
    if measures.loud_dbfs < _SILENT_DBFS:
        sentence = (
            f"it is silent, {measures.loud_dbfs:.0f} dBFS: at least {_SILENT_DBFS:.0f} expected"
        )
    elif measures.seconds < _SOUND_SECONDS:
        sentence = (
            f"{measures.seconds:.2f} s of it are sound: at least {_SOUND_SECONDS:.2f} s expected"
        )
    else:
        return None
    return Finding(Fault.SILENCE, sentence, math.inf)


def _too_short(measures: Measures) -> Iterator[Finding]:
    shortest = _SHORTEST * measures.min_seconds
    if measures.seconds < shortest:
        sentence = (
            f"it lasts {measures.seconds:.1f} s: at least {shortest:.1f} s expected for its text"
        )
        yield Finding(Fault.TOO_SHORT, sentence, shortest / measures.seconds)


def _hiss(measures: Measures) -> Iterator[Finding]:
    voicing = _BRIEF_VOICING if measures.seconds < _BRIEF_SECONDS else _HISS_VOICING
    if measures.floor_db > _FLOOR_DB and measures.floor_voicing < voicing:
        sentence = (
            f"noise lies {-measures.floor_db:.0f} dB under its speech: "
            f"at least {-_FLOOR_DB:.0f} dB expected"
        )
        yield Finding(Fault.NOISE, sentence, 10 ** ((measures.floor_db - _FLOOR_DB) / 20))


def _flat(measures: Measures) -> Iterator[Finding]:
    bound = _BRIEF_FLAT_DB if measures.seconds < _BRIEF_SECONDS else _FLAT_DB
    if measures.floor_db > bound:
        sentence = (
            f"its level never falls by more than {-measures.floor_db:.0f} dB: "
            f"{-bound:.0f} dB expected of speech"
        )
        yield Finding(Fault.NOISE, sentence, 10 ** ((measures.floor_db - bound) / 20))


def _over_bounds(measures: Measures, speed: float, drawn: float) -> Iterator[Finding]:
    slow = max(1 / speed, 1.0)
    rules = (
        _BoundRule(
            Fault.TOO_LONG,
            measures.seconds,
            _LONGEST * measures.max_seconds + _SPARE_SECONDS * slow,
            "it lasts {:.1f} s: at most {:.1f} s expected for its text",
        ),
        _BoundRule(
            Fault.CLIPPING,
            measures.clipped_share,
            _CLIPPED_SHARE,
            "{:.2%} of its samples are clipped: at most {:.2%} allowed",
        ),
        _BoundRule(
            Fault.SILENCE,
            measures.max_pause_seconds,
            _PAUSE_SECONDS * slow,
            "a pause in it lasts {:.1f} s: at most {:.1f} s allowed",
        ),
        _BoundRule(
            Fault.NOISE,
            measures.max_noise_seconds,
            (_NOISE_SECONDS + drawn) * slow,
            "noise in it lasts {:.2f} s: at most {:.2f} s allowed",
        ),
        _BoundRule(
            Fault.STUCK_TONE,
            measures.max_tone_seconds,
            (_TONE_SECONDS + drawn) * slow,
            "a tone in it stands for {:.2f} s: at most {:.2f} s allowed",
        ),
        _BoundRule(
            Fault.BABBLE_AFTER_END,
            measures.babble_seconds,
            _BABBLE_SECONDS,
            "speech goes on for {:.1f} s after its text: at most {:.1f} s allowed",
        ),
        _BoundRule(
            Fault.BABBLE_AFTER_END,
            measures.voiceless_end_seconds,
            (_VOICELESS_END_SECONDS + drawn) * slow,
            "sound goes on for {:.2f} s after its last voiced one: at most {:.2f} s allowed",
        ),
    )
    for rule in rules:
        if rule.measured > rule.bound:
            sentence = rule.sentence.format(rule.measured, rule.bound)
            yield Finding(rule.fault, sentence, rule.measured / rule.bound)
