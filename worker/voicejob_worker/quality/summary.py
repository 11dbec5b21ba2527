"""What the checks of a job came to: the numbers of ``status.quality``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from voicejob_api.quality import Acceptance
from voicejob_worker.errors import QualityRejectedError
from voicejob_worker.quality.divergence import Divergence
from voicejob_worker.quality.faults import Fault
from voicejob_worker.quality.judge import Findings, is_too_doubtful, rejection_of_all

if TYPE_CHECKING:
    from voicejob_worker.quality.recogniser import Recogniser


_MAX_DOUBTS: Final = 3
"""A termination message has room for 4,096 bytes in all."""
_ADVICE: Final = (
    "Is it written in a script that spec.language does not use? Leave it out, or set "
    "spec.quality.accept to BestEffort"
)
_ADVISED: Final = ("spec.language", "spec.quality.accept")
"""Fields of a VoiceJob in that."""


@dataclass(frozen=True)
class ChunkOutcome:
    """What a chunk's checks came to; kept beside its audio, so that a resumed job counts it too."""

    takes: int
    faults: tuple[Fault, ...]
    """Faults of all takes, in the order in which they were found; each kind once per take."""
    failed: bool
    """Whether the take that is shipped has a fault."""
    words: int = 0
    """Number of words of the text; 0 if it was not compared with a transcript."""
    word_error_rate: float = 0.0
    longest_divergence: int = 0
    doubt: str = ""
    """The worst that was found in the take that is shipped, for people; never words of the text."""
    mute_sentence: int = 0
    """Number from 1 of a sentence that has no sound, in a chunk that was spoken by sentence."""

    @property
    def is_mute(self) -> bool:
        """Whether the engine makes no sound of its text, or of a sentence of it."""
        return self.failed and (self.takes == 1 or self.mute_sentence > 0)

    @classmethod
    def of(
        cls, takes: Sequence[Findings], shipped: int, divergence: Divergence | None = None
    ) -> Self:
        """Sum up the findings of each take, given which one is shipped and what was heard in it."""
        return cls(
            takes=len(takes),
            faults=tuple(
                fault
                for findings in takes
                for fault in dict.fromkeys(finding.fault for finding in findings)
            ),
            failed=bool(takes[shipped]),
            words=divergence.words if divergence else 0,
            word_error_rate=divergence.word_error_rate if divergence else 0.0,
            longest_divergence=divergence.longest_run if divergence else 0,
            doubt=_worst(takes[shipped]),
        )

    @classmethod
    def of_sentences(cls, takes: Sequence[Findings], sentences: Sequence[Self]) -> Self:
        """Sum up a chunk that was spoken sentence by sentence in the end.

        Args:
            takes: The findings of the takes of the whole chunk before.
            sentences: What came of each sentence.
        """
        before = cls.of(takes, 0)
        words = sum(one.words for one in sentences)
        errors = sum(one.word_error_rate * one.words for one in sentences)
        mute = next((number for number, one in enumerate(sentences, 1) if one.is_mute), 0)
        silence = f"its sentence {mute} of {len(sentences)} has no sound" if mute else ""
        return cls(
            takes=len(takes) + max(one.takes for one in sentences),
            faults=(*before.faults, *(fault for one in sentences for fault in one.faults)),
            failed=any(one.failed for one in sentences),
            words=words,
            word_error_rate=errors / words if words else 0.0,
            longest_divergence=max(one.longest_divergence for one in sentences),
            doubt=silence or next((one.doubt for one in sentences if one.doubt), ""),
            mute_sentence=mute,
        )

    def to_json(self) -> dict[str, Any]:
        """Values that ``json`` writes."""
        return {
            "takes": self.takes,
            "faults": [fault.value for fault in self.faults],
            "failed": self.failed,
            "words": self.words,
            "wordErrorRate": self.word_error_rate,
            "longestDivergence": self.longest_divergence,
            "doubt": self.doubt,
            "muteSentence": self.mute_sentence,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` returned.

        Raises:
            ValueError: it is anything else.
        """
        try:
            return cls(
                takes=int(values["takes"]),
                faults=tuple(Fault(fault) for fault in values["faults"]),
                failed=bool(values["failed"]),
                words=int(values["words"]),
                word_error_rate=float(values["wordErrorRate"]),
                longest_divergence=int(values["longestDivergence"]),
                doubt=str(values["doubt"]),
                mute_sentence=int(values.get("muteSentence", 0)),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no outcome of a chunk: {error}") from error


@dataclass
class QualityTally:
    """Adds up a job's chunks."""

    accepted: Acceptance
    recogniser: str | None = None
    """Name of the recogniser; None if nothing is transcribed."""
    chunks_checked: int = 0
    chunks_retried: int = 0
    chunks_failed: int = 0
    """Shipped with a fault."""
    faults: Counter[Fault] = field(default_factory=Counter)
    """Takes that failed, by fault."""
    longest_divergence: int = 0
    """Longest divergence of a transcript from its text, in words."""
    doubts: list[str] = field(default_factory=list)
    """What is wrong with the first chunks that were shipped with a fault, for people."""
    _words: int = 0
    _word_errors: float = 0.0

    def add(self, outcome: ChunkOutcome) -> None:
        """Count a chunk."""
        self.chunks_checked += 1
        if outcome.failed and len(self.doubts) < _MAX_DOUBTS:
            found = outcome.doubt or "it has no sound"
            self.doubts.append(f"chunk {self.chunks_checked} was shipped in doubt: {found}")
        self.chunks_retried += outcome.takes > 1
        self.chunks_failed += outcome.failed
        self.faults.update(outcome.faults)
        self.longest_divergence = max(self.longest_divergence, outcome.longest_divergence)
        self._words += outcome.words
        self._word_errors += outcome.word_error_rate * outcome.words

    @property
    def word_error_rate(self) -> float | None:
        """Word error rate of all chunks, weighted by words; None if nothing was transcribed."""
        return self._word_errors / self._words if self._words else None


def _worst(findings: Findings) -> str:
    worst = max(findings, key=lambda finding: finding.severity, default=None)
    return worst.sentence if worst else ""


def refuse_mute(
    accepted: Acceptance, outcome: ChunkOutcome, index: int, total: int, advice: str = _ADVICE
) -> None:
    """Refuse a chunk without any sound, where none may be shipped.

    Args:
        accepted: What may be shipped.
        outcome: What came of the chunk.
        index: Number of the chunk, from 0.
        total: Chunks of the text.
        advice: What may be the matter, and what to do.

    Raises:
        QualityRejectedError: it is such a chunk.
    """
    if accepted is Acceptance.STRICT and outcome.is_mute:
        sentence = f"sentence {outcome.mute_sentence} of " if outcome.mute_sentence else ""
        raise QualityRejectedError(
            f"{sentence}chunk {index + 1} of {total} has no sound: the engine makes none of its "
            f"text. {advice}"
        ).naming(*(_ADVISED if advice is _ADVICE else ()))


def tally(
    accepted: Acceptance, outcomes: Sequence[ChunkOutcome], recogniser: Recogniser | None
) -> QualityTally:
    """Add up the outcomes of a job's chunks, which are in order.

    Raises:
        QualityRejectedError: a chunk without any sound would be shipped, and none may be; or most
            of the chunks are in doubt.
    """
    for index, outcome in enumerate(outcomes):
        refuse_mute(accepted, outcome, index, len(outcomes))
    doubts = [outcome.doubt for outcome in outcomes if outcome.failed]
    if accepted is Acceptance.STRICT and is_too_doubtful(len(doubts), len(outcomes)):
        raise rejection_of_all(len(doubts), len(outcomes), doubts[0])
    total = QualityTally(accepted, recogniser.name if recogniser else None)
    for outcome in outcomes:
        total.add(outcome)
    return total
