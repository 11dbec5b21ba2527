"""Follows the network's velocity from noise to speech, in Euler steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from voicejob_worker.engines.f5.modulation import StepModulation
from voicejob_worker.engines.f5.network import Condition, DiT

_NO_GUIDANCE = 1e-5
"""Strength under which upstream leaves guidance out."""


@dataclass(frozen=True)
class Schedule:
    """The steps to take."""

    times: Tensor
    """Shape ``(steps + 1,)``."""
    changes: Sequence[StepModulation]
    """At all times but the last."""


@dataclass(frozen=True)
class SamplerInput:
    """An utterance before it is sampled."""

    ids: Sequence[int]
    """Tokens of the reference's transcript and the text."""
    noise: Tensor
    """Shape ``(frames, mel_dim)``, float32; frames of the reference and the utterance together."""


@torch.inference_mode()
def sample(
    network: DiT,
    schedule: Schedule,
    reference: Tensor,
    unspoken: Sequence[SamplerInput],
    cfg_strength: float,
    *,
    apart: bool = False,
) -> list[Tensor]:
    """Sample a batch, each utterance as if it were alone.

    Classifier-free guidance (arXiv:2207.12598): ``v + strength (v - v')``, where v' is the velocity
    without reference and text.

    Args:
        network: Whose velocity to follow.
        schedule: In which steps.
        reference: Its log-mel, shape ``(reference_frames, mel_dim)``.
        unspoken: The batch.
        cfg_strength: Strength of the guidance.
        apart: Evaluate the two velocities one after the other: less memory, a little slower.

    Returns:
        Log-mels of the reference, which is as given, and what follows it; each of shape
        ``(frames, mel_dim)``, float32.
    """
    guided = cfg_strength >= _NO_GUIDANCE
    texts = [(one.ids, len(one.noise)) for one in unspoken]
    conditions = network.conditions(reference, texts, guided=guided)
    mels = [one.noise.to(network.device, torch.float32, copy=True) for one in unspoken]
    steps = zip(schedule.times.diff().tolist(), schedule.changes, strict=True)
    for length, change in steps:
        evaluate = _apart if apart else DiT.velocities
        for mel, velocity in zip(mels, evaluate(network, mels, conditions, change), strict=True):
            mel.add_(_guide(velocity, cfg_strength), alpha=length)
    for mel in mels:
        mel[: len(reference)] = reference
    return mels


def _apart(
    network: DiT,
    mels: Sequence[Tensor],
    conditions: Sequence[Condition],
    change: StepModulation,
) -> list[Tensor]:
    return [
        torch.cat([network.velocities([mel], [copy], change)[0] for copy in condition.apart()])
        for mel, condition in zip(mels, conditions, strict=True)
    ]


def _guide(velocity: Tensor, strength: float) -> Tensor:
    if len(velocity) == 1:
        return velocity[0]
    told, untold = velocity.unbind()
    return told + (told - untold) * strength
