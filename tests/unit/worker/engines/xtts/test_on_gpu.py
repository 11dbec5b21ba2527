"""All of XTTS' own parts on a GPU without numbers (``making.numberless_gpu``), before and after
each remedy for memory: whatever lies on another device than what it meets there raises."""

from unittest import mock

import numpy as np
import pytest
import torch
from making.numberless_gpu import GPU, numberless_gpu, place_of
from making.xtts import SPEAKERS

from voicejob_api.gpu import LowVRAM
from voicejob_worker.device import residence
from voicejob_worker.device.placement import Placement
from voicejob_worker.device.remedies import Remedies
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.xtts.engine import XttsEngine
from voicejob_worker.engines.xtts.synthesiser import speaking_ways
from voicejob_worker.errors import OutOfMemoryError

TEXT = "Glue the sheet to the dark blue background."
ONE = Utterance(0, TEXT)
ON_GPU = Placement(GPU, torch.float32, GPU)
OUT_OF_MEMORY = (
    "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 3.94 GiB "
    "of which 12.00 MiB is free. Including non-PyTorch memory, this process has 3.50 GiB "
    "memory in use."
)


class Watched:
    """A part of the network: where it was each time, and whether it runs out of memory there."""

    def __init__(self, part, real, engine):
        self.part, self.real, self.engine = part, real, engine
        self.places, self.fails_on, self.fails = [], "cuda", 0

    def __call__(self, *given, **named):
        network = self.engine._model.network if self.engine._model else None
        both = (network.gpt, network.hifigan_decoder) if network else ()
        self.places.append("+".join(place_of(part) for part in both))
        if self.fails and place_of(self.part) == self.fails_on:
            self.fails -= 1
            raise torch.OutOfMemoryError(OUT_OF_MEMORY)
        return self.real(*given, **named)


@pytest.fixture(scope="module")
def gpu():
    with numberless_gpu() as gpu:
        yield gpu


@pytest.fixture(scope="module")
def on_gpu(gpu, model_directory, reference_of):
    """Makes an engine that is loaded on the GPU, its parts watched."""
    import TTS.tts.layers.xtts.gpt as upstream

    def generate(gpt, cond_latents, text_inputs, **_):
        """One step of upstream's: how many there are depends on numbers that nobody has."""
        ids = gpt.compute_embeddings(cond_latents, text_inputs)
        assert gpt.gpt_inference(ids, return_dict=True).logits.device == text_inputs.device
        return torch.ones((1, 6), dtype=torch.long, device=text_inputs.device)

    def make(*, fallback=False, low=LowVRAM.OFF, recording=False):
        voice = {"reference": reference_of()} if recording else {"speaker": SPEAKERS[0]}
        engine = XttsEngine(
            threads=1,
            model=model_directory,
            language="en-US",
            licences=frozenset({"CPML"}),
            device=DeviceRequest("cuda", fallback_to_cpu=fallback, low_vram=low),
            **voice,
        )
        engine.import_libraries()
        engine.load()
        network = engine._loaded.network
        for name in ("gpt", "hifigan_decoder"):
            part = getattr(network, name)
            part.forward = Watched(part, part.forward, engine)
        return engine

    with mock.patch.object(upstream.GPT, "generate", generate):
        yield make


@pytest.fixture(scope="module")
def shared(on_gpu):
    return on_gpu()


@pytest.fixture
def engine(shared):
    """An engine on the GPU, as if it had just been loaded."""
    speaking = shared._synthesiser
    speaking.remedies = Remedies(speaking_ways(ON_GPU, may_use_cpu=False), speaking.remedies._note)
    shared.notes.clear()
    for part in ("gpt", "hifigan_decoder"):
        places(shared, part)
        run_out(shared, part, times=0)
    return shared


def speak(engine, **params):
    (samples,) = engine.synthesise([ONE], SynthesisParams(**params))
    assert isinstance(samples, np.ndarray)
    assert samples.size
    return samples


def places(engine, part="hifigan_decoder"):
    """Where GPT and decoder were whenever the part ran since the last question."""
    forward = getattr(engine._loaded.network, part).forward
    found, forward.places = forward.places, []
    return found


def run_out(engine, part="hifigan_decoder", times=1):
    getattr(engine._loaded.network, part).forward.fails = times


@pytest.mark.parametrize("recording", [False, True])
def test_all_of_it_is_on_the_gpu(on_gpu, recording):
    engine = on_gpu(recording=recording)
    for speed in (1.0, 1.5):
        speak(engine, speed=speed)
    assert places(engine) == places(engine, "gpt") == ["cuda+cuda"] * 2
    assert engine._loaded.speakers[""].voice.latents.device.type == "cpu"
    assert (engine.about().device, engine.is_low_memory) == ("cuda:0", False)
    assert "cuda" in engine.fingerprint()


