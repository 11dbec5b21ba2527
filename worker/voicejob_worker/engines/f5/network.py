"""F5-TTS's diffusion transformer: which way noise has to go to become speech (arXiv:2410.06885).

The names of the weights are those of the package f5-tts; the computation is our own. It needs
neither that package nor x-transformers, which take seconds to import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from voicejob_worker.engines.f5.architecture import Architecture, Variant
from voicejob_worker.engines.f5.modulation import StepModulation
from voicejob_worker.engines.f5.text_embedding import TextEmbedding
from voicejob_worker.engines.f5.transformer import DiTBlock, pack, read_block

_POSITION_GROUPS: Final = 16
_EPSILON: Final = 1e-6
_ROWS_AT_ONCE: Final = {"cpu": 2048, "cuda": 32_768}
"""On a CPU, as many as keep buffers under the 32 MiB from which glibc returns them to the system
each time, to be cleared anew; fewer make matrix products slower.
On a GPU, enough to fill it."""
FEW_ROWS: Final = 1024
"""Rows at once where memory is short."""


@dataclass(frozen=True)
class Condition:
    """What stays the same through all the steps of an utterance."""

    fixed: Tensor
    """The reference's and the text's part of the input, shape ``(copies, frames, dim)``. The first
    copy has both; the second, for guidance, has neither."""

    @property
    def frames(self) -> int:
        """Frames of the reference and the utterance together."""
        return self.fixed.shape[1]

    def apart(self) -> list[Condition]:
        """The copies one by one."""
        return [Condition(copy) for copy in torch.split(self.fixed, 1)]


@dataclass(frozen=True)
class DiT:
    """The network, without the weights that make the modulation (see ``modulation``)."""

    architecture: Architecture
    variant: Variant
    device: torch.device
    dtype: torch.dtype
    rows_at_once: int
    text: TextEmbedding
    project_noised: Tensor
    project_reference: Tensor
    project_text: Tensor
    project_bias: Tensor
    position: tuple[tuple[Tensor, Tensor], ...]
    blocks: tuple[DiTBlock, ...]
    project_out: Tensor
    project_out_bias: Tensor

    def as_variant(self, variant: Variant) -> DiT:
        """The same weights, used as ``variant`` uses them."""
        return replace(self, variant=variant)

    def with_rows_at_once(self, rows: int) -> DiT:
        """The same network, which works on fewer rows at a time and takes less memory."""
        return replace(self, rows_at_once=rows)

    @torch.inference_mode()
    def conditions(
        self, reference: Tensor, texts: Sequence[tuple[Sequence[int], int]], *, guided: bool
    ) -> list[Condition]:
        """Prepare utterances that follow the same reference.

        Args:
            reference: Its log-mel, shape ``(reference_frames, mel_dim)``.
            texts: For each utterance the tokens of the transcript and its text, and the frames of
                both together.
            guided: Whether a copy without conditions is wanted.
        """
        known = functional.linear(reference.to(self.device, self.dtype), self.project_reference)
        return [self._condition(known, ids, frames, guided) for ids, frames in texts]

    def _condition(self, known: Tensor, ids: Sequence[int], frames: int, guided: bool) -> Condition:
        text = self.text(ids, frames, masked=self.variant is Variant.V1)
        fixed = functional.linear(text if guided else text[:1], self.project_text)
        fixed += self.project_bias
        fixed[0, : len(known)] += known
        return Condition(fixed)

    @torch.inference_mode()
    def velocities(
        self, noised: Sequence[Tensor], conditions: Sequence[Condition], change: StepModulation
    ) -> list[Tensor]:
        """Evaluate the network once for a batch of utterances, each as if it were alone.

        Args:
            noised: Where they are between noise and speech: each of shape ``(frames, mel_dim)``.
            conditions: Theirs.
            change: The modulation at the time of this step, on the network's device and in its
                precision.

        Returns:
            Velocities, each of shape ``(copies, frames, mel_dim)``, float32.
        """
        shapes = [(condition.fixed.shape[0], condition.frames) for condition in conditions]
        rows = pack(shapes, self.architecture.dim_head, self.device, self.rows_at_once)
        x = torch.cat(
            [self._input(*pair).flatten(0, 1) for pair in zip(noised, conditions, strict=True)]
        )
        turned_heads = 1 if self.variant is Variant.V0 else self.architecture.heads
        projected = x.new_empty(len(x), self.blocks[0].query_key_value.shape[0])
        for block, block_change in zip(self.blocks, change.blocks, strict=True):
            block(x, block_change, rows, turned_heads, projected)
        x = functional.layer_norm(x, x.shape[-1:], change.final_scale, change.final_shift, _EPSILON)
        out = functional.linear(x, self.project_out, self.project_out_bias).float()
        return [
            out[span.start : span.stop].view(span.copies, span.frames, -1) for span in rows.spans
        ]

    def _input(self, noised: Tensor, condition: Condition) -> Tensor:
        """Shape ``(copies, frames, dim)``."""
        x = condition.fixed + functional.linear(
            noised.to(self.device, self.dtype), self.project_noised
        )
        y = x.mT
        for kernel, bias in self.position:
            padding = kernel.shape[-1] // 2
            y = functional.conv1d(y, kernel, bias, padding=padding, groups=_POSITION_GROUPS)
            y = functional.mish(y, inplace=True)
        return x.add_(y.mT)


@torch.inference_mode()
def build(
    architecture: Architecture,
    variant: Variant,
    state: Mapping[str, Tensor],
    device: torch.device | str,
    dtype: torch.dtype,
) -> DiT:
    """Make a network of a checkpoint's tensors, which are copied: their file may go away.

    Args:
        architecture: That of ``state``.
        variant: Which generation of the model it is.
        state: Tensors by upstream's names, complete (see ``architecture.check_keys``).
        device: Where to compute.
        dtype: Precision of the weights and of the computation.
    """
    device = torch.device(device)

    def weights(name: str) -> Tensor:
        return state[name].to(device, dtype, copy=True)

    project = weights("input_embed.proj.weight")
    sizes = [architecture.mel_dim, architecture.mel_dim, architecture.text_dim]
    noised, reference, text = torch.split(project, sizes, dim=1)
    convolutions = (f"input_embed.conv_pos_embed.conv1d.{index}" for index in (0, 2))
    return DiT(
        architecture=architecture,
        variant=variant,
        device=device,
        dtype=dtype,
        rows_at_once=_ROWS_AT_ONCE[device.type],
        text=TextEmbedding(architecture, weights),
        project_noised=noised,
        project_reference=reference,
        project_text=text,
        project_bias=weights("input_embed.proj.bias"),
        position=tuple(
            (weights(f"{name}.weight"), weights(f"{name}.bias")) for name in convolutions
        ),
        blocks=tuple(
            read_block(architecture, weights, f"transformer_blocks.{index}")
            for index in range(architecture.depth)
        ),
        project_out=weights("proj_out.weight"),
        project_out_bias=weights("proj_out.bias"),
    )
