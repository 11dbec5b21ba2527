"""What a model holds is counted in the model itself, each tensor once, on each device apart."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.shared.held_bytes import held_bytes


class Holder:
    def __init__(self, **parts: object) -> None:
        self.__dict__.update(parts)


def test_each_storage_counts_once_wherever_it_is_held() -> None:
    weights = torch.zeros(1000)
    layer = nn.Linear(10, 10)
    layer.register_buffer("window", torch.zeros(5))
    held = Holder(
        network=layer,
        views=[weights[:10], weights.view(10, 100)],
        kept={"text": (weights, Holder(again=weights))},
        samples=np.zeros(50, np.float32),
        name="a" * 1000,
    )
    held.__dict__["itself"] = held

    assert held_bytes(held) == {"cpu": 4 * (1000 + 110 + 5 + 50)}


def test_devices_are_told_apart_and_what_is_outside_of_torch_counts() -> None:
    other = torch.zeros(100, dtype=torch.float16, device="meta")
    held = Holder(network=[other, torch.zeros(10, device="meta")], session=Holder(resident_bytes=7))

    assert held_bytes(held) == {"meta": 240, "cpu": 7}
    assert held_bytes(Holder()) == {}


def test_what_a_method_or_a_function_leads_to_is_not_the_models() -> None:
    other = Holder(weights=torch.zeros(10))
    other.tell = lambda: other.weights

    assert held_bytes(Holder(tell=other.tell, kind=Holder, module=torch)) == {}


def test_a_voice_of_piper_counts_with_its_weights(piper: PiperEngine) -> None:
    weights = Path(piper._path).stat().st_size

    assert held_bytes(piper) == {"cpu": weights}
