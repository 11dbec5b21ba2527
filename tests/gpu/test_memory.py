"""Figures are the device's, unloading gives all back, and a lack of memory is got through."""

import gc

import numpy as np
import pytest
import torch
from making.gpu_setting import DEVICE

from voicejob_api.gpu import LowVRAM
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.memory import MemoryMeter
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.errors import OutOfMemoryError

MIB = 1 << 20
PARAMS = SynthesisParams(nfe_steps=4)
TEXT = "The letters were kept in a wooden box under the stairs, part {}, and nobody knew why."


def utterances(count):
    return [Utterance(index, TEXT.format(index)) for index in range(count)]


def device_used():
    """MiB in use on the device, by the driver as torch asks it."""
    torch.cuda.synchronize()
    free, total = torch.cuda.mem_get_info()
    return (total - free) // MIB


@pytest.fixture
def ballast():
    """Leaves so many MiB of the device free."""
    held = []

    def leave(mib):
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info()
        held.append(torch.empty(max(free - mib * MIB, 0), dtype=torch.uint8, device=DEVICE))

    yield leave
    held.clear()
    gc.collect()
    torch.cuda.empty_cache()


def test_figures_are_nvmls_within_a_mib(make_engine, write):
    engine = make_engine()
    engine.synthesise(utterances(2), PARAMS)
    torch.cuda.synchronize()
    meter = MemoryMeter()
    meter.open()
    reading = meter.read()
    write("f5_gpu_memory", {"reading": reading.device_mib, "driver": device_used()})
    assert abs(reading.device_mib - device_used()) <= 1
    assert reading.allocated_mib == torch.cuda.memory_allocated() // MIB
    assert reading.reserved_mib == torch.cuda.memory_reserved() // MIB


def test_after_fifty_rounds_the_device_is_as_it_was_after_the_first(make_engine, write):
    ledger.use()
    used = []
    for _ in range(50):
        engine = make_engine()
        engine.synthesise(utterances(1), SynthesisParams(nfe_steps=1))
        engine.unload()
        used.append(device_used())
    write("f5_gpu_rounds", {"baseline": ledger.baseline, "used": used})
    assert used[-1] - used[0] <= 1
    assert used[-1] - (ledger.baseline or 0) <= 100


@pytest.mark.parametrize("low_vram", [LowVRAM.OFF, LowVRAM.ON])
def test_the_peak_is_within_its_goal(make_engine, write, low_vram):
    engine = make_engine(device=DeviceRequest(DEVICE, low_vram=low_vram))
    torch.cuda.reset_peak_memory_stats()
    engine.synthesise(utterances(32), SynthesisParams(nfe_steps=16))
    peak = torch.cuda.max_memory_allocated() // MIB
    write(f"f5_gpu_peak_{low_vram.value.lower()}", {"allocated": peak, "device": device_used()})
    assert peak <= (3584 if low_vram is LowVRAM.OFF else 2048)


@pytest.mark.parametrize("free_mib", [1500, 700, 300])
def test_a_real_lack_of_memory_is_got_through(make_engine, ballast, write, free_mib):
    engine = make_engine()
    expected = engine.synthesise(utterances(32), PARAMS)
    ballast(free_mib)
    spoken = engine.synthesise(utterances(32), PARAMS)
    write(
        f"f5_gpu_lack_{free_mib}", {"steps": engine._fallbacks.steps, "notes": list(engine.notes)}
    )
    for one, wanted in zip(spoken, expected, strict=True):
        assert np.isfinite(one).all()
        if not engine._fallbacks.steps["shortened_chunks"]:
            assert one.size == wanted.size


def test_with_next_to_nothing_free_it_goes_on_on_the_cpu_or_ends_with_a_number(
    make_engine, ballast
):
    strict = make_engine()
    lenient = make_engine(device=DeviceRequest(DEVICE, fallback_to_cpu=True))
    ballast(0)
    with pytest.raises(OutOfMemoryError, match=r"\d+ MiB needed"):
        strict.synthesise(utterances(1), PARAMS)
    (spoken,) = lenient.synthesise(utterances(1), SynthesisParams(nfe_steps=1))
    assert np.isfinite(spoken).all()
    assert lenient.about().device == "cpu"
