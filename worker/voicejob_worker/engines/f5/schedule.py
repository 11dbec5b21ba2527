"""When the sampler evaluates the network: sway sampling, and EPSS for few steps."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

_EPSS_TIMES: Final = {
    5: (0, 2, 4, 8, 16, 32),
    6: (0, 2, 4, 6, 8, 16, 32),
    7: (0, 2, 4, 6, 8, 16, 24, 32),
    10: (0, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32),
    12: (0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32),
    16: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32),
}
"""Empirically pruned step sampling (EPSS; Fast F5-TTS, arXiv:2505.19931): by number of steps, which
of the times of 32 even steps are left. Upstream's get_epss_timesteps has these lists and no other.
"""
_EPSS_STEPS: Final = 32


def time_grid(steps: int, sway: float) -> Tensor:
    """Times of ``steps`` Euler steps from noise (0) to speech (1).

    Sway sampling (F5-TTS, arXiv:2410.06885, eq. 7): ``t + s (cos(pi t / 2) - 1 + t)``; a negative
    ``s`` puts more of the steps near the noise, 0 leaves them where they are.

    Args:
        steps: Evaluations of the network, at least 1.
        sway: The coefficient s, from -1 to 2 / (pi - 2).

    Returns:
        Shape ``(steps + 1,)``, float32: the network is evaluated at all but the last.
    """
    pruned = _EPSS_TIMES.get(steps)
    if pruned is None:
        times = torch.linspace(0, 1, steps + 1)
    else:
        times = torch.tensor(pruned, dtype=torch.float32) / _EPSS_STEPS
    # Both together: EPSS prunes the even grid, and the sway is applied to what is left.
    return times + sway * (torch.cos(torch.pi / 2 * times) - 1 + times)
