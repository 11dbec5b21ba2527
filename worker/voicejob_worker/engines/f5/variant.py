"""Tells the two variants of F5-TTS apart by what they make of a known recording.

Their checkpoints have the same tensors in the same shapes, and the wrong one speaks gibberish. But
the network was trained to minimise a loss, flow matching's (F5-TTS, arXiv:2410.06885, eq. 3), and
computed the wrong way it does worse: on a recording and its transcript, with the same noise, time
and masked span for both, the better one is the one that was trained. Networks of two blocks trained
for 200 steps show a difference of half to three quarters of the loss; random ones, of 0 to 6 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Final, Protocol

import torch
from torch import Tensor

from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SEEDS: Final = tuple(range(8))
"""Draws of noise, time and span that both variants are compared on."""

_STANDARD_ERRORS: Final = 5.4
"""Least distance of the mean difference from zero: Student's t of 8 draws at 99.9 %, two-sided."""
_MIN_MARGIN: Final = 0.1
"""Least share by which one loss is lower. Random weights prefer a variant, too: without fail, and
by a few per cent at most."""
_SPAN: Final = (0.7, 1.0)
"""Shares of a recording that were masked in training, and had to be filled in."""
_ASK: Final = "say in spec.model.variant which it is: v0 (F5TTS_Base) or v1 (F5TTS_v1_Base)"


class NotFiniteError(ModelUnusableError):
    """The network's numbers are infinite or none, in the precision that it was tried in."""


class VelocityField(Protocol):
    """A network, computed in one of the variants."""

    def velocity(self, x: Tensor, cond: Tensor, token_ids: Tensor, time: Tensor) -> Tensor:
        """The direction from noise to speech, without guidance.

        Args:
            x: What the noise has become, shape ``(1, frames, mel_dim)``.
            cond: The log-mel that is known, zero if it is not, shape ``(1, frames, mel_dim)``.
            token_ids: Indices of the whole text, shape ``(1, tokens)``.
            time: 0 for noise to 1 for speech, shape ``(1,)``.

        Returns:
            Shape ``(1, frames, mel_dim)``.
        """


@dataclass(frozen=True)
class Choice:
    """The variant that a checkpoint was found to be."""

    variant: Variant
    margin: float
    """Share by which its loss is lower than the other's, 0 to 1: the geometric mean over draws."""
    losses: Mapping[Variant, tuple[float, ...]]
    """Losses of each variant, one per draw."""


def probe(velocity_loss: Callable[[Variant, int], float], seeds: Sequence[int] = _SEEDS) -> Choice:
    """Compare the variants on the same draws.

    Args:
        velocity_loss: The flow-matching loss of a variant, on the draw that a seed names.
        seeds: At least 8.

    Raises:
        ModelUnusableError: neither is clearly the better.
    """
    return choose_variant(
        {variant: [velocity_loss(variant, seed) for seed in seeds] for variant in Variant}
    )


def choose_variant(losses: Mapping[Variant, Sequence[float]]) -> Choice:
    """The variant whose losses are lower, draw by draw, as logarithms: beyond chance and by enough.

    Raises:
        ModelUnusableError: neither is, or a loss is no number.
    """
    v0, v1 = losses[Variant.V0], losses[Variant.V1]
    if not all(math.isfinite(loss) and loss > 0 for loss in (*v0, *v1)):
        raise NotFiniteError(
            "the checkpoint's network gives no finite numbers for the voice reference: its weights "
            "are damaged, or they are another model's"
        )
    differences = [math.log(a / b) for a, b in zip(v0, v1, strict=True)]
    mean = fmean(differences)
    standard_error = stdev(differences) / math.sqrt(len(differences))
    margin = 1 - math.exp(-abs(mean))
    if margin < _MIN_MARGIN or abs(mean) < _STANDARD_ERRORS * standard_error:
        raise ModelUnusableError(
            "the variant of the checkpoint cannot be told by trying both on the voice reference: "
            f"the loss is {fmean(v0):.3f} as v0 and {fmean(v1):.3f} as v1 (margin {margin:.1%}, "
            f"expected {_MIN_MARGIN:.0%} without much scatter). Is the transcript that of the "
            "recording? A model trained with text_embedding_average_upsampling is not supported. "
            f"Otherwise {_ASK}"
        ).naming("spec.model.variant")
    return Choice(
        Variant.V1 if mean > 0 else Variant.V0,
        margin,
        {variant: tuple(values) for variant, values in losses.items()},
    )


@torch.inference_mode()
def flow_matching_loss(
    network: VelocityField, mel: Tensor, token_ids: Tensor, generator: torch.Generator
) -> float:
    """Mean squared error of the velocity in a masked span, as in training.

    Args:
        network: In the variant to be tried.
        mel: Log-mel of the recording, shape ``(frames, mel_dim)``.
        token_ids: The whole transcript's indices, shape ``(tokens,)``.
        generator: The CPU's, so that a seed means the same draw on every device.
    """
    share, place, t = torch.rand(3, generator=generator).tolist()
    length = max(1, int(len(mel) * (_SPAN[0] + (_SPAN[1] - _SPAN[0]) * share)))
    start = int((len(mel) - length) * place)
    span = slice(start, start + length)
    noise = torch.randn(mel.shape, generator=generator).to(mel)
    cond = mel.clone()
    cond[span] = 0
    x = (1 - t) * noise + t * mel
    time = torch.tensor([t], device=mel.device)
    velocity = network.velocity(x[None], cond[None], token_ids[None], time)[0].float()
    return (velocity - (mel - noise))[span].square().mean().item()
