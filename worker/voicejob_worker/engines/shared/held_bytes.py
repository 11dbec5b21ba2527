"""What a model holds in memory, counted in the model itself.

The difference of the process' or torch's memory before and after a load tells nothing true where
other voices are loaded and speak meanwhile.
"""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import numpy as np

_CPU: Final = "cpu"
_LEAVES: Final = (
    *(str, bytes, int, float, complex, type(None), type),
    *(ModuleType, FunctionType, BuiltinFunctionType, MethodType),
)
"""Kinds that hold no tensor of the model, or lead out of it."""
_SEQUENCES: Final = (list, tuple, set, frozenset, deque)


def held_bytes(root: object) -> dict[str, int]:
    """Count the bytes of the tensors and arrays that can be reached from ``root``, each once.

    A tensor counts with all of its storage. What holds weights outside of torch says how many bytes
    of them in an attribute ``resident_bytes``.

    Returns:
        Bytes by device, such as ``cpu`` and ``cuda:0``; a device without any is left out.
    """
    tensor: Any = getattr(sys.modules.get("torch"), "Tensor", type(None))
    sizes = Counter[str]()
    seen, storages = set[int](), set[tuple[str, int]]()
    found: list[Any] = [root]
    while found:
        one = found.pop()
        if isinstance(one, _LEAVES) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, tensor) and one.is_mkldnn:
            # Weights in oneDNN's own order have no storage that torch shows.
            sizes[_CPU] += one.numel() * one.element_size()
        elif isinstance(one, tensor):
            storage, device = one.untyped_storage(), str(one.device)
            # A tensor without values, on the device meta, has no address.
            place = (device, storage.data_ptr() or id(one))
            if place not in storages:
                storages.add(place)
                sizes[device] += storage.nbytes()
        elif isinstance(one, np.ndarray):
            sizes[_CPU] += one.nbytes if one.base is None else 0
        else:
            sizes[_CPU] += getattr(one, "resident_bytes", 0)
            found += _parts(one)
    return {device: size for device, size in sizes.items() if size}


def _parts(one: object) -> list[Any]:
    """What a container or an object holds; a snapshot, for other threads may change it."""
    if isinstance(one, Mapping):
        return [*one.values()]
    if isinstance(one, _SEQUENCES):
        return [*one]
    return [*getattr(one, "__dict__", {}).values()]
