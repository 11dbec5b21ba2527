"""What memory there is, for an exception that does not say."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from voicejob_worker.failures.out_of_memory import MemoryFigures, memory_figures

_MIB: Final = 1 << 20
_PAGE: Final = 4096


def figures_on(device: torch.device, error: BaseException) -> MemoryFigures:
    """The figures of ``error``, and the device's where it has none.

    Called before anything is given back: afterwards they say nothing of the lack.
    """
    figures = memory_figures(error)
    if figures.held is None:
        figures = replace(figures, held=_held(device))
    if figures.free is None and device.type == "cuda" and torch.cuda.is_available():
        # Where there is no context yet it wants memory itself, and there may be none.
        with suppress(RuntimeError):
            free, total = torch.cuda.mem_get_info(device)
            figures = replace(figures, free=free // _MIB, total=total // _MIB)
    return figures


def _held(device: torch.device) -> int:
    """MiB that this process has: torch's on a GPU, all that is resident on the host."""
    if device.type == "cuda" and torch.cuda.is_available():
        return torch.cuda.memory_reserved(device) // _MIB
    resident = Path("/proc/self/statm").read_text().split()[1]
    return int(resident) * _PAGE // _MIB


def free_bytes(device: torch.device) -> int | None:
    """What a new tensor could take on a GPU, from the driver or of what torch keeps for later."""
    if device.type != "cuda" or not torch.cuda.is_available():
        return None
    free, _ = torch.cuda.mem_get_info(device)
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free + kept
