"""A transformer block over utterances of any lengths, laid end to end.

No utterance is padded and none sees another: everything but attention works on single frames, and
attention is given one utterance at a time. What comes out is what each would give alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from voicejob_worker.engines.f5.architecture import Architecture
    from voicejob_worker.engines.f5.modulation import BlockModulation

_EPSILON: Final = 1e-6
_ROTARY_BASE: Final = 10_000.0


@dataclass(frozen=True)
class RowSpan:
    """An utterance's place in the rows."""

    start: int
    copies: int
    """2 where it is there twice, with its conditions and without."""
    frames: int

    @property
    def stop(self) -> int:
        """The row behind it."""
        return self.start + self.copies * self.frames


@dataclass(frozen=True)
class PackedRows:
    """How the rows that a block works on are laid out."""

    spans: tuple[RowSpan, ...]
    turns: Tensor
    """Rotary positions: complex, shape ``(rows, 1, 1, dim_head / 2)``."""
    at_once: int
    """Most rows that are worked on together, where that is free to choose."""

    def pieces(self) -> Iterator[slice]:
        """The rows in equal pieces of ``at_once`` or fewer."""
        total = self.spans[-1].stop
        size = math.ceil(total / math.ceil(total / self.at_once))
        for start in range(0, total, size):
            yield slice(start, min(start + size, total))


def pack(
    shapes: Sequence[tuple[int, int]], dim_head: int, device: torch.device, at_once: int
) -> PackedRows:
    """Lay utterances end to end.

    Args:
        shapes: Copies and frames of each.
        dim_head: Width of a head.
        device: Where the rows are.
        at_once: See ``PackedRows``.
    """
    spans = []
    start = 0
    for copies, frames in shapes:
        spans.append(RowSpan(start, copies, frames))
        start = spans[-1].stop
    table = _rotary_table(max(frames for _, frames in shapes), dim_head).to(device)
    turns = torch.cat([table[:frames].repeat(copies, 1) for copies, frames in shapes])
    return PackedRows(tuple(spans), turns[:, None, None], at_once)


def _rotary_table(frames: int, dim_head: int) -> Tensor:
    """Rotary position embedding (RoFormer, arXiv:2104.09864) as unit complex numbers."""
    rates = 1.0 / (_ROTARY_BASE ** (torch.arange(0, dim_head, 2).float() / dim_head))
    angles = torch.outer(torch.arange(frames).float(), rates)
    return torch.polar(torch.ones_like(angles), angles)


@dataclass(frozen=True)
class DiTBlock:
    """Weights of a block, and what it computes."""

    heads: int
    query_key_value: Tensor
    query_key_value_bias: Tensor
    query_norm: Tensor | None
    key_norm: Tensor | None
    out: Tensor
    out_bias: Tensor
    widen: Tensor
    widen_bias: Tensor
    narrow: Tensor
    narrow_bias: Tensor

    def __call__(
        self,
        x: Tensor,
        change: BlockModulation,
        rows: PackedRows,
        turned_heads: int,
        projected: Tensor,
    ) -> None:
        """Change ``x`` in place.

        Args:
            x: Shape ``(rows, dim)``.
            change: Of this block, at this time.
            rows: Whose rows they are.
            turned_heads: Heads that are told positions.
            projected: Room to work in: shape ``(rows, 3 * heads * dim_head)``.
        """
        for piece in rows.pieces():
            self._project(x[piece], change, projected[piece])
            self._place(projected[piece], rows.turns[piece], turned_heads)
        attended = self._attend(projected, rows.spans)
        for piece in rows.pieces():
            self._feed(x[piece], attended[piece], change)

    def _project(self, x: Tensor, change: BlockModulation, out: Tensor) -> None:
        normed = functional.layer_norm(
            x, x.shape[-1:], change.attention_scale, change.attention_shift, _EPSILON
        )
        torch.addmm(self.query_key_value_bias, normed, self.query_key_value.t(), out=out)

    def _place(self, projected: Tensor, turns: Tensor, turned_heads: int) -> None:
        """Normalise queries and keys where the network does, and turn them by their positions."""
        heads = projected.view(len(projected), 3, self.heads, -1)
        if self.query_norm is not None and self.key_norm is not None:
            for index, weight in enumerate((self.query_norm, self.key_norm)):
                part = heads[:, index]
                part.copy_(functional.rms_norm(part, weight.shape, weight, _EPSILON))
        turned = heads[:, :2, :turned_heads]
        single = turned.float()
        torch.view_as_complex(single.view(*single.shape[:-1], -1, 2)).mul_(turns)
        if single is not turned:
            turned.copy_(single)

    def _attend(self, projected: Tensor, spans: Sequence[RowSpan]) -> Tensor:
        parts = [self._attend_one(projected[span.start : span.stop], span) for span in spans]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _attend_one(self, projected: Tensor, span: RowSpan) -> Tensor:
        shape = (span.copies, span.frames, 3, self.heads, -1)
        query, key, value = projected.view(shape).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value)
        return attended.transpose(1, 2).reshape(span.copies * span.frames, -1)

    def _feed(self, x: Tensor, attended: Tensor, change: BlockModulation) -> None:
        x.addcmul_(functional.linear(attended, self.out, self.out_bias), change.attention_gate)
        normed = functional.layer_norm(
            x, x.shape[-1:], change.feed_scale, change.feed_shift, _EPSILON
        )
        hidden = functional.linear(normed, self.widen, self.widen_bias)
        hidden = torch.ops.aten.gelu_(hidden, approximate="tanh")
        x.addcmul_(functional.linear(hidden, self.narrow, self.narrow_bias), change.feed_gate)


def read_block(architecture: Architecture, weights: Callable[[str], Tensor], name: str) -> DiTBlock:
    """The block called ``name``; ``weights`` gives a tensor by upstream's name."""
    query_key_value = [
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
        *query_key_value,
        *norms,
        *(weights(f"{name}.{layer}.{kind}") for layer in layers for kind in ("weight", "bias")),
    )
