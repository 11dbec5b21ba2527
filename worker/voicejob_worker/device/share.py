"""How much of a GPU's memory was asked for, and how much of it there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from voicejob_api.gpu import MEMORY_TOLERANCE
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicejob_api.gpu import GPU

_MIG: Final = re.compile(r"/mig-\d+g\.(\d+)gb\b")
"""Resource of a MIG profile, as NVIDIA's device plugin names it: ``nvidia.com/mig-1g.10gb``."""
_LIMITS: Final = ("CUDA_DEVICE_MEMORY_LIMIT_0", "CUDA_DEVICE_MEMORY_LIMIT")
"""Set by HAMi in a container that has a share of a GPU: ``3000m``."""
_LIMIT: Final = re.compile(r"(\d+)([gmk]?)b?", re.IGNORECASE)
_MIB_BY_UNIT: Final = {"g": 1024.0, "m": 1.0, "k": 1 / 1024, "": 1 / MIB}
_SAME_TOTAL: Final = 0.05
"""By how much CUDA's total may be under NVML's, as a share, and still be that of the whole device:
the driver keeps 1 to 2 % for itself, and up to 200 MiB of a small card."""


def requested_mib(
    gpu: GPU | None, told_mib: int | None, environment: Mapping[str, str]
) -> int | None:
    """Return the memory that was asked for in MiB; None where it was any GPU, or none.

    Args:
        gpu: ``spec.gpu``; None without a GPU.
        told_mib: What the operator asked for in its place; None where nobody says it.
        environment: The container's.
    """
    return stated_mib(gpu, told_mib) or _profile_mib(gpu) or _limit_mib(environment)


def stated_mib(gpu: GPU | None, told_mib: int | None) -> int | None:
    """Return the memory in MiB that was asked for as a number; None where there is no such number.

    The operator may ask for more than ``spec.gpu`` does: earlier VoiceJobs or attempts needed it.
    """
    return told_mib or (gpu.memory_mib if gpu is not None else None)


def needed_mib(gpu: GPU | None, told_mib: int | None) -> int | None:
    """Return the memory in MiB under which the GPU is not what was asked for; None for any.

    A MIG profile that is asked for by its name is what it is: the name rounds its memory up
    (``1g.10gb`` has 9,728 MiB, ``1g.18gb`` 16,384), so nothing up to it is compared.
    """
    stated, profile = stated_mib(gpu, told_mib), _profile_mib(gpu)
    return None if stated is None or stated <= (profile or 0) else stated


def is_enough(total_mib: int, needed: int) -> bool:
    """Whether a GPU of ``total_mib`` is one of ``needed`` MiB, as cards are sold."""
    return total_mib >= needed * (1 - MEMORY_TOLERANCE)


def is_same_memory(of_nvml: int, of_cuda: int) -> bool:
    """Whether both totals are of one device; else CUDA sees a share of what NVML sees."""
    return abs(of_cuda - of_nvml) <= _SAME_TOTAL * of_nvml


def usable_mib(of_nvml: int | None, of_cuda: int) -> int:
    """Return how much memory a device, or the share of one that this process has, is known to have.

    Args:
        of_nvml: NVML's total; None where it tells none (GB10, Jetson).
        of_cuda: CUDA's, which is without what the driver keeps for itself.
    """
    if of_nvml is None:
        return of_cuda
    # Cards are labelled, bought and asked for by NVML's total, not by what the driver leaves.
    return of_nvml if is_same_memory(of_nvml, of_cuda) else min(of_nvml, of_cuda)


def _profile_mib(gpu: GPU | None) -> int | None:
    """Memory in the name of a MIG profile that ``spec.gpu`` names."""
    profile = _MIG.search((gpu.resource_name if gpu is not None else None) or "")
    return int(profile.group(1)) * 1024 if profile else None


def _limit_mib(environment: Mapping[str, str]) -> int | None:
    """The share that HAMi gives this container."""
    limit = _LIMIT.fullmatch(
        next((environment[name] for name in _LIMITS if name in environment), "")
    )
    if limit is None:
        return None
    return int(int(limit.group(1)) * _MIB_BY_UNIT[limit.group(2).lower()]) or None
