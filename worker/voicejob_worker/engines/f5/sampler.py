"""Solves the flow's ODE from noise to speech, with Euler steps and classifier-free guidance.

In upstream's words: ``CFM.sample``. The model predicts the velocity v = dx/dt of a sample x that is
noise at t = 0 and a mel spectrogram at t = 1 (F5-TTS, arXiv:2410.06885). The times come from
``schedule`` (sway sampling, EPSS), the velocities from ``network``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from voicejob_worker.device.transfer import to_device
from voicejob_worker.engines.f5.modulation import StepModulation
from voicejob_worker.engines.f5.network import Condition, DiT, TextInput

_NO_GUIDANCE = 1e-5
"""Strength under which upstream leaves guidance out."""


def is_guided(cfg_strength: float) -> bool:
    """Whether guidance of this strength is any."""
    return cfg_strength >= _NO_GUIDANCE


@dataclass(frozen=True)
class Schedule:
    """The steps to take."""

    times: Tensor
    """When each step begins, and the end: shape ``(steps + 1,)``, from 0 to 1."""
    modulations: Sequence[StepModulation]
    """One per step, at the time when it begins: the network is not evaluated at the end."""


@dataclass(frozen=True)
class SamplerInput:
    """An utterance before it is sampled."""

    ids: Sequence[int]
    """Tokens of the reference's transcript and of the text after it."""
    noise: Tensor
    """The sample at t = 0, shape ``(frames, mel_dim)``, float32: the frames of the reference and of
    the utterance."""


@torch.inference_mode()
def sample(
    network: DiT,
    schedule: Schedule,
    reference: Tensor,
    inputs: Sequence[SamplerInput],
    cfg_strength: float,
    *,
    sequential: bool = False,
    on_step: Callable[[], None] = lambda: None,
) -> list[Tensor]:
    """Sample a batch, each utterance as if it were alone.

    Args:
        network: Predicts the velocities.
        schedule: The steps to take.
        reference: Log-mel of the reference, shape ``(reference_frames, mel_dim)``.
        inputs: The batch.
        cfg_strength: Strength of the guidance; 0 for none.
        sequential: Evaluate the conditional and the unconditional velocity one after the other:
            less memory, a little slower.
        on_step: Called after each step; what it raises ends the sampling.

    Returns:
        Log-mels of the reference, which is as given, and of what follows it; each of shape
        ``(frames, mel_dim)``, float32.
    """
    guided = is_guided(cfg_strength)
    texts = [TextInput(one.ids, len(one.noise)) for one in inputs]
    reference = to_device(reference, network.device)
    condition = network.condition(reference, texts, guided=guided)
    evaluate = _Sequential(condition) if sequential else DiT.velocity
    # The state of the ODE is float32 even if the network computes in half precision: the sum of 16
    # or 32 small steps would lose what float16 rounds away.
    x = to_device(torch.cat([one.noise for one in inputs]), network.device)  # (n, mel_dim)
    for dt, modulation in zip(schedule.times.diff().tolist(), schedule.modulations, strict=True):
        velocity = evaluate(network, x, condition, modulation)
        x.add_(_guide(velocity, cfg_strength), alpha=dt)  # Euler: x = x + v * dt
        on_step()
    mels = list(torch.split(x, list(condition.rows.lengths)))
    # The frames of the reference were noise like the others, and came out nearly as it is.
    for mel in mels:
        mel[: len(reference)] = reference
    return mels


class _Sequential:
    """Evaluates as ``DiT.velocity`` does, one copy of one utterance at a time."""

    def __init__(self, condition: Condition) -> None:
        self._parts = condition.split()

    def __call__(
        self, network: DiT, noised: Tensor, condition: Condition, modulation: StepModulation
    ) -> Tensor:
        """Shape ``(c, n, mel_dim)``, as ``DiT.velocity``."""
        each = torch.split(noised, list(condition.rows.lengths))
        velocities = [
            torch.cat([network.velocity(part, copy, modulation) for copy in copies])
            for part, copies in zip(each, self._parts, strict=True)
        ]
        return torch.cat(velocities, 1)


def _guide(velocity: Tensor, cfg_strength: float) -> Tensor:
    """Classifier-free guidance (arXiv:2207.12598): ``(c, n, mel_dim)`` to ``(n, mel_dim)``."""
    if len(velocity) == 1:
        return velocity[0]
    cond, uncond = velocity.unbind()
    # Strength w is upstream's: cond + w (cond - uncond). The paper's guidance scale is 1 + w.
    return cond + (cond - uncond) * cfg_strength
