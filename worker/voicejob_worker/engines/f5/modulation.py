"""How the time of a step shifts, scales and gates the network's layers (AdaLN, arXiv:2212.09748).

It depends on the time alone, so it is worked out once for a schedule. The weights that it comes
from are 138.5 of the 337 million of the published network, and no network in memory holds them:
they are read from the checkpoint again for another schedule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

_FREQUENCIES: Final = 256
_MAX_PERIOD: Final = 10_000.0
_TIME_SCALE: Final = 1000.0
_BLOCK_PARTS: Final = 6
_FINAL_PARTS: Final = 2


@dataclass(frozen=True)
class BlockModulation:
    """What a time does to a transformer block; each of shape ``(dim,)``.

    Scales are factors of the normed values: 1 leaves them as they are.
    """

    attention_shift: Tensor
    attention_scale: Tensor
    attention_gate: Tensor
    feed_shift: Tensor
    feed_scale: Tensor
    feed_gate: Tensor


@dataclass(frozen=True)
class StepModulation:
    """What a time does to the network."""

    blocks: tuple[BlockModulation, ...]
    final_scale: Tensor
    final_shift: Tensor


@torch.inference_mode()
def compute_modulations(
    state: Mapping[str, Tensor],
    times: Tensor,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> list[StepModulation]:
    """The modulation of every layer at each of ``times``.

    It is worked out in single precision where ``state`` lies, one layer after another, so that a
    device never holds these weights.

    Args:
        state: A checkpoint's tensors by upstream's names, as ``read_checkpoint`` gives them.
        times: Shape ``(steps,)``, from 0 to 1.
        device: Where the result is wanted.
        dtype: In what precision.
    """
    emb = functional.silu(_embed(state, times.float()))
    depth = sum(name.endswith(".attn_norm.linear.weight") for name in state)
    layers = [
        _modulate(state, f"transformer_blocks.{index}.attn_norm.linear", emb, _BLOCK_PARTS)
        for index in range(depth)
    ]
    for layer in layers:
        layer[:, 1::3] += 1
    final = _modulate(state, "norm_out.linear", emb, _FINAL_PARTS)
    final[:, 0] += 1
    layers = [layer.to(device, dtype) for layer in layers]
    final = final.to(device, dtype)
    return [
        StepModulation(
            tuple(BlockModulation(*layer[step].unbind()) for layer in layers), *final[step].unbind()
        )
        for step in range(len(times))
    ]


def _embed(state: Mapping[str, Tensor], times: Tensor) -> Tensor:
    """Sinusoids of the time through two layers: shape ``(steps, dim)``."""
    half = _FREQUENCIES // 2
    rates = torch.exp(torch.arange(half).float() * -(math.log(_MAX_PERIOD) / (half - 1)))
    angles = _TIME_SCALE * times[:, None] * rates
    hidden = _linear(state, "time_embed.time_mlp.0", torch.cat((angles.sin(), angles.cos()), -1))
    return _linear(state, "time_embed.time_mlp.2", functional.silu(hidden))


def _modulate(state: Mapping[str, Tensor], name: str, emb: Tensor, parts: int) -> Tensor:
    """Shape ``(steps, parts, dim)``."""
    return _linear(state, name, emb).view(len(emb), parts, -1)


def _linear(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    weight, bias = (state[f"{name}.{part}"].float() for part in ("weight", "bias"))
    return functional.linear(x, weight, bias)
