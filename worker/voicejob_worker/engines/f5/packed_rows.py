"""Where each frame of a batch lies among the rows that the network works on.

No utterance is padded: the frames of all lie end to end, and with guidance a second copy of them
all follows, the unconditional one. So guidance is one operation over two halves, and a step of the
solver one over the first. All that follows from the layout is worked out once per batch, not once
per step.

Shapes: u utterances, n frames of all of them together, c copies (2 with guidance, else 1),
r = c * n rows, k values of a head (``dim_head``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from voicejob_worker.device.transfer import to_device
from voicejob_worker.engines.f5.constants import ROTARY_BASE


@dataclass(frozen=True)
class Gaps:
    """Rows of zeros between utterances, for convolutions over all of them at once.

    A convolution sees half of its kernel beyond a row. With as many rows of zeros between them, no
    utterance sees another, and each sees the zeros that it sees if it is alone.
    """

    places: Tensor
    """Row of each frame among frames and gaps, shape ``(n,)``, int64."""
    mask: Tensor
    """1 for a frame, 0 in a gap, shape ``(rows, 1)``."""

    def open(self, x: Tensor) -> Tensor:
        """Put the gaps between utterances: ``(c, n, d)`` to ``(c, rows, d)``."""
        spaced = x.new_zeros(x.shape[0], len(self.mask), x.shape[2])
        return spaced.index_copy_(1, self.places, x)

    def close(self, x: Tensor) -> Tensor:
        """Take the gaps out again: ``(c, rows, d)`` to ``(c, n, d)``."""
        return x.index_select(1, self.places)


@dataclass(frozen=True)
class PackedRows:
    """The layout of a batch."""

    lengths: tuple[int, ...]
    """Frames of each utterance."""
    copies: int
    rotary: Tensor
    """Rotary positions as unit complex numbers, shape ``(r, 1, 1, k / 2)``: the same for every
    head, and for queries and keys."""
    gaps: Gaps | None
    """None for a single utterance, which has no neighbour."""
    cu_seq: Tensor | None
    """Where each copy of each utterance begins, and the end: shape ``(c * u + 1,)``, int32, as
    ``varlen_attn`` wants it. None where attention is computed utterance by utterance."""
    max_rows: int
    """Rows that are worked on together at most, in all that is done row by row."""

    @property
    def frames(self) -> int:
        """Frames of all utterances together."""
        return sum(self.lengths)

    def spans(self) -> Iterator[tuple[int, int]]:
        """First and last frame (exclusive) of each utterance, within a copy."""
        return pairwise(accumulate(self.lengths, initial=0))

    def slices(self) -> Iterator[slice]:
        """All rows in slices of nearly equal size, ``max_rows`` or fewer."""
        total = self.copies * self.frames
        size = math.ceil(total / math.ceil(total / self.max_rows))
        for start in range(0, total, size):
            yield slice(start, min(start + size, total))

    def alone(self, start: int, stop: int) -> PackedRows:
        """The layout of one copy of one utterance."""
        rotary = self.rotary[start:stop]
        return PackedRows((stop - start,), 1, rotary, None, None, self.max_rows)


@dataclass(frozen=True)
class Packing:
    """What decides a layout, besides the batch."""

    device: torch.device
    dtype: torch.dtype
    dim_head: int
    gap: int
    """Rows of zeros that a convolution needs between utterances: half of its kernel."""
    max_rows: int
    """See ``PackedRows``."""
    varlen: bool
    """Whether attention is computed for all utterances in one call."""


def pack(lengths: Sequence[int], copies: int, packing: Packing) -> PackedRows:
    """Lay utterances of these many frames end to end."""
    device = packing.device
    # Positions begin anew with each utterance.
    positions = torch.cat([torch.arange(length) for length in lengths])
    table = _rotary_table(max(lengths), packing.dim_head, device)
    rotary = table.index_select(0, to_device(positions, device)).repeat(copies, 1)
    cu_seq = None
    if packing.varlen:
        starts = torch.tensor([0, *accumulate(copies * tuple(lengths))], dtype=torch.int32)
        cu_seq = to_device(starts, device)
    gaps = _gaps(lengths, packing) if len(lengths) > 1 else None
    return PackedRows(tuple(lengths), copies, rotary[:, None, None], gaps, cu_seq, packing.max_rows)


def _gaps(lengths: Sequence[int], packing: Packing) -> Gaps:
    starts = accumulate(lengths[:-1], lambda at, length: at + length + packing.gap, initial=0)
    places = torch.cat(
        [torch.arange(start, start + n) for start, n in zip(starts, lengths, strict=True)]
    )
    mask = torch.zeros(sum(lengths) + packing.gap * (len(lengths) - 1), 1, dtype=packing.dtype)
    mask[places] = 1
    return Gaps(to_device(places, packing.device), to_device(mask, packing.device))


def _rotary_table(frames: int, dim_head: int, device: torch.device) -> Tensor:
    """RoPE (RoFormer, arXiv:2104.09864) as unit complex numbers, shape ``(frames, k / 2)``.

    Row m holds ``exp(i m theta_j)`` with ``theta_j = 10000 ** (-2 j / k)`` (eq. 15): to multiply a
    pair of values by it turns the pair by its position.
    """
    exponents = torch.arange(0, dim_head, 2, device=device).float() / dim_head
    angles = torch.outer(
        torch.arange(frames, device=device).float(), 1.0 / (ROTARY_BASE**exponents)
    )
    return torch.polar(torch.ones_like(angles), angles)
