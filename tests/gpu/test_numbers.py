"""Half precision, single precision and the CPU say the same, but for rounding."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from making.gpu_setting import DEVICE

from voicejob_worker.device import placement as placement_module
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.protocol import SynthesisParams, Utterance

PARAMS = SynthesisParams(nfe_steps=4)
UTTERANCES = [
    Utterance(0, "The letters were kept in a wooden box under the stairs."),
    Utterance(1, "Nobody knew why, and nobody asked."),
]


def likeness(one, other):
    """Correlation of two recordings of the same length."""
    assert one.size == other.size
    return float(np.corrcoef(one, other)[0, 1])


@pytest.mark.on_cpu
def test_a_batch_says_what_each_says_alone(make_engine, write):
    engine = make_engine()
    together = engine.synthesise(UTTERANCES, PARAMS)
    alone = [engine.synthesise([one], PARAMS)[0] for one in UTTERANCES]
    found = [likeness(*pair) for pair in zip(together, alone, strict=True)]
    write("f5_gpu_batch", found)
    assert min(found) > 0.99


def test_half_and_single_precision_and_the_cpu_say_the_same(make_engine, write, monkeypatch):
    half = make_engine()
    choose = placement_module.choose_placement
    monkeypatch.setattr(
        placement_module,
        "choose_placement",
        lambda *given, **named: replace(choose(*given, **named), dtype=torch.float32),
    )
    single = make_engine(device=DeviceRequest(DEVICE))
    cpu = make_engine(device=DeviceRequest("cpu"), threads=os.cpu_count() or 1)
    spoken = [engine.synthesise(UTTERANCES, PARAMS) for engine in (half, single, cpu)]
    found = {
        "half_cpu": min(likeness(a, c) for a, c in zip(spoken[0], spoken[2], strict=True)),
        "single_cpu": min(likeness(b, c) for b, c in zip(spoken[1], spoken[2], strict=True)),
    }
    write("f5_gpu_likeness", found)
    assert found["single_cpu"] > 0.99
    assert found["half_cpu"] > 0.9
