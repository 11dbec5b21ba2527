"""``spec.quality``: how the audio is checked."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.rules import Rule
from voicejob_api.scalars import Boolean, Integer, Number
from voicejob_api.voice import Recogniser


class Acceptance(StrEnum):
    """What becomes of audio that fails its check."""

    STRICT = "Strict"
    BEST_EFFORT = "BestEffort"


class QualityCheck(SpecModel):
    """How the audio is checked before it is shipped. Every chunk always is: silence, clipping,
    noise, length, babble after the text; a chunk that fails is spoken anew, at most twice."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.transcribe || (!has(self.maxWordErrorRate) && !has(self.maxDivergentWords) "
            "&& !has(self.recogniser))",
            check=lambda self: (
                self.transcribe
                or (
                    self.max_word_error_rate is None
                    and self.max_divergent_words is None
                    and self.recogniser is None
                )
            ),
            message="maxWordErrorRate, maxDivergentWords and recogniser need transcribe: true",
        ),
    )

    accept: Acceptance = Acceptance.STRICT
    """Strict: the VoiceJob fails where a chunk is still bad after two more takes. BestEffort: its
    best take is shipped, and status.quality counts it. So it is with Strict where the chunk takes
    about a second to say ("Psst!"), unless it is silent or most chunks are bad."""
    transcribe: Boolean = False
    """Have each chunk heard by a speech recogniser, and compare what it heard with the text."""
    max_word_error_rate: (
        Annotated[
            Number,
            Rule(
                cel="self >= 0.0 && self <= 1.0",
                check=lambda rate: 0.0 <= rate <= 1.0,
                message="must be from 0 to 1",
            ),
        ]
        | None
    ) = None
    """With transcribe: word error rate over which a chunk fails. Absent: the worker's default."""
    max_divergent_words: Annotated[Integer, Field(ge=0, le=1000)] | None = None
    """With transcribe: longest run of words that were inserted, dropped or changed, over which a
    chunk fails. Absent: the worker's default."""
    recogniser: Recogniser | None = None
    """With transcribe: the recogniser. Absent: a small English one that the image holds."""
