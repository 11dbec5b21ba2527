"""All of RVC's own parts on a GPU without numbers (``making.numberless_gpu``), before and after
each remedy for memory, and the turns that it and an engine take there."""

from itertools import groupby

import numpy as np
import pytest
import torch
from making.numberless_gpu import numberless_gpu, place_of
from making.rvc import make_model

from voicejob_api.gpu import LowVRAM
from voicejob_api.status import ModelInfo
from voicejob_api.voice import Conversion
from voicejob_worker.conversion import converter as converter_module
from voicejob_worker.conversion import rvc_network
from voicejob_worker.conversion.companions import find_companions
from voicejob_worker.conversion.converted_engine import ConvertedEngine
from voicejob_worker.conversion.converter import RvcConverter
from voicejob_worker.device import residence
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.errors import OutOfMemoryError

RATE = 24_000
FULL = "CUDA out of memory. Tried to allocate 1.50 GiB."


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A model that takes no pitch: to find that takes most of the time."""
    return make_model(tmp_path_factory.mktemp("plain"), pitch=False, version="v1")


@pytest.fixture(scope="module")
def gpu(plain):
    with numberless_gpu() as gpu:
        yield gpu


@pytest.fixture
def on_gpu(gpu, plain, model, monkeypatch):
    """Makes a converter that is loaded on the GPU; a whole one has an index and RMVPE."""
    monkeypatch.setattr(converter_module, "_PIECES", (3, 2, 1))

    def make(*, whole=False, fallback=False, low=LowVRAM.OFF, load=True):
        path = model if whole else plain
        index = whole
        settings = {"indexUri": "pvc://models/voice.index"} if index else {}
        converter = RvcConverter(
            threads=1,
            model=path,
            settings=Conversion(modelUri="pvc://models/voice.pth", protect=0.2, **settings),
            hubert=find_companions(model).hubert,
            rmvpe=lambda: find_companions(model).rmvpe,
            index=model.parent / "voice.index" if index else None,
            device=DeviceRequest("cuda", fallback_to_cpu=fallback, low_vram=low),
        )
        converter.import_libraries()
        if load:
            converter.load()
        return converter

    return make


def networks(converter):
    voice = converter._loaded
    return (
        voice.synthesiser._network,
        voice.extractor._network,
        *([voice.find_pitch._network] if voice.find_pitch else []),
    )


def places(converter):
    return {place_of(network) for network in networks(converter)}


def convert(converter, seconds=0.5):
    """Converts sound; how long the pieces were, in whole seconds, that the networks were given."""
    spoken = np.sin(np.arange(round(seconds * RATE)) / 9).astype(np.float32)
    lengths = []
    voice = converter._loaded
    real = voice.synthesiser._network.infer

    def infer(features, *given):
        lengths.append(features.shape[1] // 100)
        return real(features, *given)

    voice.synthesiser._network.infer = infer
    try:
        converted = converter.convert(spoken, RATE, 7)
    finally:
        voice.synthesiser._network.infer = real
    assert converted.size == round(seconds * converter.sample_rate)
    return lengths


def run_out(converter, times):
    """Has the synthesiser run out of the GPU's memory so many times."""
    network = converter._loaded.synthesiser._network
    real, left = network.dec.forward, [times]

    def forward(*given, **named):
        left[0] -= 1
        if left[0] >= 0:
            raise torch.OutOfMemoryError(FULL)
        return real(*given, **named)

    network.dec.forward = forward


def test_all_of_it_is_on_the_gpu(on_gpu):
    converter = on_gpu(whole=True)
    assert len(convert(converter, 3.2)) == 2
    assert places(converter) == {"cuda"}
    about = converter.about()
    assert (about.device, about.precision) == ("cuda:0", "float32")
    assert converter.fingerprint().endswith("cuda")


def test_each_remedy_converts_and_is_told_and_counted_and_so_does_the_next_chunk(on_gpu):
    converter = on_gpu(fallback=True)
    for fails, longest, where, told in (
        (1, 5, "cuda", "caches emptied"),
        (2, 5, "cuda", "by turns on the GPU"),
        (2, 4, "cuda", "in pieces of 2 s"),
        (2, 3, "cuda", "in pieces of 1 s"),
        (2, 5, "cpu", "the conversion on the CPU"),
    ):
        run_out(converter, fails)
        convert(converter, 2.9)
        assert told in converter.notes[-1]
        assert "1536 MiB needed" in converter.notes[-1]
        assert max(convert(converter, 2.9)) == longest - 1
        assert places(converter) == {where}
    assert converter.about().device == "cpu"
    assert "too small" in converter.about().device_message
    assert converter.fingerprint().endswith("cuda")  # or finished chunks would be spoken anew
    assert converter.fallbacks.steps["moved_to_cpu"] == 1


def test_where_the_cpu_will_not_do_it_ends_with_what_was_lacking(on_gpu):
    converter = on_gpu()
    run_out(converter, 99)
    with pytest.raises(OutOfMemoryError, match="1536 MiB needed") as ended:
        convert(converter)
    assert ended.value.exit_code == 20
    assert "pieces of 1 s" in ended.value.message


