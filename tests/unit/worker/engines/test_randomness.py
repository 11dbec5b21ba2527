"""What is drawn under a seed is what torch's own generator gives for it, and nobody else's."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch

from voicejob_worker.engines.shared.randomness import SeededDraws

SHARES = torch.rand(1, 50)
DRAWS = {
    "rand": lambda: torch.rand(2, 3),
    "randn": lambda: torch.randn(3, device="cpu"),
    "rand_like": lambda: torch.rand_like(SHARES),
    "randn_like of a view": lambda: torch.randn_like(torch.zeros(1, 8, 9)[:, 4:].mT),
    "multinomial": lambda: torch.multinomial(SHARES, num_samples=1),
    "multinomial by name": lambda: torch.multinomial(input=SHARES, num_samples=1),
    "normal_": lambda: torch.empty(5).normal_(),
    "uniform_": lambda: torch.empty(5).uniform_(),
}


@pytest.mark.parametrize("seed", [0, 7, -3, 2**64 + 5, 2**127])
@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_it_is_what_torch_draws_after_manual_seed_bit_by_bit(seed, draw):
    torch.manual_seed(seed % 2**64)
    wanted = [draw(), draw()]
    with SeededDraws(seed):
        drawn = [draw(), draw()]
    assert all(map(torch.equal, drawn, wanted))


def test_torchs_own_generator_is_left_as_it_was():
    before = torch.get_rng_state()
    with SeededDraws(1):
        for draw in DRAWS.values():
            draw()
    assert torch.equal(torch.get_rng_state(), before)


def test_two_threads_draw_at_the_same_time_each_its_own():
    both = Barrier(2, timeout=30)

    def draw(seed):
        with SeededDraws(seed):
            both.wait()  # a lock around the draws would end here
            first = torch.randn(4)
            both.wait()
            return torch.cat([first, torch.randn(4)])

    def alone(seed):
        with SeededDraws(seed):
            return torch.cat([torch.randn(4), torch.randn(4)])

    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(draw, (1, 2)))
    assert all(map(torch.equal, together, map(alone, (1, 2))))
