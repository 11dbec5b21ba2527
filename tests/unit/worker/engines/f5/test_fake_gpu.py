"""On a pretended GPU: no fallback leaves anything behind, and no step has the host wait."""

import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from making.fake_f5 import CPU, PARAMS, TEXT, FakeEngine, FakeModel, full
from making.fake_gpu import GPU, DeviceLog

from voicejob_worker.device.placement import Placement
from voicejob_worker.engines.protocol import Utterance

OUT_OF_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


@pytest.fixture
def on_gpu(monkeypatch, tiny):
    def make(dtype=torch.float16, *, is_low_memory=False, **options):
        return FakeEngine(monkeypatch, tiny, Placement(GPU, dtype, GPU, is_low_memory), **options)

    return make


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@pytest.mark.parametrize("is_low_memory", [False, True])
def test_it_speaks_again_and_again(on_gpu, dtype, is_low_memory):
    engine = on_gpu(dtype, is_low_memory=is_low_memory)
    for _ in range(3):
        assert [len(one) > 5_000 for one in engine.speak()] == [True, True]
    assert set(engine.sampled) == {("cuda", dtype, 2)}
    # Between the stages, mels are on the host if memory is short.
    assert engine.decoded[-1] == ("cuda", {"cpu" if is_low_memory else "cuda"})
    assert (len(engine.texts) == 0) is is_low_memory
    assert engine.notes == []


@pytest.mark.parametrize("is_low_memory", [False, True])
def test_after_a_chunk_that_half_precision_spoils_all_is_in_single_precision_and_in_its_place(
    on_gpu, is_low_memory
):
    engine = on_gpu(is_low_memory=is_low_memory)
    engine.spoilt = [1.0, np.nan]
    engine.speak()
    engine.speak()
    engine.speak()
    half, single = ("cuda", torch.float16), ("cuda", torch.float32)
    assert engine.sampled == [(*half, 2), (*single, 1), (*single, 2), (*single, 2)]
    assert {place for place, _ in engine.decoded} == {"cuda"}
    assert len(engine.notes) == 1
    assert engine.speaker.placement.precision == "float32"
    assert "chunk 2 " in engine.speaker.placement.message


def test_the_network_in_half_precision_is_gone_before_the_one_in_single_comes(on_gpu, monkeypatch):
    engine = on_gpu()
    weights = weakref.ref(engine.speaker._placed._network.proj_out)
    there, read = [], FakeModel.read_network
    monkeypatch.setattr(
        FakeModel,
        "read_network",
        lambda *given, **how: there.append(weights() is not None) or read(*given, **how),
    )
    engine.spoilt = [np.nan]
    engine.speak()
    assert there == [False]


def test_what_was_good_is_not_spoken_again_where_single_precision_does_not_fit_at_first(on_gpu):
    engine = on_gpu()
    engine.spoilt = [1.0, np.nan, 1.0]
    # Nothing wrong with the batch; then the repeat runs out of memory twice.
    engine.faults = [None, None, OUT_OF_MEMORY, OUT_OF_MEMORY]
    engine.speak(3)
    assert [count for _, dtype, count in engine.sampled if dtype is torch.float16] == [3]
    assert [count for _, dtype, count in engine.sampled if dtype is torch.float32] == [1, 1, 1]


def test_where_one_chunk_does_not_fit_the_vocoder_goes_to_the_cpu_once_and_stays_usable(on_gpu):
    engine = on_gpu()
    engine.faults = [OUT_OF_MEMORY] * 2
    engine.speak(1)
    engine.speak(1)
    assert engine.decoded == [("cpu", {"cpu"})] * 2
    assert [place for place, *_ in engine.sampled] == ["cuda"] * 4
    assert len(engine.notes) == 1
    # Both at once: low memory, and then half precision fails as well.
    engine.spoilt = [np.nan]
    engine.speak(2)
    engine.speak(2)
    assert engine.sampled[-1] == ("cuda", torch.float32, 2)
    assert engine.decoded[-1] == ("cpu", {"cpu"})


def test_memory_that_runs_out_in_the_vocoder_is_got_through_as_well(on_gpu):
    engine = on_gpu()
    engine.faults = [None, RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED")] * 2
    engine.speak(1)
    assert engine.decoded[-1] == ("cpu", {"cpu"})


def test_it_climbs_back_to_the_gpu_as_a_whole(on_gpu):
    engine = on_gpu()
    engine.faults = [OUT_OF_MEMORY] * 2
    engine.speaker._ladder._patience.climb_after = 2
    for _ in range(3):
        engine.speak(1)
    assert engine.decoded[1] == ("cpu", {"cpu"})
    assert engine.decoded[-1] == ("cuda", {"cuda"})
    assert "no longer in low memory" in engine.notes[-1]


def test_the_cpu_is_the_last_step_where_it_is_allowed(on_gpu):
    engine = on_gpu(may_use_cpu=True)
    engine.always = OUT_OF_MEMORY
    engine.speak(1)
    engine.speak(2)
    assert engine.sampled[-2:] == [("cpu", torch.float32, 1)] * 2
    assert engine.speaker.placement.name == "cpu"
    assert "MiB needed" in engine.speaker.placement.message


def test_parked_it_leaves_the_gpu_and_comes_back_by_itself(on_gpu):
    engine = on_gpu()
    placed = engine.speaker._placed
    for _ in range(2):
        engine.speak()
        assert (placed._network.device, placed._vocoder.device) == (GPU, GPU)
        engine.speaker.park()
        assert (placed._network.device, placed._vocoder.device) == (CPU, CPU)
        assert placed._network.proj_out.device == CPU
        assert len(engine.texts) == 0
    assert set(engine.sampled) == {("cuda", torch.float16, 2)}
    assert {place for place, _ in engine.decoded} == {"cuda"}
    assert engine.notes == []


@pytest.mark.parametrize("varlen", [False, True])
def test_no_step_has_the_host_wait_and_launches_hardly_grow_with_the_batch(monkeypatch, varlen):
    engine = full(monkeypatch, depth=3)
    engine.speaker._placed._network = replace(engine.speaker._placed._network, varlen=varlen)
    steps = {}
    for count in (1, 8):
        with DeviceLog() as log:
            marks = []
            engine.speaker.on_step = lambda log=log, marks=marks: marks.append(
                (log.total, len(log.waits))
            )
            engine.speak(count)
        assert {waits for _, waits in marks} == {marks[0][1]}
        steps[count] = marks[-1][0] - marks[-2][0]
    blocks, around = 13, 20
    assert steps[1] < 3 * blocks + around
    # Gaps for the convolutions, and without varlen_attn one attention of each.
    assert steps[8] - steps[1] < 10 + (0 if varlen else 3 * 8)


@pytest.mark.parametrize(
    ("is_low_memory", "count", "limit_mib"), [(False, 32, 2700), (True, 32, 2700), (True, 1, 600)]
)
def test_the_peak_of_memory_is_within_its_goal(monkeypatch, is_low_memory, count, limit_mib):
    """Weights and activations at the greatest batch; CUDA's own context comes on top."""
    engine = full(monkeypatch, is_low_memory=is_low_memory)
    monkeypatch.setattr(engine.speaker, "frames", lambda *_: 2048)
    with DeviceLog() as log, engine.mode:
        params = replace(PARAMS, nfe_steps=1)
        kept = 0 if is_low_memory else 372 << 20
        engine.speaker.speak([Utterance(index, TEXT) for index in range(count)], params)
    assert (kept + log.peak) >> 20 < limit_mib
