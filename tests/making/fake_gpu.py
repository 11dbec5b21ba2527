"""A GPU without one: torch computes shapes, types and devices of "cuda" tensors, and no values.

Torch's FakeTensorMode raises where tensors of two devices meet, as a GPU does, so what is left
behind by a move is found. Beside it, ``DeviceLog`` counts what a GPU would be given to do.
"""

from __future__ import annotations

import weakref
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

GPU = torch.device("cuda:0")
_NO_LAUNCH = frozenset(
    (
        *("view", "_unsafe_view", "reshape", "_reshape_alias", "permute", "transpose", "mT", "t"),
        *("slice", "select", "split", "split_with_sizes", "unbind", "chunk", "expand", "expand_as"),
        *("as_strided", "detach", "alias", "unsqueeze", "squeeze", "flatten", "unflatten"),
        *("view_as_complex", "view_as_real", "lift_fresh", "device", "is_same_size"),
        *("empty", "empty_like", "empty_strided", "new_empty", "_local_scalar_dense", "numpy_T"),
    )
)
"""Operators that start nothing on a device: they give a new view, or memory with nothing in it."""
_READS_BACK = frozenset(("_local_scalar_dense", "item", "nonzero", "is_nonzero", "equal"))


@dataclass
class DeviceLog(TorchDispatchMode):
    """What was done on a GPU while it was active."""

    launches: Counter[str] = field(default_factory=Counter)
    """Operators that computed there, by name. One may be more than one kernel."""
    waits: list[str] = field(default_factory=list)
    """What has the host wait: values read back, copies to the host or from it without
    ``non_blocking``."""
    peak: int = 0
    """Most bytes of tensors there at once."""
    live: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def total(self) -> int:
        """Launches of all operators."""
        return sum(self.launches.values())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute, and note what that was."""
        kwargs = kwargs or {}
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        result = func(*args, **kwargs)
        made = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        name = func._schema.name.split("::")[1]
        devices = {one.device.type for one in (*given, *made)}
        if "cuda" in devices:
            self._count(name, devices, kwargs)
        for one in made:
            if one.device.type == "cuda":
                self._hold(one.untyped_storage())
        return result

    def _count(self, name: str, devices: set[str], options: dict[str, Any]) -> None:
        if name in _READS_BACK or (len(devices) > 1 and not options.get("non_blocking")):
            self.waits.append(name)
        if name not in _NO_LAUNCH:
            self.launches[name] += 1

    def _hold(self, storage: Any) -> None:
        if storage in self._seen:
            return
        self._seen.add(storage)
        size = storage.nbytes()
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._let_go, size)

    def _let_go(self, size: int) -> None:
        self.live -= size


def fake_mode() -> FakeTensorMode:
    """The mode in which "cuda" is there; tensors of one do not go into another."""
    return FakeTensorMode()
