"""What becomes of a chunk whose audio failed its check."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voicejob_api.quality import Acceptance
from voicejob_worker.errors import QualityRejectedError
from voicejob_worker.quality.faults import Fault, Finding

MAX_TAKES: Final = 3
"""A chunk is spoken once, and again at most twice. The last take of one of several sentences is
spoken sentence by sentence, each with as many takes of its own."""
_MAX_DOUBTFUL: Final = 1
_MAX_DOUBTFUL_SHARE: Final = 0.5
"""Chunks that may be shipped in doubt where the VoiceJob is Strict. One may be a false alarm about
an odd word, and so may some of many; where it is most of them, the voice or the text is at fault.
"""

Findings = tuple[Finding, ...]


class Ruling(StrEnum):
    """What to do next with a chunk."""

    SHIP = "Ship"
    SPEAK_AGAIN = "SpeakAgain"
    SPEAK_SENTENCES = "SpeakSentences"
    """Its sentences one by one, each checked by itself."""
    REJECT = "Reject"


@dataclass(frozen=True)
class Decision:
    """What to do next, and with which take."""

    ruling: Ruling
    take: int
    """The take to ship, the take to speak next, or the best of those that are rejected."""


class Judge:
    """Decides by the findings alone: the same findings always come to the same end."""

    def __init__(self, acceptance: Acceptance) -> None:
        self._acceptance = acceptance

    def decide(
        self, takes: Sequence[Findings], is_short: bool = False, has_sentences: bool = False
    ) -> Decision:
        """Decide after at least one take; ``takes`` has the findings of each so far, in order.

        The last take of one that ``has_sentences``, several of them, is spoken sentence by
        sentence: what is wrong with one of them is no reason to throw away the others.

        A short chunk (``duration.is_short``) whose every take is in doubt is shipped all the same:
        a word that may be wrong is no reason to throw a book away. Silence is not a doubt.
        """
        if not takes[-1]:
            return Decision(Ruling.SHIP, len(takes) - 1)
        if has_sentences and len(takes) == MAX_TAKES - 1:
            return Decision(Ruling.SPEAK_SENTENCES, len(takes))
        if len(takes) < MAX_TAKES:
            return Decision(Ruling.SPEAK_AGAIN, len(takes))
        best = min(range(len(takes)), key=lambda take: (*_weight(takes[take]), take))
        accepts = self._accepts(takes[best], is_short)
        return Decision(Ruling.SHIP if accepts else Ruling.REJECT, best)

    def _accepts(self, findings: Findings, is_short: bool) -> bool:
        if self._acceptance is Acceptance.BEST_EFFORT:
            return _can_be_shipped(findings)
        return is_short and all(math.isfinite(finding.severity) for finding in findings)


def is_too_doubtful(doubtful: int, total: int) -> bool:
    """Whether so many chunks in doubt, of ``total``, are more than chance brings."""
    return doubtful > max(_MAX_DOUBTFUL, _MAX_DOUBTFUL_SHARE * total)


def rejection_of_all(doubtful: int, total: int, sentence: str) -> QualityRejectedError:
    """The error of a text of which too many chunks are in doubt; ``sentence`` is of one of them."""
    return QualityRejectedError(
        f"{doubtful} of {total} chunks failed their quality check {MAX_TAKES} times each; "
        f"in one of them {sentence}: check that the voice speaks the text's language, try another "
        "spec.synthesis.seed, or set spec.quality.accept to BestEffort"
    ).naming("spec.synthesis.seed", "spec.quality.accept")


def rejection(index: int, total: int, takes: Sequence[Findings], best: int) -> QualityRejectedError:
    """The error of a chunk that is rejected.

    Args:
        index: Number of the chunk, from 0.
        total: Chunks of the job.
        takes: The findings of each take.
        best: The take whose findings are told.
    """
    findings = "; ".join(finding.sentence for finding in takes[best])
    is_worth_it = _can_be_shipped(takes[best])
    or_accept = ", or set spec.quality.accept to BestEffort" if is_worth_it else ""
    remedy = f"try another spec.synthesis.seed{or_accept}"
    return QualityRejectedError(
        f"chunk {index + 1} of {total} failed its quality check {len(takes)} times; "
        f"in the best take {findings}: {remedy}"
    ).naming("spec.synthesis.seed", "spec.quality.accept" if is_worth_it else "")


def _weight(findings: Findings) -> tuple[int, int, float]:
    """Useless findings, findings, and the sum of how far they are past their bounds."""
    useless = sum(math.isinf(finding.severity) for finding in findings)
    finite = sum(finding.severity for finding in findings if math.isfinite(finding.severity))
    return useless, len(findings), finite


def _can_be_shipped(findings: Findings) -> bool:
    return all(finding.fault is not Fault.NOT_A_NUMBER for finding in findings)
