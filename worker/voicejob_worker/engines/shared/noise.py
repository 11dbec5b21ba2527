"""The noise that an utterance is made of."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from voicejob_worker.audio.samples import Samples
    from voicejob_worker.engines.protocol import Utterance


def draw_noise(seed: int, utterance: Utterance, shape: tuple[int, int]) -> Samples:
    """Standard normal noise, a function of its arguments alone.

    Never of the batch, the device or what was spoken before: Philox is counter-based, so the same
    key gives the same values everywhere (Salmon et al., 2011).
    """
    philox = np.random.Philox(key=noise_key(seed, utterance))
    return np.random.Generator(philox).standard_normal(shape, np.float32)


def noise_key(seed: int, utterance: Utterance) -> int:
    """128 bits that tell an utterance's noise from every other's."""
    identity = f"{seed}\0{utterance.index}\0{utterance.take}\0{utterance.text}".encode()
    return int.from_bytes(hashlib.sha256(identity).digest()[:16], "little")
