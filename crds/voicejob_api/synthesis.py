"""``spec.engine`` and ``spec.synthesis``: what speaks, and how."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.rules import Rule
from voicejob_api.scalars import Integer, Number


class Engine(StrEnum):
    """What synthesises."""

    PIPER = "piper"
    F5_TTS = "f5-tts"
    XTTS = "xtts"


class Profile(StrEnum):
    """How much work goes into a sound."""

    DRAFT = "draft"
    BALANCED = "balanced"
    HIGH = "high"


# The API server compares a whole number with a truncated minimum (kube-openapi,
# validation/validate/values.go), so that 0 would pass `minimum: 0.5`; CEL compares rightly.
Speed = Annotated[
    Number,
    Rule(
        cel="self >= 0.5 && self <= 2.0",
        check=lambda speed: 0.5 <= speed <= 2.0,
        message="must be from 0.5 (half as fast) to 2.0 (twice as fast)",
    ),
]
PitchSemitones = Annotated[
    Number,
    Rule(
        cel="self >= -12.0 && self <= 12.0",
        check=lambda semitones: -12.0 <= semitones <= 12.0,
        message="must be from -12 (an octave down) to 12 semitones",
    ),
]


class Synthesis(SpecModel):
    """How the engine speaks."""

    speed: Speed = 1.0
    """Speaking rate: 1.0 is the voice's own, 2.0 twice as fast."""
    pitch_semitones: PitchSemitones = 0.0
    """How far the pitch is moved, in semitones; the length stays. A voice sounds larger or smaller
    by it, too."""
    seed: Annotated[Integer, Field(ge=0, le=2**32 - 1)] = 0
    """Seed of the engine's noise. The same VoiceJob with the same seed gives the same bytes."""
    profile: Profile | None = None
    """f5-tts: draft (7 evaluations of the network, for a first listen), balanced (16) or high (32).
    Absent: balanced. A field below overrides its part."""
    nfe_steps: Annotated[Integer, Field(ge=4, le=128)] | None = None
    """f5-tts: evaluations of the network per chunk (NFE)."""
    cfg_strength: (
        Annotated[
            Number,
            Rule(
                cel="self >= 0.0 && self <= 10.0",
                check=lambda value: 0.0 <= value <= 10.0,
                message="must be from 0 (no guidance) to 10",
            ),
        ]
        | None
    ) = None
    """f5-tts: strength of classifier-free guidance. Absent: 2."""
    sway_sampling_coef: (
        Annotated[
            Number,
            Rule(
                cel="self >= -1.0 && self <= 1.0",
                check=lambda value: -1.0 <= value <= 1.0,
                message="must be from -1 to 1; 0 spaces the steps evenly",
            ),
        ]
        | None
    ) = None
    """f5-tts: where in time the steps lie (sway sampling). Absent: -1."""
    temperature: (
        Annotated[
            Number,
            Rule(
                cel="self >= 0.05 && self <= 2.0",
                check=lambda value: 0.05 <= value <= 2.0,
                message="must be from 0.05 (steady) to 2 (lively)",
            ),
        ]
        | None
    ) = None
    """xtts: how freely the next sound is chosen. Absent: the model's own, usually 0.75."""
