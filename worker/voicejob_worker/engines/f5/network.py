"""F5-TTS's diffusion transformer (DiT): which way noise has to go to become speech.

F5-TTS, arXiv:2410.06885. The names of the weights are those of the package f5-tts; the computation
is our own. It needs neither that package nor x-transformers, which take seconds to import.

One evaluation, in upstream's words: ``InputEmbedding`` (with ``ConvPositionEmbedding``), ``depth``
times ``DiTBlock``, ``norm_out`` (AdaLN) and ``proj_out``. What does not change from step to step is
computed before: the text by ``TextEmbedding``, the projections of text and reference
(``Condition``), and the AdaLN by ``modulation``.

Shapes: n frames (of reference and utterance) of all utterances of a batch, end to end; c copies of
them (2 with guidance, else 1); r = c * n packed rows (see ``packed_rows``); d channels (``dim``); m
mel bands (``mel_dim``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.device.transfer import map_tensors, pinned, to_device
from voicejob_worker.engines.f5.architecture import Architecture, Variant
from voicejob_worker.engines.f5.constants import CONV_POS_GROUPS, NORM_EPSILON
from voicejob_worker.engines.f5.linear import can_pack
from voicejob_worker.engines.f5.modulation import StepModulation
from voicejob_worker.engines.f5.packed_rows import Gaps, PackedRows, Packing, pack
from voicejob_worker.engines.f5.text_embedding import TextEmbedding, read_text_embedding
from voicejob_worker.engines.f5.transformer import DiTBlock, read_block
from voicejob_worker.engines.f5.varlen import has_varlen

_MAX_ROWS: Final = {"cpu": 2048, "cuda": 32_768}
"""Rows at once. On a CPU, as many as keep buffers under the 32 MiB from which glibc returns them to
the system each time, to be cleared anew; fewer make matrix products slower. On a GPU, enough to
fill it."""
LOW_MEMORY_ROWS: Final = 1024
"""Rows at once if memory is short."""


@dataclass(frozen=True)
class TextInput:
    """What an utterance says, and how long it takes."""

    ids: Sequence[int]
    """Tokens of the reference's transcript and of the text after it."""
    frames: int
    """Frames of the reference and the utterance together."""


@dataclass(frozen=True)
class Condition:
    """What stays the same through all the steps of a batch."""

    fixed: Tensor
    """The part of the projected input that texts and reference make, shape ``(c, n, d)``. The first
    copy has both; the second, the unconditional one of guidance, has neither."""
    rows: PackedRows
    """Where each utterance lies in it."""

    def split(self) -> list[list[Condition]]:
        """Each utterance's copies one by one, each a condition of its own."""
        return [
            [Condition(copy[:, start:stop], self.rows.alone(start, stop)) for copy in self._copies]
            for start, stop in self.rows.spans()
        ]

    @property
    def _copies(self) -> tuple[Tensor, ...]:
        return torch.split(self.fixed, 1)


