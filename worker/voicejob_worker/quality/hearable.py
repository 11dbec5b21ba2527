"""Audio as recognisers of speech take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples

SAMPLE_RATE: Final = 16_000
_PEAK: Final = 0.5


def prepare(samples: Samples, sample_rate: int, edge_seconds: float) -> Samples:
    """Bring finite audio to 16 kHz and one level, with silence at both edges.

    Recognisers lose the first or last word of audio that starts or ends with it.
    """
    import soxr  # type: ignore[import-untyped]

    resampled = soxr.resample(samples, sample_rate, SAMPLE_RATE)
    peak = float(np.max(np.abs(resampled), initial=0.0))
    scaled = resampled * (_PEAK / peak) if peak else resampled
    prepared: Samples = np.pad(scaled, round(edge_seconds * SAMPLE_RATE)).astype(np.float32)
    return prepared
