"""AdaLN-Zero: how the time of a step shifts, scales and gates each layer (DiT, arXiv:2212.09748).

In upstream's words: ``TimestepEmbedding``, then in each block ``AdaLayerNorm`` (once
``AdaLayerNormZero``), and ``AdaLayerNorm_Final`` at the end.

The modulation depends on the time alone, not on text or audio, so it is computed once per schedule.
Its weights are 138.5 of the 337 million of the published network, and no network in memory holds
them: they are read from the checkpoint again for another schedule.

Shapes: s steps, d channels (``dim``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.engines.f5.constants import TIME_FREQUENCIES

_MAX_PERIOD: Final = 10_000.0
_TIME_SCALE: Final = 1000.0
"""Times are from 0 to 1; sinusoids were made for positions that count in whole numbers."""
_BLOCK_PARTS: Final = 6
_FINAL_PARTS: Final = 2


@dataclass(frozen=True)
class BlockModulation:
    """What a time does to a transformer block, in upstream's names and order; each ``(d,)``.

    ``msa`` is the attention, ``mlp`` the feed-forward. The scales hold ``1 + scale`` already, so
    that they are the weights of a layer norm: 1 leaves the normed values as they are.
    """

    shift_msa: Tensor
    scale_msa: Tensor
    gate_msa: Tensor
    shift_mlp: Tensor
    scale_mlp: Tensor
    gate_mlp: Tensor


@dataclass(frozen=True)
class StepModulation:
    """What a time does to each block, and to the final norm (``1 + scale`` again)."""

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
    """Compute the modulation of every layer at each of ``times``.

    It is computed in single precision where ``state`` is, one layer after another, so that a device
    never holds these weights.

    Args:
        state: A checkpoint's tensors by upstream's names, as ``read_checkpoint`` returns them.
        times: Shape ``(s,)``, from 0 (noise) to 1 (speech).
        device: Where the result is wanted.
        dtype: Precision of the result.
    """
    emb = functional.silu(_embed_time(state, times.float()))  # (s, d)
    depth = sum(name.endswith(".attn_norm.linear.weight") for name in state)
    layers = [
        _modulate(state, f"transformer_blocks.{index}.attn_norm.linear", emb, _BLOCK_PARTS)
        for index in range(depth)
    ]
    # Upstream's order: shift, scale, gate of the attention, then of the feed-forward. AdaLN is
    # norm(x) * (1 + scale) + shift; the 1 is added here, to columns 1 and 4, so that layer_norm
    # takes scale and shift as its weight and bias: one kernel, no product of its own.
    for layer in layers:
        layer[:, 1::3] += 1
    # The final norm has the other order: scale, shift, and no gate.
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


def _embed_time(state: Mapping[str, Tensor], times: Tensor) -> Tensor:
    """Sinusoids of the times through two layers: ``(s,)`` to ``(s, d)``."""
    half = TIME_FREQUENCIES // 2
    # Divided by half - 1, as upstream does: the last frequency is 1 / 10,000 exactly.
    rates = torch.exp(torch.arange(half).float() * -(math.log(_MAX_PERIOD) / (half - 1)))
    angles = _TIME_SCALE * times[:, None] * rates
    hidden = _linear(state, "time_embed.time_mlp.0", torch.cat((angles.sin(), angles.cos()), -1))
    return _linear(state, "time_embed.time_mlp.2", functional.silu(hidden))


def _modulate(state: Mapping[str, Tensor], name: str, emb: Tensor, parts: int) -> Tensor:
    """One layer's modulation, shape ``(s, parts, d)``."""
    return _linear(state, name, emb).view(len(emb), parts, -1)


def _linear(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    weight, bias = (state[f"{name}.{part}"].float() for part in ("weight", "bias"))
    return functional.linear(x, weight, bias)
