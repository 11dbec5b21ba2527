"""Compute capabilities of NVIDIA's GPUs: what each bound means, without torch."""

from collections.abc import Sequence
from typing import Final

Capability = tuple[int, int]
"""Major and minor version: ``(7, 5)`` of a GTX 1660 or a T4."""

HALF_PRECISION: Final[Capability] = (7, 0)
"""From Volta on, half precision is computed fast and added up in single precision."""


def parse_capability(text: str) -> Capability:
    """Read ``7.5``, as the status has it."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def format_capability(capability: Capability) -> str:
    """Write ``7.5``, as the status has it."""
    return f"{capability[0]}.{capability[1]}"


def runs_on(capability: Capability, built_for: Sequence[str]) -> bool:
    """Whether code for any of ``built_for`` runs on a device.

    ``sm_75`` runs on the same major version from that minor one on; ``compute_75`` is compiled for
    whatever is newer (CUDA C++ Programming Guide, binary and PTX compatibility).
    """
    for name in built_for:
        kind, _, digits = name.partition("_")
        number = int("".join(filter(str.isdigit, digits)))
        made = divmod(number, 10)
        if kind == "compute" and capability >= made:
            return True
        if kind == "sm" and capability[0] == made[0] and capability[1] >= made[1]:
            return True
    return False
