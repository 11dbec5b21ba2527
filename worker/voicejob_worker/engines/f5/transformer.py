"""A DiT block over packed rows: utterances of any lengths, end to end and without padding.

No utterance is padded and none sees another: everything but attention works on single frames, and
attention is computed for one utterance at a time. What comes out is what each would give alone.
Upstream pads instead, and its batches change what each chunk sounds like.

In upstream's words: ``DiTBlock`` with ``AdaLayerNorm``, ``Attention`` (``AttnProcessor``) and
``FeedForward``, and rotary position embedding as of x-transformers.

Shapes: r packed rows (all frames of all copies of all utterances; see ``packed_rows``), c copies (2
with guidance, else 1), n frames, d channels (``dim``), h heads of k values (``dim_head``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.engines.f5.constants import NORM_EPSILON
from voicejob_worker.engines.f5.linear import Linear
from voicejob_worker.engines.f5.varlen import attend_varlen

if TYPE_CHECKING:
    from voicejob_worker.engines.f5.architecture import Architecture
    from voicejob_worker.engines.f5.modulation import BlockModulation
    from voicejob_worker.engines.f5.packed_rows import PackedRows

_KINDS: Final = ("weight", "bias")


@dataclass(frozen=True)
class DiTBlock:
    """The weights of a block, but for those of its AdaLN, and what it computes."""

    heads: int
    to_qkv: Linear
    """Upstream's to_q, to_k and to_v in one, to ``3 * h * k`` values: one product, not three."""
    q_norm: Tensor | None
    """Weight of the queries' RMS norm, shape ``(k,)``; None if the checkpoint has no QK norm."""
    k_norm: Tensor | None
    to_out: Linear
    ff_in: Linear
    ff_out: Linear

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
        attended = self._attend(qkv, rows)
        for part in rows.slices():
            self._add_attention(x[part], attended[part], modulation)
            self._add_feed_forward(x[part], modulation)

    def _project_qkv(self, x: Tensor, modulation: BlockModulation, out: Tensor) -> None:
        normed = _modulated_norm(x, modulation.scale_msa, modulation.shift_msa)
        self.to_qkv.into(normed, out)

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

    def _attend(self, qkv: Tensor, rows: PackedRows) -> Tensor:
        """Attention within each copy of each utterance: ``(r, 3 * h * k)`` to ``(r, h * k)``."""
        if rows.cu_seq is not None:
            return attend_varlen(qkv, self.heads, rows, rows.cu_seq)
        packed = qkv.view(rows.copies, rows.frames, 3, self.heads, -1)
        parts = [self._attend_one(packed[:, start:stop]) for start, stop in rows.spans()]
        return (parts[0] if len(parts) == 1 else torch.cat(parts, 1)).flatten(0, 1)

    def _attend_one(self, packed: Tensor) -> Tensor:
        """Attention within one utterance: ``(c, n, 3, h, k)`` to ``(c, n, h * k)``."""
        # The copies are a batch: the one with conditions does not see the one without.
        query, key, value = packed.permute(2, 0, 3, 1, 4)  # each (c, h, n, k)
        attended = functional.scaled_dot_product_attention(query, key, value)
        return attended.transpose(1, 2).flatten(2)

    def _add_attention(self, x: Tensor, attended: Tensor, modulation: BlockModulation) -> None:
        # x = x + gate_msa * to_out(attended), in one pass over x.
        x.addcmul_(self.to_out(attended), modulation.gate_msa)

    def _add_feed_forward(self, x: Tensor, modulation: BlockModulation) -> None:
        normed = _modulated_norm(x, modulation.scale_mlp, modulation.shift_mlp)
        # x = x + gate_mlp * ff_out(gelu(ff_in(normed)))
        x.addcmul_(self.ff_out(self.ff_in.with_gelu(normed)), modulation.gate_mlp)


def _modulated_norm(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """``norm(x) * (1 + scale) + shift``; ``scale`` has its 1 already (see ``modulation``)."""
    return functional.layer_norm(x, x.shape[-1:], scale, shift, NORM_EPSILON)


def read_block(
    architecture: Architecture, weights: Callable[[str], Tensor], name: str, *, packed: bool
) -> DiTBlock:
    """Read the block called ``name``; ``weights`` returns a tensor by upstream's name.

    Args:
        architecture: The network's shape.
        weights: Where the tensors come from.
        name: Of the block.
        packed: Whether its products are to be done by packed weights (see ``linear``).
    """

    def linear(*layers: str) -> Linear:
        parts = ([weights(f"{name}.{layer}.{kind}") for layer in layers] for kind in _KINDS)
        plain = Linear(*(part[0] if len(part) == 1 else torch.cat(part) for part in parts))
        return plain.packed() if packed else plain

    norms = [
        weights(f"{name}.attn.{part}_norm.weight") if architecture.qk_norm else None
        for part in "qk"
    ]
    return DiTBlock(
        heads=architecture.heads,
        to_qkv=linear(*(f"attn.to_{part}" for part in "qkv")),
        q_norm=norms[0],
        k_norm=norms[1],
        to_out=linear("attn.to_out.0"),
        ff_in=linear("ff.ff.0.0"),
        ff_out=linear("ff.ff.2"),
    )
