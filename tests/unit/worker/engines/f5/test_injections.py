"""Real exceptions at chosen points: nearly every job succeeds, and the rest end with a number."""

import random
import re
from collections import Counter
from copy import copy
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from voicejob_worker.device import release
from voicejob_worker.device.fallback_counts import FallbackCounts
from voicejob_worker.engines.f5 import f5_model, network, text_embedding, vocos_network
from voicejob_worker.engines.f5.f5_model import F5Parts
from voicejob_worker.engines.f5.synthesiser import F5Synthesiser
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.errors import OutOfMemoryError

INJECTIONS, SUCCEED = 100, 95
PARAMS = SynthesisParams(nfe_steps=2)
UTTERANCES = [Utterance(0, "Glue the sheet to the blue wall."), Utterance(1, "A large size.")]
ERRORS = (
    lambda: torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 98.50 MiB. GPU 0 has a total capacity of 3.94 GiB "
        "of which 61.06 MiB is free."
    ),
    lambda: RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate`"),
    lambda: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
    lambda: RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED"),
    lambda: RuntimeError("GET was unable to find an engine to execute this computation"),
    lambda: RuntimeError(
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
    ),
    MemoryError,
)
POINTS = {
    "load": (f5_model, "build"),
    "text": (text_embedding.TextEmbedding, "_embed"),
    "network": (network.DiT, "velocity"),
    "vocoder": (vocos_network.VocosNetwork, "forward"),
    "repeat": (network.DiT, "velocity"),
}


@dataclass
class Injection:
    """Raises an error at a point, a number of times after a number of calls."""

    point: str
    error: int
    after: int
    times: float

    def __post_init__(self):
        self.owner, self.name = POINTS[self.point]
        self.real = getattr(self.owner, self.name)

    def __call__(self, *given, **named):
        # The repeat is what comes after half precision has failed.
        if self.point != "repeat" or given[0].dtype is torch.float32:
            self.after -= 1
            if self.after < 0 and self.times > 0:
                self.times -= 1
                raise ERRORS[self.error]()
        return self.real(*given, **named)

    def function(self):
        """The same as a function, which is bound as the method that it stands for."""

        def inject(*given, **named):
            return self(*given, **named)

        return inject


def draw(chance):
    point = chance.choice(list(POINTS))
    once = 1 if point == "load" else chance.randint(1, 3)
    times = float("inf") if chance.random() < 0.03 else once
    after = 0 if point == "load" else chance.randint(0, 2)
    return Injection(point, chance.randrange(len(ERRORS)), after, times)


@pytest.fixture
def engines(make_engine):
    """Makes an engine for an injection: loaded anew only where that is what fails."""
    loaded = make_engine()

    def make(point):
        if point == "load":
            return make_engine()
        engine = copy(loaded)
        engine.notes, engine._fallbacks = [], FallbackCounts()
        model, placed = loaded._loaded.model, loaded._loaded._placed
        parts = F5Parts(placed._network, placed._vocoder)
        if point == "repeat":
            half = replace(model.placement, dtype=torch.float16)
            model = replace(model, placement=half)
            parts = replace(parts, network=model.read_network(half.device, half.dtype))
        engine._synthesiser = F5Synthesiser(
            model, parts, engine.notes.append, counts=engine._fallbacks
        )
        return engine

    return make


def spoil_half(velocity):
    """Have half precision come to NaN."""

    def spoilt(network, *given):
        found = velocity(network, *given)
        return found * torch.nan if network.dtype is torch.float16 else found

    return spoilt


def speak(engines, injection):
    """The engine, and what comes of it; an error if memory was not enough."""
    with pytest.MonkeyPatch.context() as patch:
        if injection.point == "repeat":
            injection.real = spoil_half(injection.real)
        patch.setattr(injection.owner, injection.name, injection.function())
        try:
            engine = engines(injection.point)
            return engine, engine.synthesise(UTTERANCES, PARAMS)
        except OutOfMemoryError as error:
            return error, None


def is_right(engine, spoken, expected):
    if engine._fallbacks.steps["shortened_chunks"]:
        return all(np.isfinite(one).all() and one.size > 5_000 for one in spoken)
    return all(
        one.size == wanted.size and np.abs(one - wanted).max() < 1e-4 * np.abs(wanted).max()
        for one, wanted in zip(spoken, expected, strict=True)
    )


def test_nearly_every_injection_is_got_through(engines, monkeypatch):
    # All of a test run's objects would be gone through hundreds of times.
    monkeypatch.setattr(release, "gc", SimpleNamespace(collect=lambda: 0))
    chance = random.Random(15)
    expected = engines("network").synthesise(UTTERANCES, PARAMS)
    points, ended = Counter(), Counter()
    for _ in range(INJECTIONS):
        injection = draw(chance)
        engine, spoken = speak(engines, injection)
        points[injection.point] += 1
        if spoken is None:
            ended[injection.point] += 1
            assert engine.exit_code == 20
            assert re.search(r"\d+ MiB needed", engine.message), engine.message
        else:
            assert is_right(engine, spoken, expected), injection
    assert min(points[point] for point in POINTS) >= 10
    assert 0 < ended.total() <= INJECTIONS - SUCCEED
