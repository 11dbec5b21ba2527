"""F5-TTS on a pretended GPU (``making.fake_gpu``): weights have shapes, and no values."""

from dataclasses import replace

import numpy as np
import torch
from making.f5 import ARCHITECTURES
from making.fake_gpu import GPU, fake_mode

from voicejob_worker.device.placement import Placement
from voicejob_worker.engines.f5 import network as network_module
from voicejob_worker.engines.f5 import synthesiser as synthesiser_module
from voicejob_worker.engines.f5.architecture import Variant, expected_shapes
from voicejob_worker.engines.f5.f5_model import F5Model, F5Parts
from voicejob_worker.engines.f5.prompt import Prompt
from voicejob_worker.engines.f5.synthesiser import F5Synthesiser
from voicejob_worker.engines.f5.text_cache import TextCache
from voicejob_worker.engines.f5.vocoder import Vocoder
from voicejob_worker.engines.f5.vocos_network import VocosNetwork, VocosSizes
from voicejob_worker.engines.protocol import SynthesisParams, Utterance

CPU = torch.device("cpu")
TEXT = "Glue the sheet to the dark blue background, he said"
PARAMS = SynthesisParams(nfe_steps=2)


class FakeModel(F5Model):
    """A checkpoint whose weights have shapes and no values."""

    def read_state(self):
        return {
            name: torch.empty(shape) for name, shape in expected_shapes(self.architecture).items()
        }


class FakeVocoder(Vocoder):
    """Made anew where it moves to: modules of pretended tensors cannot be moved."""

    def __init__(self, sizes, device):
        self.sizes = sizes
        self.move(device)

    def move(self, device):
        with torch.device(device):
            self._network = VocosNetwork(self.sizes).requires_grad_(requires_grad=False)


class Vocabulary:
    """As many tokens as letters."""

    def encode(self, text):
        return list(range(len(text)))


class Times:
    """Times of steps; those of a pretended tensor cannot be read."""

    def __init__(self, steps):
        self.steps = steps

    def __getitem__(self, _):
        return torch.empty(self.steps)

    def diff(self):
        return self

    def tolist(self):
        return [1 / self.steps] * self.steps


class FakeEngine:
    """A synthesiser on a pretended GPU, and what its parts were asked to do.

    ``faults`` are raised one by one instead of a sampling or a decoding.
    """

    def __init__(self, monkeypatch, architecture, placement, sizes=(32, 64, 2), **options):
        self.notes, self.sampled, self.decoded, self.faults, self.spoilt = [], [], [], [], []
        self.sequential = []  # whether each sampling went copy by copy
        self.always = None  # raised instead of each sampling on the GPU
        self.mode = fake_mode()
        monkeypatch.setattr(network_module, "has_varlen", lambda *_: False)
        monkeypatch.setattr(network_module, "can_pack", lambda: False)  # it needs real numbers
        monkeypatch.setattr(synthesiser_module, "time_grid", lambda steps, _: Times(steps))
        real = synthesiser_module.sample
        monkeypatch.setattr(
            synthesiser_module, "sample", lambda *given, **more: self.sample(real, given, more)
        )
        decode = Vocoder.decode_each
        monkeypatch.setattr(Vocoder, "decode_each", lambda v, mels: self.decode(decode, v, mels))
        monkeypatch.setattr(synthesiser_module, "_as_quiet", lambda audio, _gain: self.heard(audio))
        with self.mode:
            prompt = Prompt(torch.empty(200, 100, device=placement.device), 199, TEXT, 1.0)
            model = FakeModel(
                architecture, Variant.V1, Vocabulary(), {"": prompt}, None, "", None, placement, 1
            )
            parts = F5Parts(
                model.read_network(placement.home, placement.dtype),
                FakeVocoder(VocosSizes(*sizes), placement.vocoder_device),
            )
            self.texts = TextCache(64 << 20)
            self.speaker = F5Synthesiser(
                model,
                parts,
                self.notes.append,
                noise=lambda _seed, _utterance, shape: np.zeros(shape, np.float32),
                texts=self.texts,
                **options,
            )

    def sample(self, real, given, more):
        network, inputs = given[0], given[3]
        self.sampled.append((network.device.type, network.dtype, len(inputs)))
        self.sequential.append(more["sequential"])
        if self.always is not None and network.device.type == "cuda":
            raise self.always
        self.fail()
        return real(*given, **more)

    def decode(self, real, vocoder, mels):
        self.decoded.append((vocoder.device.type, {mel.device.type for mel in mels}))
        self.fail()
        return real(vocoder, mels)

    def fail(self):
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault

    def heard(self, audio):
        assert audio.device == CPU
        samples = np.full(len(audio), 0.1, np.float32)
        return samples * self.spoilt.pop(0) if self.spoilt else samples

    def speak(self, count=2):
        utterances = [Utterance(index, TEXT[: 30 + index]) for index in range(count)]
        with self.mode:
            return self.speaker.speak(utterances, PARAMS)


def full(monkeypatch, *, is_low_memory=False, depth=None):
    """An engine of the published sizes, with as many blocks or ``depth`` of them."""
    architecture = ARCHITECTURES["full"]
    if depth is not None:
        architecture = replace(architecture, depth=depth)
    placement = Placement(GPU, torch.float16, GPU, is_low_memory)
    return FakeEngine(monkeypatch, architecture, placement, sizes=(512, 1536, 8))
