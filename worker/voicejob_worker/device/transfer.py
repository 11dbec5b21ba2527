"""Copies to a device for which nobody waits, and what is copied along as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

Part = TypeVar("Part")


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy from the host without making it wait for what the GPU has still to do."""
    if device.type == "cpu" or tensor.device == device:
        return tensor.to(device)
    return pinned(tensor).to(device, non_blocking=True)


def pinned(tensor: Tensor) -> Tensor:
    """The tensor in host memory that the GPU copies from by itself, if there is any left."""
    if not torch.cuda.is_available():
        return tensor
    try:
        return tensor.pin_memory()
    except RuntimeError:
        # The host limits what may be pinned; a copy from other memory is slower, no more.
        return tensor


def map_tensors(part: Part, change: Callable[[Tensor], Tensor]) -> Part:
    """The same dataclass, or tuple, with every tensor in it changed, however deep it lies."""
    changed: Any = part
    if isinstance(part, Tensor):
        changed = change(part)
    elif isinstance(part, tuple):
        changed = tuple(map_tensors(one, change) for one in part)
    elif is_dataclass(part) and not isinstance(part, type):
        inner = {field.name: getattr(part, field.name) for field in fields(part)}
        changed = replace(part, **{name: map_tensors(one, change) for name, one in inner.items()})
    result: Part = changed
    return result
