"""Sample rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """Samples at another rate; shape (n,)."""
    if rate == wanted or not samples.size:
        return samples
    return np.asarray(soxr.resample(samples, rate, wanted, quality="HQ"), np.float32)
