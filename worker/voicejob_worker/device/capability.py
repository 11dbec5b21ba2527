"""Compute capabilities of NVIDIA's GPUs: what each bound means, without torch."""

import re
from collections.abc import Sequence
from typing import Final

from voicejob_worker.device.versions import Version

Capability = Version
"""Major and minor version: ``(7, 5)`` of a GTX 1660 or a T4."""

_BUILT_FOR: Final = re.compile(r"(sm|compute)_(\d+)[a-z]?")
"""``sm_90a`` has what ``sm_90`` has and more."""
HALF_PRECISION: Final[Capability] = (7, 0)
"""From Volta on, half precision is computed fast and added up in single precision."""


def runs_on(capability: Capability, built_for: Sequence[str]) -> bool:
    """Whether code for any of ``built_for`` runs on a device.

    ``sm_75`` runs on the same major version from that minor one on; ``compute_75`` is compiled for
    whatever is newer (CUDA C++ Programming Guide, binary and PTX compatibility). Names of another
    maker's GPUs (``gfx90a``) are code for none of NVIDIA's.
    """
    for name in built_for:
        found = _BUILT_FOR.fullmatch(name)
        if found is None:
            continue
        made = divmod(int(found[2]), 10)
        if found[1] == "compute" and capability >= made:
            return True
        if found[1] == "sm" and capability[0] == made[0] and capability[1] >= made[1]:
            return True
    return False
