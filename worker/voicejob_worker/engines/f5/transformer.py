"""A DiT block over packed rows: utterances of any lengths, end to end and without padding.

No utterance is padded and none sees another: everything but attention works on single frames, and
attention is computed for one utterance at a time. What comes out is what each would give alone.
Upstream pads instead, and its batches change what each chunk sounds like.

In upstream's words: ``DiTBlock`` with ``AdaLayerNorm``, ``Attention`` (``AttnProcessor``) and
``FeedForward``, and rotary position embedding as of x-transformers.

Shapes: r packed rows (all frames of all copies of all utterances), c copies of an utterance (2 with
guidance, else 1), n frames, d channels (``dim``), h heads of k values (``dim_head``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.engines.f5.constants import NORM_EPSILON, ROTARY_BASE

if TYPE_CHECKING:
    from voicejob_worker.engines.f5.architecture import Architecture
    from voicejob_worker.engines.f5.modulation import BlockModulation


@dataclass(frozen=True)
class RowShape:
    """How many rows an utterance takes: one per frame of each copy."""

    copies: int
    """2 with guidance (with its conditions, and without), else 1."""
    frames: int


@dataclass(frozen=True)
class RowSpan:
    """An utterance's place in the packed rows."""

    start: int
    copies: int
    frames: int

    @property
    def stop(self) -> int:
        """The row after its last."""
        return self.start + self.copies * self.frames


@dataclass(frozen=True)
class PackedRows:
    """The layout of the rows that a block works on."""

    spans: tuple[RowSpan, ...]
    rotary: Tensor
    """Rotary positions as unit complex numbers, shape ``(r, 1, 1, k / 2)``: the same for every
    head, and for queries and keys."""
    max_rows: int
    """Rows that are worked on together at most, in all that is done row by row."""

    def slices(self) -> Iterator[slice]:
        """All rows in slices of nearly equal size, ``max_rows`` or fewer."""
        total = self.spans[-1].stop
        size = math.ceil(total / math.ceil(total / self.max_rows))
        for start in range(0, total, size):
            yield slice(start, min(start + size, total))


def pack(
    shapes: Sequence[RowShape], dim_head: int, device: torch.device, max_rows: int
) -> PackedRows:
    """Lay utterances end to end, and give each row its rotary position.

    Args:
        shapes: Copies and frames of each utterance, in their order.
        dim_head: Values of a head.
        device: Where the rows are.
        max_rows: See ``PackedRows``.
    """
    spans = []
    start = 0
    for shape in shapes:
        spans.append(RowSpan(start, shape.copies, shape.frames))
        start = spans[-1].stop
    table = _rotary_table(max(shape.frames for shape in shapes), dim_head).to(device)
    # Positions begin anew with each copy of each utterance.
    rotary = torch.cat([table[: shape.frames].repeat(shape.copies, 1) for shape in shapes])
    return PackedRows(tuple(spans), rotary[:, None, None], max_rows)


def _rotary_table(frames: int, dim_head: int) -> Tensor:
    """RoPE (RoFormer, arXiv:2104.09864) as unit complex numbers, shape ``(n, k / 2)``.

    Row m holds ``exp(i m theta_j)`` with ``theta_j = 10000 ** (-2 j / k)`` (eq. 15): to multiply a
    pair of values by it turns the pair by its position.
    """
    rates = 1.0 / (ROTARY_BASE ** (torch.arange(0, dim_head, 2).float() / dim_head))
    angles = torch.outer(torch.arange(frames).float(), rates)
    return torch.polar(torch.ones_like(angles), angles)