def test_memory_that_runs_out_in_loading_is_no_fault_of_the_model(on_gpu, monkeypatch):
    real = rvc_network.RvcNetwork.__call__

    def call(network, features, pitch):
        if network._device.type == "cuda" and features.shape[1] == rvc_network._PROBED_FRAMES:
            raise torch.OutOfMemoryError(FULL)
        return real(network, features, pitch)

    monkeypatch.setattr(rvc_network.RvcNetwork, "__call__", call)
    converter = on_gpu()
    assert "as the conversion was loaded" in converter.notes[0]
    assert places(converter) == {"cpu"}
    convert(converter)
    assert places(converter) == {"cuda"}


def test_recurrent_layers_know_where_their_weights_went(on_gpu):
    """cuDNN reads a list of its own of them, and copies them at each call where they are apart."""
    converter = on_gpu(whole=True)
    (gru,) = (
        part for part in networks(converter)[2].modules() if isinstance(part, torch.nn.RNNBase)
    )
    for leave in (lambda: None, converter.park):
        leave()
        assert all(map(lambda own, listed: own is listed, gru.parameters(), gru._flat_weights))


class Speaking:
    """An engine with weights of its own on the GPU, which says when what is there."""

    name, sample_rate, max_characters, preferred_characters = "speaking", RATE, 100, 0
    languages, notes = None, ()

    def __init__(self, is_low_memory):
        self.is_low_memory = is_low_memory
        self.network = torch.nn.Linear(2, 2)
        self.beside = set
        self.seen = []

    def load(self):
        self.resume()

    def about(self):
        return ModelInfo(device="cuda:0")

    def resume(self):
        self.network = torch.nn.Linear(2, 2, device="cuda")

    def park(self):
        self.network = torch.nn.Linear(2, 2, device="cpu")

    def synthesise(self, utterances, params):
        self.resume()
        self.seen.append(self.beside())
        return [np.sin(np.arange(RATE // 2) / 9).astype(np.float32) for _ in utterances]


@pytest.fixture
def by_turns(on_gpu):
    """Makes an engine and a converter, and tells where both were at each conversion."""

    def make(low):
        converter = on_gpu(low=low, load=False)
        engine = Speaking(low is LowVRAM.ON)
        converted = ConvertedEngine(engine, converter)
        real, seen = converter.convert, []

        def convert(*given):
            result = real(*given)
            seen.append((place_of(engine.network), *places(converter)))
            return result

        converter.convert = convert
        converted.load()
        engine.beside = lambda: places(converter)
        return converted, engine, converter, seen

    return make


BATCH = [Utterance(0, "a"), Utterance(1, "b")]


def test_in_low_memory_an_engine_and_its_conversion_take_turns_once_a_batch(by_turns):
    converted, engine, converter, seen = by_turns(LowVRAM.ON)
    assert converted.is_low_memory
    assert (place_of(engine.network), places(converter)) == ("cpu", {"cpu"})
    moves, stages = [], []
    real_stage = ledger.stage
    real = type(converter._loaded).on
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                type(converter._loaded), "on", lambda voice, to: moves.append(to) or real(voice, to)
            )
            patch.setattr(ledger, "stage", lambda name: stages.append(name) or real_stage(name))
            converted.synthesise(BATCH, SynthesisParams())
        assert places(converter) == {"cpu"}
    assert stages == ["unload", "convert", "unload"] * 2
    assert engine.seen == [{"cpu"}] * 2
    assert seen == [("cpu", "cuda")] * 4
    # Each chunk of a batch asks for its place, and is there already.
    assert [kind for kind, _ in groupby(device.type for device in moves)] == ["cuda", "cpu"] * 2


def test_with_memory_enough_both_stay(by_turns):
    converted, engine, _, seen = by_turns(LowVRAM.OFF)
    converted.synthesise(BATCH, SynthesisParams())
    assert not converted.is_low_memory
    assert engine.seen == [{"cuda"}]
    assert seen == [("cuda", "cuda")] * 2


def test_where_memory_runs_out_the_engine_makes_room_and_speaks_again_after_that(by_turns):
    converted, engine, converter, seen = by_turns(LowVRAM.OFF)
    run_out(converter, 2)
    for _ in range(2):
        converted.synthesise(BATCH, SynthesisParams())
        assert places(converter) == {"cpu"}
    assert seen == [("cpu", "cuda")] * 4
    assert engine.seen == [{"cuda"}, {"cpu"}]
    assert converted.is_low_memory
    assert "by turns" in converted.notes[-1]


def test_a_move_that_runs_out_half_way_ends_on_the_cpu_with_all_of_it(on_gpu, monkeypatch):
    """What was moved before the lack must not stay where the voice says that it is not."""
    converter = on_gpu(fallback=True, low=LowVRAM.ON)
    convert(converter)
    converter.park()
    assert places(converter) == {"cpu"}
    real, done = residence._moved, []

    def moved(tensor, device):
        if device.type == "cuda":
            done.append(device)
            if len(done) % 40 == 0:
                raise torch.OutOfMemoryError(FULL)
        return real(tensor, device)

    monkeypatch.setattr(residence, "_moved", moved)
    convert(converter)
    assert places(converter) == {"cpu"}
    assert converter.about().device == "cpu"
    convert(converter)
