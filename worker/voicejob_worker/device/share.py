"""How much of a GPU's memory was asked for, where it was less than the whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from collections.abc import Mapping

_MIG: Final = re.compile(r"/mig-\d+g\.(\d+)gb\b")
"""Resource of a MIG profile, as NVIDIA's device plugin names it: ``nvidia.com/mig-1g.10gb``."""
_LIMITS: Final = ("CUDA_DEVICE_MEMORY_LIMIT_0", "CUDA_DEVICE_MEMORY_LIMIT")
"""Set by HAMi in a container that has a share of a GPU: ``3000m``."""
_LIMIT: Final = re.compile(r"(\d+)([gmk]?)b?", re.IGNORECASE)
_MIB_BY_UNIT: Final = {"g": 1024.0, "m": 1.0, "k": 1 / 1024, "": 1 / MIB}


def requested_mib(resource_name: str | None, environment: Mapping[str, str]) -> int | None:
    """Return the memory that was asked for in MiB; None where it was a whole GPU, or none.

    Args:
        resource_name: ``spec.gpu.resourceName``; None without a GPU.
        environment: The container's.
    """
    profile = _MIG.search(resource_name or "")
    if profile is not None:
        return int(profile.group(1)) * 1024
    limit = _LIMIT.fullmatch(
        next((environment[name] for name in _LIMITS if name in environment), "")
    )
    if limit is None:
        return None
    return int(int(limit.group(1)) * _MIB_BY_UNIT[limit.group(2).lower()]) or None
