"""What engines take of a GPU's memory at the least: with the smallest batch, in low memory.

All of it is estimated from the number of weights and the width of the networks, and not measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicejob_api.synthesis import Engine


@dataclass(frozen=True)
class NetworkNeeds:
    """What a network takes of a GPU beside its own weights."""

    activations_mib: int
    """What passes through the weights in single precision, for one utterance of 30 s."""
    vocoder_mib: int = 0
    """Weights of a vocoder that is not counted with the network's, in single precision always."""


F5_TTS: Final = NetworkNeeds(activations_mib=300, vocoder_mib=54)
"""Its vocoder is Vocos, of 14 million weights."""
XTTS: Final = NetworkNeeds(activations_mib=400)
RVC: Final = NetworkNeeds(activations_mib=500)
SMALL: Final = NetworkNeeds(activations_mib=200)
"""A vocoder, or a part of RVC."""
CONTEXT_MIB: Final = 400
"""What CUDA and its libraries take before anything is loaded."""
ANY_ENGINE_MIB: Final = 700
"""Free memory, beside CUDA's own, under which nothing is tried."""
_ENGINE_MIB: Final = {Engine.F5_TTS: 700, Engine.XTTS: 2200}
"""f5-tts: 200 million weights at two bytes (the modulation stays on the CPU), the vocoder's 14
million at four, one utterance. xtts: 470 million at four bytes, one utterance."""
_CONVERSION_MIB: Final = 900
"""RVC: 55 million weights, HuBERT's 95 and RMVPE's 90, at four bytes, of which HuBERT and the
synthesiser are needed at once."""


def minimum_free_mib(engine: Engine, *, converts: bool) -> int:
    """Free memory in MiB without which a VoiceJob's models cannot work, CUDA's own share taken.

    Engine and conversion can take turns, so the larger of both counts.
    """
    return max(_ENGINE_MIB.get(engine, 0), _CONVERSION_MIB if converts else 0, ANY_ENGINE_MIB)
