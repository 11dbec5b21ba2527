"""What memory there is, for an exception that does not say."""

from __future__ import annotations

import resource
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch

from voicejob_worker.failures.out_of_memory import MemoryFigures, memory_figures
from voicejob_worker.units import MIB


def figures_on(device: torch.device, error: BaseException) -> MemoryFigures:
    """The figures of ``error``, and where it has none those of the memory that ran out.

    Called before anything is given back: afterwards they say nothing of the lack. With a model on a
    GPU it may be the host's memory all the same.
    """
    figures = memory_figures(error)
    is_on_gpu = figures.is_of_gpu and device.type == "cuda" and torch.cuda.is_available()
    if figures.held is None:
        held = torch.cuda.memory_reserved(device) // MIB if is_on_gpu else _resident_mib()
        figures = replace(figures, held=held)
    if figures.free is None and is_on_gpu:
        # Where there is no context yet it wants memory itself, and there may be none.
        with suppress(RuntimeError):
            free, total = torch.cuda.mem_get_info(device)
            figures = replace(figures, free=free // MIB, total=total // MIB)
    return figures


def _resident_mib() -> int:
    """Memory of the host that this process has."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize() // MIB  # 16 or 64 KiB on some machines with ARM


def free_bytes(device: torch.device) -> int | None:
    """What a new tensor could take on a GPU, from the driver or of what torch keeps for later."""
    if device.type != "cuda" or not torch.cuda.is_available():
        return None
    free, _ = torch.cuda.mem_get_info(device)
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free + kept
