"""Brings the weights of a network to a device, and takes them off again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import torch
from torch import nn

from voicejob_worker.device.release import release_memory
from voicejob_worker.failures.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

Loaded = TypeVar("Loaded")

CPU: Final = torch.device("cpu")


def load_or_keep_on_host(
    load: Callable[[torch.device], Loaded],
    device: torch.device,
    what: str,
    note: Callable[[str], None],
) -> Loaded:
    """Load to a device, and to the machine's memory where the device's runs out on the way.

    From there whoever uses it brings it to the device, with all that is tried for lack of memory.

    Args:
        load: Reads it, to a device.
        device: Where it is to be.
        what: Its name in the note.
        note: Told where it is not there, in words for people.
    """
    try:
        return load(device)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) or device == CPU:
            raise
    # Here, and not above: the exception is gone by now, and with it its tensors.
    release_memory()
    note(f"the GPU's memory ran out as {what} was loaded")
    return load(CPU)


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
