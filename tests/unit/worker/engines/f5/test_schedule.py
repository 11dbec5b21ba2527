"""The steps are upstream's."""

import pytest
import torch

from voicejob_worker.engines.f5.schedule import time_grid


@pytest.mark.parametrize("sway", [-1.0, -0.4, 0.0, 0.5])
@pytest.mark.parametrize("steps", range(1, 65))
def test_the_grid_is_upstreams(upstream, steps, sway):
    even = upstream.utils.get_epss_timesteps(steps, "cpu", torch.float32)
    theirs = even + sway * (torch.cos(torch.pi / 2 * even) - 1 + even)
    assert torch.equal(time_grid(steps, sway), theirs)


@pytest.mark.parametrize("steps", [4, 7, 16, 32, 128])
def test_it_leads_from_noise_to_speech_without_turning_back(steps):
    for sway in (-1.0, 0.0, 1.0):
        times = time_grid(steps, sway)
        assert times[0] == 0
        assert times[-1] == pytest.approx(1, abs=1e-6)
        assert (times.diff() > 0).all()


def test_draft_takes_the_steps_that_empirical_pruning_left():
    assert (32 * time_grid(7, 0.0)).tolist() == [0, 2, 4, 6, 8, 16, 24, 32]
