"""Torch's generator, of which a process has one: whoever draws from it draws alone."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALONE: Final = threading.Lock()
_SEED_BITS: Final = 64


@contextlib.contextmanager
def random_numbers(device: torch.device, seed: int | None = None) -> Iterator[None]:
    """Draw from the seed on; outside, the generators go on as if nothing had been drawn.

    Two threads that draw at once would each take the other's numbers, and both would speak
    otherwise than alone: the second waits.

    Args:
        device: Whose generator is drawn from, besides the CPU's.
        seed: Any whole number; None if it does not matter what is drawn.
    """
    devices = [device] if device.type == "cuda" else []
    with _ALONE, torch.random.fork_rng(devices):
        if seed is not None:
            torch.manual_seed(seed % 2**_SEED_BITS)
        yield