@dataclass(frozen=True)
class DiT:
    """The network, without the weights of its AdaLN (see ``modulation``).

    Its input layer is upstream's ``proj([noised | reference | text])``. A product with the three
    side by side is the sum of three products, so the weight is kept in three parts: only the first
    changes from step to step, and the other two are computed once per batch (``Condition``).
    """

    architecture: Architecture
    variant: Variant
    device: torch.device
    dtype: torch.dtype
    max_rows: int
    """Rows that are worked on at once; fewer take less memory."""
    varlen: bool
    """Whether attention is computed for all utterances in one call (see ``varlen``)."""
    text: TextEmbedding
    proj_noised: Tensor
    """Shape ``(d, m)``, as ``proj_reference``; ``proj_text`` is ``(d, text_dim)``."""
    proj_reference: Tensor
    proj_text: Tensor
    proj_bias: Tensor
    conv_pos: tuple[tuple[Tensor, Tensor], ...]
    """Kernel and bias of the two convolutions that tell positions [ConvPositionEmbedding]."""
    blocks: tuple[DiTBlock, ...]
    proj_out: Tensor
    proj_out_bias: Tensor

    def as_variant(self, variant: Variant) -> DiT:
        """The same weights, used as ``variant`` uses them."""
        return replace(self, variant=variant)

    def with_max_rows(self, rows: int) -> DiT:
        """The same network, which works on fewer rows at a time and takes less memory."""
        return replace(self, max_rows=rows)

    def on(self, device: torch.device) -> DiT:
        """The same weights on another device; this network itself if they are there."""
        if device == self.device:
            return self
        moved = map_tensors(self, lambda weights: to_device(weights, device))
        return replace(moved, device=device, max_rows=_MAX_ROWS[device.type])

    def on_host(self) -> DiT:
        """The same weights kept on the host, to be brought to a GPU again and again."""
        kept = map_tensors(self, lambda weights: pinned(weights.cpu()))
        return replace(kept, device=torch.device("cpu"))

    @torch.inference_mode()
    def condition(
        self, reference: Tensor, texts: Sequence[TextInput], *, guided: bool
    ) -> Condition:
        """Compute what stays the same through all steps, for utterances with the same reference.

        Args:
            reference: Log-mel of the reference, shape ``(reference_frames, m)``.
            texts: One per utterance.
            guided: Whether an unconditional copy is wanted, for guidance.
        """
        reference = to_device(reference, self.device).to(self.dtype)
        known = functional.linear(reference, self.proj_reference)
        copies = 2 if guided else 1
        fixed = [self._embed_text(known, text, copies) for text in texts]
        rows = pack([text.frames for text in texts], copies, self._packing)
        return Condition(fixed[0] if len(fixed) == 1 else torch.cat(fixed, 1), rows)

    @property
    def _packing(self) -> Packing:
        return Packing(
            device=self.device,
            dtype=self.dtype,
            dim_head=self.architecture.dim_head,
            gap=self.conv_pos[0][0].shape[-1] // 2,
            max_rows=self.max_rows,
            varlen=self.varlen,
        )

    def _embed_text(self, known: Tensor, text: TextInput, copies: int) -> Tensor:
        """The fixed part of one utterance, shape ``(c, frames, d)``."""
        embedded = self.text(text.ids, text.frames, masked=self.variant is Variant.V1)
        fixed = functional.linear(embedded[:copies], self.proj_text)
        fixed += self.proj_bias
        # Only the conditional copy hears the reference, and only in its first frames: what follows
        # is what is to be filled in, and upstream feeds zeros for it.
        fixed[0, : len(known)] += known
        return fixed

    @torch.inference_mode()
    def velocity(self, noised: Tensor, condition: Condition, modulation: StepModulation) -> Tensor:
        """Evaluate the network once for a batch of utterances, each as if it were alone.

        Args:
            noised: Where all utterances are between noise and speech, shape ``(n, m)``.
            condition: Theirs.
            modulation: The AdaLN at the time of this step, on the network's device and in its
                precision.

        Returns:
            Velocities of each copy, shape ``(c, n, m)``, float32.
        """
        rows = condition.rows
        x = self._embed_input(noised, condition).flatten(0, 1)  # (r, d)
        rotary_heads = 1 if self.variant is Variant.V0 else self.architecture.heads
        # One buffer for all blocks: it is larger than anything else that an evaluation needs.
        qkv = x.new_empty(len(x), len(self.blocks[0].to_qkv.bias))
        for block, block_modulation in zip(self.blocks, modulation.blocks, strict=True):
            block(x, block_modulation, rows, rotary_heads, qkv)
        # norm(x) * (1 + scale) + shift; final_scale has its 1 already.
        x = functional.layer_norm(
            x, x.shape[-1:], modulation.final_scale, modulation.final_shift, NORM_EPSILON
        )
        out = functional.linear(x, self.proj_out, self.proj_out_bias).float()
        return out.view(rows.copies, rows.frames, -1)

    def _embed_input(self, noised: Tensor, condition: Condition) -> Tensor:
        """The input of the blocks [InputEmbedding]: ``(n, m)`` to ``(c, n, d)``."""
        x = condition.fixed + functional.linear(noised.to(self.dtype), self.proj_noised)
        # Positions are added to what they were computed from.
        return x.add_(self._embed_positions(x, condition.rows.gaps))

    def _embed_positions(self, x: Tensor, gaps: Gaps | None) -> Tensor:
        """Positions by two grouped convolutions over time: ``(c, n, d)`` to the same shape."""
        y = x if gaps is None else gaps.open(x)
        for index, (kernel, bias) in enumerate(self.conv_pos):
            # What the first convolution left in the gaps is no utterance's: the second is to see
            # zeros there, as it does after the end of an utterance that is alone.
            if gaps is not None and index:
                y = y.mul_(gaps.mask)
            padding = kernel.shape[-1] // 2
            y = functional.conv1d(y.mT, kernel, bias, padding=padding, groups=CONV_POS_GROUPS)
            y = functional.mish(y, inplace=True).mT
        return y if gaps is None else gaps.close(y)


@torch.inference_mode()
def build(
    architecture: Architecture,
    variant: Variant,
    state: Mapping[str, Tensor],
    device: torch.device | str,
    dtype: torch.dtype,
    *,
    computes_here: bool = False,
) -> DiT:
    """Make a network of a checkpoint's tensors, which are copied: their file may go away.

    Args:
        architecture: The shape of the network that ``state`` holds.
        variant: Which generation of the model it is.
        state: Tensors by upstream's names, complete (see ``architecture.check_keys``).
        device: Where to compute.
        dtype: Precision of the weights and of the computation.
        computes_here: Whether it stays on ``device``. On the CPU its weights are then put in the
            order in which it is fastest (see ``linear``), in which no other device takes them.
    """
    device = torch.device(device)
    packed = computes_here and device.type == "cpu" and dtype is torch.float32 and can_pack()

    def weights(name: str) -> Tensor:
        return state[name].to(device, dtype, copy=True)

    # Columns of the input layer, in upstream's order: noised mel, reference mel, text.
    proj = weights("input_embed.proj.weight")
    sizes = [architecture.mel_dim, architecture.mel_dim, architecture.text_dim]
    proj_noised, proj_reference, proj_text = torch.split(proj, sizes, dim=1)
    convolutions = (f"input_embed.conv_pos_embed.conv1d.{index}" for index in (0, 2))
    return DiT(
        architecture=architecture,
        variant=variant,
        device=device,
        dtype=dtype,
        max_rows=_MAX_ROWS[device.type],
        varlen=has_varlen(device, dtype, architecture.dim_head),
        text=read_text_embedding(architecture, weights),
        proj_noised=proj_noised,
        proj_reference=proj_reference,
        proj_text=proj_text,
        proj_bias=weights("input_embed.proj.bias"),
        conv_pos=tuple(
            (weights(f"{name}.weight"), weights(f"{name}.bias")) for name in convolutions
        ),
        blocks=tuple(
            read_block(architecture, weights, f"transformer_blocks.{index}", packed=packed)
            for index in range(architecture.depth)
        ),
        proj_out=weights("proj_out.weight"),
        proj_out_bias=weights("proj_out.bias"),
    )
