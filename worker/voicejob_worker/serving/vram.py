"""The answer to ``GET /admin/vram``: what the GPU's memory is used for, now."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.nvml import (
    NVMLFaultError,
    memory,
    own_device,
    torch_cuda,
)
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from voicejob_worker.serving.model_pool import ModelPool


def vram_report(models: ModelPool) -> dict[str, Any]:
    """Tell the GPU's memory and what each loaded model holds, in MiB, measured at this moment.

    It stays true while voices speak and are loaded: what a model holds is counted in the model.
    What there is no GPU for is None, and so is what NVML does not tell of a GPU that shares the
    CPU's memory.
    """
    stats = models.stats(anew=True)
    return {
        "mode": "low" if any(one.low_memory for one in stats) else "normal",
        **_device_memory(),
        **_torch_memory(),
        "models": [asdict(one) for one in stats],
    }


def _device_memory() -> dict[str, str | int | None]:
    """The device's name and its memory by all processes, as NVML tells them."""
    told: dict[str, str | int | None] = {"device": None, "free_mib": None, "total_mib": None}
    # No library or no driver: no GPU.
    with suppress(NVMLFaultError), own_device(ledger.index) as device:
        if device is not None:
            told["device"] = device.name
            now = memory(device)
            if now is not None:
                told |= {"free_mib": now.free // MIB, "total_mib": now.total // MIB}
    return told


def _torch_memory() -> dict[str, int | None]:
    """Memory of this process' tensors on the GPU, and what torch has taken from it for them.

    Which GPU that is must be said: each thread has its own current one, and here it is the first.
    """
    cuda = torch_cuda()
    if cuda is None:
        return {"allocated_mib": None, "reserved_mib": None}
    return {
        "allocated_mib": cuda.memory_allocated(ledger.index) // MIB,
        "reserved_mib": cuda.memory_reserved(ledger.index) // MIB,
    }
