"""Checkpoints of F5-TTS, in every layout that upstream and its users write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from voicejob_worker.engines.shared.tensorfiles import read_tensors
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

_STATES: Final = ("ema_model_state_dict", "model_state_dict")
"""Keys under which PyTorch checkpoints nest the network, preferred first: EMA weights sound better.
"""
_PREFIXES: Final = ("ema_model.", "module.", "_orig_mod.", "transformer.")
_BOOKKEEPING: Final = ("initted", "step")
"""Counters of ema-pytorch, which are not weights."""
_MEL_BUFFERS: Final = "mel_spec."
_ROTARY: Final = "rotary_embed.inv_freq"
_DTYPES: Final = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


@dataclass(frozen=True)
class F5Checkpoint:
    """A network's tensors, as a checkpoint holds them."""

    state: dict[str, Tensor]
    """Tensors by the names of upstream's DiT, as stored: on the CPU, in the file's precision."""
    rotary: Tensor | None
    """The table of rotary frequencies, shape ``(dim_head / 2,)``. It is a constant, not a weight,
    and is kept for what it tells about the architecture."""


def load_checkpoint(path: Path) -> F5Checkpoint:
    """Read a checkpoint.

    Raises:
        ModelUnusableError: it cannot be read (see ``tensorfiles.read_tensors``), holds no network,
            or holds one whose weights are no plain numbers.
    """
    state: dict[str, Tensor] = {}
    for name, weights in _network(path, read_tensors(path)).items():
        plain = _plain_name(name)
        if plain in _BOOKKEEPING or plain.startswith(_MEL_BUFFERS):
            continue
        if plain in state:
            raise ModelUnusableError(
                f"{path.name} holds {plain} twice, under different prefixes: keep one network in it"
            )
        if weights.dtype not in _DTYPES:
            raise ModelUnusableError(
                f"{path.name} holds {plain} as {weights.dtype}: weights in a reduced form are not "
                "supported, use the float32 or float16 checkpoint"
            )
        state[plain] = weights
    rotary = state.pop(_ROTARY, None)
    if not state:
        raise ModelUnusableError(f"{path.name} holds no weights: expected an F5-TTS model's")
    return F5Checkpoint(state, rotary)


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint alone; raises what ``load_checkpoint`` raises."""
    return load_checkpoint(path).state


def _network(path: Path, content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The part of a file's content that is the network."""
    for name in _STATES:
        nested = content.get(name)
        if isinstance(nested, Mapping):
            return _tensors(nested)
    tensors = _tensors(content)
    if not tensors:
        found = ", ".join(sorted(map(str, content))[:8]) or "nothing"
        raise ModelUnusableError(
            f"{path.name} holds {found}: expected {' or '.join(_STATES)}, or tensors by name"
        )
    return tensors


def _tensors(content: Mapping[Any, Any]) -> dict[str, Tensor]:
    """What a mapping holds of tensors; a name may be anything in a pickle."""
    return {str(name): value for name, value in content.items() if isinstance(value, Tensor)}


def _plain_name(name: str) -> str:
    """The name without what wrappers put before it, in whatever order they were wrapped."""
    while prefix := next((p for p in _PREFIXES if name.startswith(p)), None):
        name = name.removeprefix(prefix)
    return name
