"""Products with a block's weights on the CPU: as torch does them, and by packed weights.

    python tests/bench/f5_products.py [--rows 1800] [--rounds 5] [--threads 1]

Prints GFLOPS of the processor's time, the best of the rounds, for the four products of a block of
the published size; with GELU for the one that it follows.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor

from voicejob_worker.engines.f5.linear import Linear, can_pack

SHAPES = (("qkv", 1024, 3072), ("out", 1024, 1024), ("ff in", 1024, 2048), ("ff out", 2048, 1024))


def main() -> int:
    """Measure and print; 1 where this CPU or torch has no kernels for packed weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1800)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if not can_pack():
        print("no packed weights here")
        return 1
    print(f"{'product':<22}{'plain':>8}{'packed':>8}{'ratio':>8}")
    with torch.inference_mode():
        for name, inner, outer in SHAPES:
            plain = Linear(torch.randn(outer, inner), torch.randn(outer))
            packed, x = plain.packed(), torch.randn(asked.rows, inner)
            ways = [(f"{name}, {inner} to {outer}", plain, packed)]
            if name == "ff in":
                ways.append((f"{name}, then GELU", plain.with_gelu, packed.with_gelu))
            for title, one, other in ways:
                flops = 2 * asked.rows * inner * outer
                before, now = (flops / best(way, x, asked.rounds) / 1e9 for way in (one, other))
                print(f"{title:<22}{before:>8.0f}{now:>8.0f}{now / before:>8.2f}")
    return 0


def best(way: Callable[[Tensor], Tensor], x: Tensor, rounds: int) -> float:
    """Processor seconds of the fastest round, after one that does not count."""
    way(x)
    took = []
    for _ in range(rounds):
        began = time.process_time()
        way(x)
        took.append(time.process_time() - began)
    return min(took)


if __name__ == "__main__":
    raise SystemExit(main())