@dataclass(frozen=True)
class DiTBlock:
    """The weights of a block, but for those of its AdaLN, and what it computes."""

    heads: int
    to_qkv: Tensor
    """Upstream's to_q, to_k and to_v in one, shape ``(3 * h * k, d)``: one product, not three."""
    to_qkv_bias: Tensor
    q_norm: Tensor | None
    """Weight of the queries' RMS norm, shape ``(k,)``; None if the checkpoint has no QK norm."""
    k_norm: Tensor | None
    to_out: Tensor
    to_out_bias: Tensor
    ff_in: Tensor
    ff_in_bias: Tensor
    ff_out: Tensor
    ff_out_bias: Tensor

    def __call__(
        self,
        x: Tensor,
        modulation: BlockModulation,
        rows: PackedRows,
        rotary_heads: int,
        qkv: Tensor,
    ) -> None:
        """Add attention and feed-forward to ``x``, in place.

        Args:
            x: Shape ``(r, d)``.
            modulation: This block's, at the time of this step.
            rows: The layout of ``x``.
            rotary_heads: Number of heads that get rotary embeddings: all of them (v1), or the first
                alone (v0).
            qkv: A buffer for queries, keys and values, shape ``(r, 3 * h * k)``; overwritten.
        """
        for part in rows.slices():
            self._project_qkv(x[part], modulation, qkv[part])
            self._norm_and_rotate(qkv[part], rows.rotary[part], rotary_heads)
        attended = self._attend(qkv, rows.spans)
        for part in rows.slices():
            self._add_attention(x[part], attended[part], modulation)
            self._add_feed_forward(x[part], modulation)

    def _project_qkv(self, x: Tensor, modulation: BlockModulation, out: Tensor) -> None:
        normed = _modulated_norm(x, modulation.scale_msa, modulation.shift_msa)
        torch.addmm(self.to_qkv_bias, normed, self.to_qkv.t(), out=out)

    def _norm_and_rotate(self, qkv: Tensor, rotary: Tensor, rotary_heads: int) -> None:
        """Apply QK norm (if the checkpoint has it) and RoPE to queries and keys, in place."""
        heads = qkv.view(len(qkv), 3, self.heads, -1)  # (r, 3, h, k)
        if self.q_norm is not None and self.k_norm is not None:
            for index, weight in enumerate((self.q_norm, self.k_norm)):
                part = heads[:, index]
                part.copy_(functional.rms_norm(part, weight.shape, weight, NORM_EPSILON))
        # Queries and keys, not values. v0 was trained with only the first head rotated.
        rotated = heads[:, :2, :rotary_heads]  # (r, 2, rotary_heads, k)
        # float() copies half precision, which has no complex numbers, and returns float32 as it is.
        single = rotated.float()
        # Adjacent values are the complex pairs (upstream's rotate_half of "... (d r) -> ... d r").
        torch.view_as_complex(single.view(*single.shape[:-1], -1, 2)).mul_(rotary)
        if single is not rotated:
            rotated.copy_(single)

    def _attend(self, qkv: Tensor, spans: Sequence[RowSpan]) -> Tensor:
        """Attention within each utterance: ``(r, 3 * h * k)`` to ``(r, h * k)``."""
        parts = [self._attend_one(qkv[span.start : span.stop], span) for span in spans]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _attend_one(self, qkv: Tensor, span: RowSpan) -> Tensor:
        # The copies are a batch: the one with conditions does not see the one without.
        shape = (span.copies, span.frames, 3, self.heads, -1)
        query, key, value = qkv.view(shape).permute(2, 0, 3, 1, 4)  # each (c, h, n, k)
        attended = functional.scaled_dot_product_attention(query, key, value)
        return attended.transpose(1, 2).reshape(span.copies * span.frames, -1)

    def _add_attention(self, x: Tensor, attended: Tensor, modulation: BlockModulation) -> None:
        # x = x + gate_msa * to_out(attended), in one pass over x.
        out = functional.linear(attended, self.to_out, self.to_out_bias)
        x.addcmul_(out, modulation.gate_msa)

    def _add_feed_forward(self, x: Tensor, modulation: BlockModulation) -> None:
        normed = _modulated_norm(x, modulation.scale_mlp, modulation.shift_mlp)
        hidden = functional.linear(normed, self.ff_in, self.ff_in_bias)
        # In place: functional.gelu would take a second buffer of this, the block's largest, size.
        hidden = torch.ops.aten.gelu_(hidden, approximate="tanh")
        # x = x + gate_mlp * ff_out(hidden)
        x.addcmul_(functional.linear(hidden, self.ff_out, self.ff_out_bias), modulation.gate_mlp)


def _modulated_norm(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """``norm(x) * (1 + scale) + shift``; ``scale`` has its 1 already (see ``modulation``)."""
    return functional.layer_norm(x, x.shape[-1:], scale, shift, NORM_EPSILON)


def read_block(architecture: Architecture, weights: Callable[[str], Tensor], name: str) -> DiTBlock:
    """Read the block called ``name``; ``weights`` returns a tensor by upstream's name."""
    to_qkv = [
        torch.cat([weights(f"{name}.attn.to_{part}.{kind}") for part in "qkv"])
        for kind in ("weight", "bias")
    ]
    norms = [
        weights(f"{name}.attn.{part}_norm.weight") if architecture.qk_norm else None
        for part in "qk"
    ]
    layers = ("attn.to_out.0", "ff.ff.0.0", "ff.ff.2")
    return DiTBlock(
        architecture.heads,
        *to_qkv,
        *norms,
        *(weights(f"{name}.{layer}.{kind}") for layer in layers for kind in ("weight", "bias")),
    )
