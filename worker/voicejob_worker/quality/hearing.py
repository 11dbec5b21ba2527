"""A chunk's round trip through a recogniser.

A small recogniser at times repeats itself or loses a clause that is plainly there, and does not
when the same audio begins a moment later. So what it seems to have heard wrongly is heard again,
shifted, before it counts; a fault of the audio is heard each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from voicejob_worker.quality.divergence import compare, findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.quality.divergence import Bounds, Divergence
    from voicejob_worker.quality.faults import Finding
    from voicejob_worker.quality.recogniser import Recogniser

_SHIFTS_SECONDS: Final = (0.0, 0.2, 0.33)
"""Silence put before the audio, each time it is heard."""


@dataclass(frozen=True)
class HearingResult:
    """How the best hearing of a chunk differs from its text."""

    divergence: Divergence
    faults: tuple[Finding, ...]


def hear(
    recogniser: Recogniser,
    samples: Samples,
    sample_rate: int,
    text: str,
    language: str,
    *,
    bounds: Bounds,
    cuts: Sequence[float] = (),
) -> HearingResult:
    """Compare what is heard in a chunk with its text.

    Small recognisers lose or repeat whole clauses of what is longer than a sentence or two, so
    that a long chunk is heard in parts.

    Args:
        recogniser: One that knows the language.
        samples: Finite mono audio, shape (n,).
        sample_rate: Samples per second.
        text: The normalised text that was to be spoken.
        language: Its BCP 47 tag.
        bounds: What a good chunk keeps within.
        cuts: Seconds at which to part the audio: in pauses, in order.
    """
    parts = np.split(samples, [round(cut * sample_rate) for cut in cuts])
    heard: list[HearingResult] = []
    for shift in _SHIFTS_SECONDS:
        silence = (round(shift * sample_rate), 0)
        transcript = " ".join(
            recogniser.transcribe(np.pad(part, silence), sample_rate, language) for part in parts
        )
        divergence = compare(text, transcript, language)
        heard.append(HearingResult(divergence, findings(divergence, bounds)))
        if not heard[-1].faults:
            break
    return min(heard, key=lambda one: sum(finding.severity for finding in one.faults))
