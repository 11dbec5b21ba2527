"""Gives back the memory that models and their work have left behind."""

from __future__ import annotations

import gc
import sys
from typing import Any

from voicejob_worker.device.nvml import torch_cuda


def release_memory() -> None:
    """Give back what nobody holds any more, and what torch and cuFFT keep for later.

    Torch keeps freed blocks, cuFFT its plans with a workspace each: neither is a tensor, so that
    they outlast every model. Where torch has no GPU in use, only Python's own garbage is collected:
    where an exception has just gone, that is the tensors in its frames. cuBLAS' workspaces stay (8
    to 32 MiB a thread): torch clears them under no lock, and others may be speaking.
    """
    gc.collect()
    cuda = torch_cuda()
    if cuda is None:
        return
    torch: Any = sys.modules["torch"]
    for index in range(cuda.device_count()):
        torch.backends.cuda.cufft_plan_cache[index].clear()
    cuda.empty_cache()
    # Pinned memory of the host is kept, too, and counts for the pod's limit. No public name yet.
    getattr(torch._C, "_host_emptyCache", lambda: None)()


def spare_what_stays() -> None:
    """Have the collector pass over what is there: once an engine's libraries are imported.

    They are half a million objects. To look at them takes 0.2 s, and memory is given back at every
    chunk where parts of a model take turns on the GPU. What is spared is freed like everything
    else once nobody refers to it, and the next time that this is called where it is in a circle.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
