"""Weights move as a whole, in any mode of torch, and what is one stays one."""

import pytest
import torch
from making.numberless_gpu import GPU, numberless_gpu, place_of
from torch import nn

from voicejob_worker.device.residence import CPU, move


class Tied(nn.Module):
    """A network that has a weight twice, a buffer, and a recurrent layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.gru = nn.GRU(2, 2)
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("passing", torch.zeros(3), persistent=False)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_goes_and_comes_back_as_it_was(mode):
    with numberless_gpu():
        network = Tied()
        names = list(network.state_dict())
        for device in (GPU, CPU, GPU):
            with mode():
                move(network, device)
            assert place_of(network) == device.type
            assert network.second.weight is network.first.weight
            assert all(
                map(lambda own, it: own is it, network.gru.parameters(), network.gru._flat_weights)
            )
        assert list(network.state_dict()) == names


def test_numbers_stay_and_what_is_there_is_not_copied():
    network = Tied().requires_grad_(False)
    before = {name: (id(value), value.clone()) for name, value in network.named_parameters()}
    with torch.inference_mode():
        move(network, CPU)
    for name, value in network.named_parameters():
        assert id(value) == before[name][0]
        assert torch.equal(value, before[name][1])


def test_a_move_that_ran_out_of_memory_half_way_is_finished_by_the_next():
    with numberless_gpu():
        network = Tied()
        move(network.first, GPU)
        assert place_of(network) == "cpu+cuda"
        move(network, GPU)
        assert place_of(network) == "cuda"
