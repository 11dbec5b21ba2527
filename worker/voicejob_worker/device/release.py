"""Gives back the memory that models and their work have left behind."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from typing import Any


def release_memory() -> None:
    """Give back what nobody holds any more, and what torch and CUDA's libraries keep for later.

    Torch keeps freed blocks, cuBLAS a workspace for each stream, cuFFT its plans with theirs: none
    of it is a tensor, so that it outlasts every model. Where torch has no GPU in use, only
    Python's own garbage is collected.
    """
    gc.collect()
    torch: Any = sys.modules.get("torch")
    # While torch is being imported its parts are not there yet, and nothing of it is in use.
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return
    with suppress(AttributeError):  # a name of torch's own, which another release may not have
        torch._C._cuda_clearCublasWorkspaces()
    for index in range(cuda.device_count()):
        torch.backends.cuda.cufft_plan_cache[index].clear()
    cuda.empty_cache()
