"""The shape of an F5-TTS network, inferred from a checkpoint's tensors.

Names and shapes are those of the DiT backbone of the package f5-tts 1.1.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from voicejob_worker.engines.f5.constants import (
    CONV_POS_GROUPS,
    MEL_DIM,
    ROTARY_BASE,
    TIME_FREQUENCIES,
)
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    Shape = tuple[int, ...]

_USUAL_DIM_HEAD: Final = 64
"""Values of a head in every published model [DiT, dim_head]: some conversions leave out the rotary
table, which tells it."""
_Q_NORM: Final = "transformer_blocks.0.attn.q_norm.weight"
_TEXT_KERNEL: Final = 7
_TEXT_WIDENING: Final = 2
_POSITION_KERNEL: Final = 31
_HALF_PRECISION: Final = 0.01
"""What rounding to bfloat16 may do to a frequency, and then some."""
_NAMED_KEYS: Final = 8


class Variant(StrEnum):
    """Two generations of the model that have the same keys and shapes and compute differently."""

    V0 = "v0"
    """F5TTS_Base: text padding is not masked, and rotary positions go to the first head only."""
    V1 = "v1"
    """F5TTS_v1_Base: text padding is held at zero, and every head has rotary positions."""


@dataclass(frozen=True)
class Architecture:
    """Sizes of the network."""

    dim: int
    depth: int
    heads: int
    dim_head: int
    ff_mult: int
    mel_dim: int
    text_dim: int
    vocabulary: int
    """Characters known; the embedding has one row more, for the filler."""
    conv_layers: int
    """ConvNeXt blocks over the text."""
    qk_norm: bool = False
    """Whether queries and keys pass an RMS norm."""
    is_dim_head_told: bool = True
    """Whether the checkpoint tells how wide heads are; else they are as in every published one."""


def infer_architecture(state: Mapping[str, Tensor], rotary: Tensor | None) -> Architecture:
    """The architecture whose tensors ``state`` holds.

    Args:
        state: Tensors by upstream's names, as ``f5_checkpoint.read_checkpoint`` gives them.
        rotary: The table of rotary frequencies, shape ``(dim_head / 2,)``. Where the checkpoint
            has none, the QK norm tells how wide heads are; where it has neither, they are taken to
            be 64 wide if its sizes are of the published models' kind.

    Raises:
        ModelUnusableError: it is another kind of network, or its shapes fit none.
    """
    _refuse_other_networks(state)
    query = _shape(state, "transformer_blocks.0.attn.to_q.weight", 2)
    inner, dim = query
    feed_forward, _ = _shape(state, "transformer_blocks.0.ff.ff.0.0.weight", 2)
    rows, text_dim = _shape(state, "text_embed.text_embed.weight", 2)
    mel_dim, _ = _shape(state, "proj_out.weight", 2)
    if mel_dim != MEL_DIM:
        raise ModelUnusableError(
            f"the checkpoint makes {mel_dim} mel bands: only {MEL_DIM} are supported, those of the "
            "24 kHz vocos vocoder"
        )
    dim_head = _untold_dim_head(state, inner, dim) if rotary is None else _dim_head(rotary)
    return Architecture(
        dim=dim,
        depth=_blocks(state, "transformer_blocks"),
        heads=_quotient(inner, dim_head, "query rows", "values per head"),
        dim_head=dim_head,
        ff_mult=_quotient(feed_forward, dim, "feed-forward rows", "channels"),
        mel_dim=mel_dim,
        text_dim=text_dim,
        vocabulary=rows - 1,
        conv_layers=_blocks(state, "text_embed.text_blocks"),
        qk_norm=_Q_NORM in state,
        is_dim_head_told=rotary is not None or _Q_NORM in state,
    )


def expected_shapes(architecture: Architecture) -> dict[str, Shape]:
    """Name and shape of every tensor of the network, but for the rotary table."""
    a = architecture
    shapes: dict[str, Shape] = {"text_embed.text_embed.weight": (a.vocabulary + 1, a.text_dim)}
    shapes |= _layer("time_embed.time_mlp.0", a.dim, TIME_FREQUENCIES)
    shapes |= _layer("time_embed.time_mlp.2", a.dim, a.dim)
    for index in range(a.conv_layers):
        shapes |= _text_block(f"text_embed.text_blocks.{index}", a.text_dim)
    shapes |= _layer("input_embed.proj", a.dim, 2 * a.mel_dim + a.text_dim)
    for index in (0, 2):
        name = f"input_embed.conv_pos_embed.conv1d.{index}"
        shapes |= _layer(name, a.dim, a.dim // CONV_POS_GROUPS, _POSITION_KERNEL)
    for index in range(a.depth):
        shapes |= _transformer_block(f"transformer_blocks.{index}", a)
    shapes |= _layer("norm_out.linear", 2 * a.dim, a.dim)
    shapes |= _layer("proj_out", a.mel_dim, a.dim)
    return shapes


def check_keys(state: Mapping[str, Tensor], architecture: Architecture) -> None:
    """Check that ``state`` has every tensor of the network, in its shape, and no other.

    Raises:
        ModelUnusableError: it has not; the first of the missing, the unexpected and the misshapen
            are named.
    """
    wanted = expected_shapes(architecture)
    misshapen = (
        f"{name} of {list(state[name].shape)} instead of {list(shape)}"
        for name, shape in wanted.items()
        if name in state and tuple(state[name].shape) != shape
    )
    faults = [
        *_named("missing", (name for name in wanted if name not in state)),
        *_named("unexpected", (name for name in state if name not in wanted)),
        *_named("misshapen", misshapen),
    ]
    if faults:
        raise ModelUnusableError(
            f"the checkpoint does not fit the network that its shapes promise ({architecture}): "
            + "; ".join(faults)
        )


def _text_block(name: str, dim: int) -> dict[str, Shape]:
    """A ConvNeXt V2 block."""
    inner = _TEXT_WIDENING * dim
    return {
        **_layer(f"{name}.dwconv", dim, 1, _TEXT_KERNEL),
        **_layer(f"{name}.norm", dim),
        **_layer(f"{name}.pwconv1", inner, dim),
        f"{name}.grn.gamma": (1, 1, inner),
        f"{name}.grn.beta": (1, 1, inner),
        **_layer(f"{name}.pwconv2", dim, inner),
    }


def _transformer_block(name: str, a: Architecture) -> dict[str, Shape]:
    inner, wide = a.heads * a.dim_head, a.ff_mult * a.dim
    shapes = _layer(f"{name}.attn_norm.linear", 6 * a.dim, a.dim)
    for part in ("q", "k", "v"):
        shapes |= _layer(f"{name}.attn.to_{part}", inner, a.dim)
    if a.qk_norm:
        shapes |= {f"{name}.attn.{part}_norm.weight": (a.dim_head,) for part in ("q", "k")}
    return {
        **shapes,
        **_layer(f"{name}.attn.to_out.0", a.dim, inner),
        **_layer(f"{name}.ff.ff.0.0", wide, a.dim),
        **_layer(f"{name}.ff.ff.2", a.dim, wide),
    }


def _layer(name: str, *weight: int) -> dict[str, Shape]:
    return {f"{name}.weight": weight, f"{name}.bias": weight[:1]}


def _refuse_other_networks(state: Mapping[str, Tensor]) -> None:
    for pattern, what in (
        (r"layers\.\d+\.", "an E2-TTS checkpoint (UNetT)"),
        (r"transformer_blocks\.\d+\.attn\.to_q_c\.|audio_embed\.", "an MMDiT checkpoint"),
        (r"long_skip_connection\.", "a DiT checkpoint with a long skip connection"),
    ):
        if any(re.match(pattern, name) for name in state):
            raise ModelUnusableError(
                f"this is {what}: the engine speaks F5-TTS's own DiT, as F5TTS_Base and "
                "F5TTS_v1_Base are"
            )


def _shape(state: Mapping[str, Tensor], name: str, rank: int) -> Shape:
    if name not in state:
        some = ", ".join(sorted(state)[:3])
        raise ModelUnusableError(
            f"the checkpoint has no tensor {name}, which every F5-TTS network has; its "
            f"{len(state)} tensors begin with {some}"
        )
    shape = tuple(state[name].shape)
    if len(shape) != rank or not all(shape):
        raise ModelUnusableError(
            f"the checkpoint's tensor {name} has shape {list(shape)}: expected {rank} dimensions, "
            "none of them empty"
        )
    return shape


def _blocks(state: Mapping[str, Tensor], prefix: str) -> int:
    """One more than the highest number behind ``prefix``."""
    numbers = (re.match(rf"{re.escape(prefix)}\.(\d{{1,4}})\.", name) for name in state)
    return 1 + max((int(match[1]) for match in numbers if match), default=-1)


def _untold_dim_head(state: Mapping[str, Tensor], inner: int, dim: int) -> int:
    """Width of a head without a rotary table: wrong ones fit the same tensors, and speak noise."""
    if _Q_NORM in state:
        return _shape(state, _Q_NORM, 1)[0]
    if inner == dim and not dim % _USUAL_DIM_HEAD:
        return _USUAL_DIM_HEAD
    raise ModelUnusableError(
        "the checkpoint has no rotary table (rotary_embed.inv_freq), which tells how wide its "
        "heads are: without one, as many query rows as channels are expected, in heads of "
        f"{_USUAL_DIM_HEAD}, and it has {inner} query rows for {dim} channels. Use the checkpoint "
        "as the training wrote it"
    )


def _dim_head(rotary: Tensor) -> int:
    """Width of a head: the table has a frequency for every two of its values (RoFormer, eq. 15)."""
    dim_head = 2 * rotary.numel()
    for index, frequency in enumerate(rotary.reshape(-1).tolist()):
        usual = ROTARY_BASE ** (-2 * index / dim_head)
        if not math.isclose(frequency, usual, rel_tol=_HALF_PRECISION):
            raise ModelUnusableError(
                f"the checkpoint's rotary frequency {index} is {frequency:.6g} instead of "
                f"{usual:.6g}: rescaled positions are not supported"
            )
    return dim_head


def _quotient(whole: int, part: int, whole_name: str, part_name: str) -> int:
    if not part or whole % part:
        raise ModelUnusableError(
            f"the checkpoint has {whole} {whole_name}, not a multiple of its {part} {part_name}: "
            "it is not an F5-TTS network"
        )
    return whole // part


def _named(kind: str, names: Iterable[str]) -> list[str]:
    """``missing: a, b``, with at most eight named; empty if there is none."""
    all_names = list(names)
    if not all_names:
        return []
    listed = ", ".join(all_names[:_NAMED_KEYS])
    more = len(all_names) - _NAMED_KEYS
    return [f"{len(all_names)} {kind}: {listed}" + (f" and {more} more" if more > 0 else "")]