@pytest.mark.parametrize("recording", [False, True])
def test_in_low_memory_each_part_is_there_for_its_stage_and_alone(on_gpu, recording):
    engine = on_gpu(low=LowVRAM.ON, recording=recording)
    network = engine._loaded.network
    for _ in range(2):
        speak(engine)
        assert place_of(network) == "cpu"
    assert places(engine, "gpt") == ["cuda+cpu"] * 2
    assert places(engine) == ["cpu+cuda"] * 2
    assert engine.is_low_memory
    assert "cuda" in engine.fingerprint()


def test_each_remedy_speaks_and_is_told_and_counted_and_the_next_chunk_speaks_too(on_gpu):
    engine = on_gpu(fallback=True)
    for fails, where, told in (
        (1, "cuda+cuda", "caches emptied"),
        (2, "cpu+cuda", "by turns on the GPU"),
        (2, "cpu+cpu", "the decoder on the CPU"),
    ):
        run_out(engine, times=fails)
        speak(engine)
        assert places(engine)[-1] == where
        assert told in engine.notes[-1]
        assert "3604 MiB needed, 12 MiB of 4035 MiB free" in engine.notes[-1]
        speak(engine)
        assert set(places(engine)) == {where}
    places(engine, "gpt")
    run_out(engine, "gpt", times=4)
    speak(engine)
    assert places(engine, "gpt")[-1] == "cpu+cpu"
    assert "all on the CPU" in engine.notes[-1]
    assert engine.about().device == "cpu"
    assert "too small" in engine.about().device_message
    assert engine._fallbacks in engine.collectors
    assert engine._fallbacks.steps == {
        "emptied_caches": 4,
        "low_memory": 2,
        "shortened_chunks": 2,
        "moved_to_cpu": 1,
    }
    assert not any(TEXT.split(maxsplit=1)[0] in note for note in engine.notes)
    assert "cuda" in engine.fingerprint()  # or finished chunks would be spoken anew


def test_where_the_cpu_will_not_do_it_ends_with_what_was_lacking(engine):
    run_out(engine, "gpt", times=99)
    with pytest.raises(OutOfMemoryError, match="3604 MiB needed") as ended:
        speak(engine)
    assert ended.value.exit_code == 20
    for tried in ("empty caches", "by turns", "the decoder on the CPU", "texts in quarters"):
        assert tried in ended.value.message
    assert "all on the CPU" not in ended.value.message
    run_out(engine, "gpt", times=0)
    speak(engine)


def test_it_goes_back_to_the_usual_way_once_there_is_memory_again(engine):
    run_out(engine, times=2)
    spoken = 0
    while engine.is_low_memory or not spoken:
        speak(engine)
        spoken += 1
        assert spoken < 20
    places(engine)
    speak(engine)
    assert places(engine) == ["cuda+cuda"]
    assert "memory again" in engine.notes[-1]


def test_memory_that_runs_out_as_a_part_is_brought_leaves_nothing_in_between(engine, monkeypatch):
    engine.park()
    real, left = residence._moved, [30]

    def moved(tensor, device):
        if device.type == "cuda":
            left[0] -= 1
            if left[0] == 0:
                raise torch.OutOfMemoryError(OUT_OF_MEMORY)
        return real(tensor, device)

    monkeypatch.setattr(residence, "_moved", moved)
    speak(engine)
    assert left[0] < 0
    assert places(engine) == ["cuda+cuda"]
    assert len(engine.notes) == 1


def test_memory_that_runs_out_in_loading_is_dealt_with_too(on_gpu, monkeypatch):
    from voicejob_worker.engines.xtts import xtts_model

    real = xtts_model.load_network

    def load(files, device, note):
        if device.type == "cuda":
            raise torch.OutOfMemoryError(OUT_OF_MEMORY)
        return real(files, device, note)

    monkeypatch.setattr(xtts_model, "load_network", load)
    engine = on_gpu()
    assert "as the model was loaded" in engine.notes[0]
    speak(engine)
    assert places(engine) == ["cuda+cuda"]


def test_it_leaves_the_gpu_when_it_is_parked_and_comes_back_by_itself(engine):
    speak(engine)
    engine.park()
    network = engine._loaded.network
    assert place_of(network) == "cpu"
    assert network.gpt.gpt_inference.cached_prefix_emb is None
    speak(engine)
    assert places(engine)[-1] == "cuda+cuda"
