"""Gives memory back that nothing uses any more."""

from __future__ import annotations

import gc

import torch


def release_memory() -> None:
    """Have Python let go of what is unreachable, and torch of what it keeps for later.

    Called where an exception has just gone: tensors in its frames are garbage only then.
    """
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
