"""Brings the weights of a network to a device, and takes them off again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

CPU: Final = torch.device("cpu")


def move(network: nn.Module, device: torch.device) -> None:
    """Move all weights that are not on ``device``, one by one.

    Also those of a network half of which was moved when memory ran out, and in whatever mode torch
    is: ``Module.to`` writes into parameters, which torch forbids for those that inference mode
    made. Weights that a network has twice stay one.
    """
    # With the originals, for what takes the place of one that is gone may get its id.
    moved: dict[int, tuple[Tensor, Tensor]] = {}
    for part in network.modules():
        has_moved = False
        for name, tensor in _own(part):
            if tensor.device != device:
                has_moved = True
                if id(tensor) not in moved:
                    moved[id(tensor)] = tensor, _moved(tensor, device)
                # Through setattr: recurrent layers list their weights a second time.
                setattr(part, name, moved[id(tensor)][1])
        if has_moved and isinstance(part, nn.RNNBase):
            # cuDNN wants them in one piece, else it puts them together at each call.
            part.flatten_parameters()


def _own(part: nn.Module) -> list[tuple[str, Tensor]]:
    """Parameters and buffers of a module itself, by name."""
    parameters = part.named_parameters(recurse=False, remove_duplicate=False)
    return [*parameters, *part.named_buffers(recurse=False, remove_duplicate=False)]


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    copied = tensor.detach().to(device)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(copied, requires_grad=False)
    return copied
