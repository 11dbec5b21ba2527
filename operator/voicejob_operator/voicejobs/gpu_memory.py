"""What a worker's figures of its GPU's memory come to. All are in MiB.

They are a worker's word, which whoever may enter its pod can write: one that no card could have is
none.
"""

from typing import Final

from voicejob_api.gpu import MOST_MEMORY, memory_mib
from voicejob_api.status import VRAM, GPUInfo, GPURequest

_STEP_MIB: Final = 256
_NEIGHBOURS_MIB: Final = 512
"""Memory of others on the device, from which on it is taken for shared."""
MOST_MIB: Final = memory_mib(MOST_MEMORY)
"""No card has more."""


def plausible(mib: int | None) -> int | None:
    """The figure, if a card could have it."""
    return mib if mib is not None and 0 <= mib <= MOST_MIB else None


def rounded(mib: float) -> int:
    """A size to ask for: no less than this."""
    return int(-(-mib // _STEP_MIB) * _STEP_MIB)


def peak_mib(gpu: GPUInfo | None, vram: VRAM | None) -> int | None:
    """Highest memory that the attempt itself has taken; None if nobody measured it.

    What came onto the device since it began, CUDA's own share included. Of a share that CUDA alone
    sees NVML's figures are those of the whole card; then, and without them, what torch held.
    """
    if vram is None:
        return None
    is_part = gpu is not None and gpu.cuda_memory_mib is not None
    if is_part or vram.device_peak_mib is None or vram.device_before_mib is None:
        return plausible(vram.reserved_peak_mib)
    return plausible(max(vram.device_peak_mib - vram.device_before_mib, 0))


def size_mib(gpu: GPUInfo | None) -> int:
    """Memory of the device, or of the share of one; 0 if nobody tells it."""
    told = (gpu.memory_mib, gpu.cuda_memory_mib) if gpu is not None else ()
    return min((mib for each in told if (mib := plausible(each))), default=0)


def used_up_mib(gpu: GPUInfo | None, vram: VRAM | None) -> int:
    """What was not enough where memory ran out: all of a device that nobody else was on.

    Returns:
        What the attempt itself held where others were on the device; 0 if nothing is known.
    """
    if vram is not None and (vram.device_before_mib or 0) >= _NEIGHBOURS_MIB:
        return plausible(vram.reserved_peak_mib) or 0
    return size_mib(gpu)


def requested_mib(vram: VRAM | None, asked: GPURequest | None) -> int | None:
    """What was asked for: by the Job, else by the size in a resource's name; None for any."""
    if asked is not None and asked.memory_mib is not None:
        return asked.memory_mib
    return plausible(vram.requested_mib) if vram is not None else None


def summary(gpu: GPUInfo | None, vram: VRAM, asked: GPURequest | None) -> str | None:
    """The peak by what was asked for, as 5120/6144 MiB; the peak alone where any would do."""
    peak, requested = peak_mib(gpu, vram), requested_mib(vram, asked)
    if peak is None:
        return None
    return f"{peak} MiB" if requested is None else f"{peak}/{requested} MiB"
