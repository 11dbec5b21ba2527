"""What the network hears of the text: an embedding and ConvNeXt V2 blocks (arXiv:2301.00808)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from voicejob_worker.engines.f5.architecture import Architecture
    from voicejob_worker.engines.f5.text_cache import TextCache

_BASE: Final = 10_000.0
_EPSILON: Final = 1e-6


class TextEmbedding:
    """Embeds one text at a time.

    A text is as long as its audio: fillers follow it. The blocks' response normalisation pools over
    that whole length, so nothing of it can be shared between texts, not even the embedding of the
    reference's transcript that they all begin with, nor computed in a padded batch. The whole of it
    comes again, though, wherever the same text is spoken at the same length: in another take, or
    for a request that is repeated. It is then taken from ``cache``, the very bits; else it is
    worked out, which is a thousandth of the work of sampling.
    """

    cache: TextCache | None = None
    """Given by who speaks more than once."""

    def __init__(self, architecture: Architecture, weights: Callable[[str], Tensor]) -> None:
        """``weights`` gives a tensor by upstream's name, on the device and in the precision."""
        self._table = weights("text_embed.text_embed.weight")
        self._blocks = [
            _read_block(weights, f"text_embed.text_blocks.{index}")
            for index in range(architecture.conv_layers)
        ]

    def __call__(self, ids: Sequence[int], frames: int, *, masked: bool) -> Tensor:
        """The text and, for guidance, its absence.

        Args:
            ids: Tokens, counted from 0 without the filler, at most ``frames``.
            frames: Frames of the audio.
            masked: Whether fillers are held at zero (v1) or embedded like any other token (v0).

        Returns:
            Shape ``(2, frames, text_dim)``: of the text, and of as much filler; not to be changed.
        """
        if self.cache is None:
            return self._embed(ids, frames, masked)
        key = (tuple(ids), frames, masked)
        return self.cache.find_or_make(key, lambda: self._embed(ids, frames, masked))

    def _embed(self, ids: Sequence[int], frames: int, masked: bool) -> Tensor:
        tokens = torch.zeros(2, frames, dtype=torch.long)
        tokens[0, : len(ids)] = torch.tensor(ids, dtype=torch.long) + 1
        x = functional.embedding(tokens.to(self._table.device), self._table)
        if not self._blocks:
            return x
        x = x + _positions(frames, x)
        if masked:
            x[:, len(ids) :] = 0
        for block in self._blocks:
            x = block(x)
            if masked:
                x[:, len(ids) :] = 0
        return x


def _positions(frames: int, like: Tensor) -> Tensor:
    """Cosines, then sines, of the position: shape ``(frames, text_dim)``."""
    dim = like.shape[-1]
    rates = 1.0 / (_BASE ** (torch.arange(0, dim, 2).float() / dim))
    angles = torch.outer(torch.arange(frames).float(), rates)
    return torch.cat((angles.cos(), angles.sin()), -1).to(like)


@dataclass(frozen=True)
class _ConvNeXtV2Block:
    kernel: Tensor
    kernel_bias: Tensor
    norm: Tensor
    norm_bias: Tensor
    widen: Tensor
    widen_bias: Tensor
    gamma: Tensor
    beta: Tensor
    narrow: Tensor
    narrow_bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        dim, _, width = self.kernel.shape
        y = functional.conv1d(x.mT, self.kernel, self.kernel_bias, padding=width // 2, groups=dim)
        y = functional.layer_norm(y.mT, (dim,), self.norm, self.norm_bias, _EPSILON)
        y = functional.gelu(functional.linear(y, self.widen, self.widen_bias))
        energy = torch.linalg.vector_norm(y, dim=1, keepdim=True)
        response = energy / (energy.mean(dim=-1, keepdim=True) + _EPSILON)
        y = self.gamma * (y * response) + self.beta + y
        return x + functional.linear(y, self.narrow, self.narrow_bias)


def _read_block(weights: Callable[[str], Tensor], name: str) -> _ConvNeXtV2Block:
    parts = ("dwconv", "norm", "pwconv1")
    return _ConvNeXtV2Block(
        *(weights(f"{name}.{part}.{kind}") for part in parts for kind in ("weight", "bias")),
        *(weights(f"{name}.grn.{part}") for part in ("gamma", "beta")),
        *(weights(f"{name}.pwconv2.{kind}") for kind in ("weight", "bias")),
    )
