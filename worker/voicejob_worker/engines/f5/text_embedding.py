"""What the network hears of the text: an embedding and ConvNeXt V2 blocks (arXiv:2301.00808).

In upstream's words: ``TextEmbedding`` with ``ConvNeXtV2Block`` and ``GRN``.

Shapes: 2 rows (the text, and the filler alone, for guidance), n frames, e channels (``text_dim``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.device.transfer import to_device
from voicejob_worker.engines.f5.constants import NORM_EPSILON

if TYPE_CHECKING:
    from voicejob_worker.engines.f5.architecture import Architecture
    from voicejob_worker.engines.f5.text_cache import TextCache

_POSITION_BASE: Final = 10_000.0
"""Base of the sinusoids [precompute_freqs_cis]; they are added, not turned by as in RoPE."""
_POSITIONS_AT_ONCE: Final = 1024
_FILLER: Final = 0
"""Token after a text, up to the end of its audio."""


@dataclass(frozen=True)
class _ConvNeXtV2Block:
    """Weights by upstream's names, and what they compute."""

    dwconv: Tensor
    dwconv_bias: Tensor
    norm: Tensor
    norm_bias: Tensor
    pwconv1: Tensor
    pwconv1_bias: Tensor
    grn_gamma: Tensor
    grn_beta: Tensor
    pwconv2: Tensor
    pwconv2_bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """``(2, n, e)`` to the same shape; a new tensor."""
        dim, _, width = self.dwconv.shape
        # Depthwise over time, then two linear layers over the channels with GRN between them.
        y = functional.conv1d(x.mT, self.dwconv, self.dwconv_bias, padding=width // 2, groups=dim)
        y = functional.layer_norm(y.mT, (dim,), self.norm, self.norm_bias, NORM_EPSILON)
        y = functional.gelu(functional.linear(y, self.pwconv1, self.pwconv1_bias))
        y = self._normalise_response(y)
        return x + functional.linear(y, self.pwconv2, self.pwconv2_bias)

    def _normalise_response(self, y: Tensor) -> Tensor:
        """Global response normalisation (GRN): each channel by its share of the energy.

        The norm is over dim 1, the whole length of the text with its filler: this is why no prefix
        of an embedding can be used for another text.
        """
        energy: Tensor = torch.linalg.vector_norm(y, dim=1, keepdim=True)  # (2, 1, channels)
        response = energy / (energy.mean(dim=-1, keepdim=True) + NORM_EPSILON)
        normalised: Tensor = self.grn_gamma * (y * response) + self.grn_beta + y
        return normalised


@dataclass
class TextEmbedding:
    """Embeds one text at a time.

    A text is padded with filler to the length of its audio, and the blocks' GRN pools over that
    whole length. So an embedding cannot be shared between texts with a common prefix, not even the
    reference's transcript that they all begin with, nor computed in a padded batch; it can only be
    cached whole. That pays when the same text comes again at the same length (another take, a
    repeated request). Computing one costs a thousandth of sampling.
    """

    table: Tensor
    """One row per token, and the filler's first: shape ``(vocabulary + 1, e)``."""
    blocks: tuple[_ConvNeXtV2Block, ...]
    cache: TextCache | None = None
    """Set by whoever speaks more than once."""
    positions: Tensor | None = None
    """Sinusoids of as many positions as were needed so far, shape ``(frames, e)``."""

    def __call__(self, ids: Sequence[int], frames: int, *, masked: bool) -> Tensor:
        """The text and, for guidance, its absence.

        Args:
            ids: Tokens, counted from 0 without the filler, at most ``frames``.
            frames: Frames of the audio.
            masked: Whether fillers are held at zero (v1) or embedded like any other token (v0).

        Returns:
            Shape ``(2, n, e)``: the text, and as much filler alone. Not to be changed.
        """
        if self.cache is None:
            return self._embed(ids, frames, masked)
        key = (tuple(ids), frames, masked)
        return self.cache.find_or_make(key, lambda: self._embed(ids, frames, masked))

    def _embed(self, ids: Sequence[int], frames: int, masked: bool) -> Tensor:
        tokens = torch.full((2, frames), _FILLER, dtype=torch.long)
        # + 1: row 0 of the table is the filler's, and the vocabulary is counted from 0.
        tokens[0, : len(ids)] = torch.tensor(ids, dtype=torch.long) + 1
        x = functional.embedding(to_device(tokens, self.table.device), self.table)  # (2, n, e)
        if not self.blocks:
            return x
        x = x + self._positions_up_to(frames)
        # Both rows are masked from the text's end on: upstream takes the mask of the conditional
        # branch for the unconditional one, too, whose fillers up to there are embedded.
        if masked:
            x[:, len(ids) :].zero_()
        for block in self.blocks:
            x = block(x)
            if masked:
                x[:, len(ids) :].zero_()
        return x

    def _positions_up_to(self, frames: int) -> Tensor:
        if self.positions is None or len(self.positions) < frames:
            rounded = -(-frames // _POSITIONS_AT_ONCE) * _POSITIONS_AT_ONCE
            made = _positions(rounded, self.table.shape[-1]).to(self.table.dtype)
            self.positions = to_device(made, self.table.device)
        return self.positions[:frames]


def _positions(frames: int, dim: int) -> Tensor:
    """Cosines, then sines, of the position: shape ``(frames, dim)``."""
    rates = 1.0 / (_POSITION_BASE ** (torch.arange(0, dim, 2).float() / dim))
    angles = torch.outer(torch.arange(frames).float(), rates)
    return torch.cat((angles.cos(), angles.sin()), -1)


def _read_block(weights: Callable[[str], Tensor], name: str) -> _ConvNeXtV2Block:
    parts = ("dwconv", "norm", "pwconv1")
    return _ConvNeXtV2Block(
        *(weights(f"{name}.{part}.{kind}") for part in parts for kind in ("weight", "bias")),
        *(weights(f"{name}.grn.{part}") for part in ("gamma", "beta")),
        *(weights(f"{name}.pwconv2.{kind}") for kind in ("weight", "bias")),
    )


def read_text_embedding(
    architecture: Architecture, weights: Callable[[str], Tensor]
) -> TextEmbedding:
    """Read the weights; ``weights`` returns a tensor by upstream's name."""
    names = [f"text_embed.text_blocks.{index}" for index in range(architecture.conv_layers)]
    return TextEmbedding(
        weights("text_embed.text_embed.weight"),
        tuple(_read_block(weights, name) for name in names),
    )
