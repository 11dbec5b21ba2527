"""How much of F5-TTS goes together in low memory: what is free decides, of 4 GB as of 80."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import pytest
from making.fake_f5 import PARAMS, TEXT, full
from making.fake_gpu import DeviceLog

from voicejob_worker.device import budget as budget_module
from voicejob_worker.device import figures as figures_module
from voicejob_worker.engines.protocol import Utterance

MIB = 1 << 20
FRAMES = 2048


@pytest.fixture
def card(monkeypatch):
    """A card with so many MiB free for torch; the figures are those of the tensors there."""

    def make(mib):
        log = DeviceLog()
        figures = {
            "is_available": lambda: True,
            "mem_get_info": lambda _: (mib * MIB - log.live, mib * MIB),
            "memory_reserved": lambda _: log.live,
            "memory_allocated": lambda _: log.live,
            "max_memory_allocated": lambda _: log.peak,
        }
        # Not torch itself, which would look for a driver then.
        cuda = SimpleNamespace(cuda=SimpleNamespace(**figures))
        for module in (budget_module, figures_module):
            monkeypatch.setattr(module, "torch", cuda)
        clock = itertools.count()
        monkeypatch.setattr(budget_module.time, "perf_counter", lambda: next(clock) / 1000)
        return log

    return make


def speak_all(engine, log, chunks):
    """Speak them as an attempt does, and return how many chunks went together each time."""
    left = [Utterance(index, TEXT) for index in range(chunks)]
    params = replace(PARAMS, nfe_steps=1)
    with log, engine.mode:
        while left:
            count = engine.speaker.count_fitting(left, 1.0)
            engine.speaker.speak(left[:count], params)
            del left[:count]
    return [count for _, _, count in engine.sampled]


@pytest.mark.parametrize(
    ("free_mib", "counts", "peak_mib"),
    [
        (600, [1, 1, 2, 2], 540),
        (3_400, [1, 1, 28, 2], 2_000),
        (16_000, [1, 1, 30], 2_150),
    ],
)
def test_low_memory_uses_what_there_is(card, monkeypatch, free_mib, counts, peak_mib):
    """600 MiB: a 4 GB card that others use, too. 3,400: one of its own, beside CUDA's context.

    Both copies of guidance go together everywhere. The network's 372 MiB come and go.
    """
    log = card(free_mib)
    with log:
        engine = full(monkeypatch, is_low_memory=True)
    monkeypatch.setattr(engine.speaker, "frames", lambda *_: FRAMES)
    assert speak_all(engine, log, sum(counts)) == counts
    assert not any(engine.sequential)
    assert engine.notes == []
    assert log.live < MIB
    assert log.peak >> 20 <= peak_mib
