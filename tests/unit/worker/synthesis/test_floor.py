"""Which chunks count for the least memory of a GPU that would have done."""

from types import SimpleNamespace

import pytest
from making.batches import CHUNKS, BatchEngine, Trusting

from voicejob_api.status import ModelInfo
from voicejob_worker.device.ledger import MemoryLedger
from voicejob_worker.device.memory import MemoryReading
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.synthesis import takes as module
from voicejob_worker.synthesis.takes import Takes


class PlacedEngine(BatchEngine):
    """Takes 1,000 MiB for each chunk, at once, of what it computes on."""

    def __init__(self, *devices):
        super().__init__()
        self.devices = list(devices)
        self.taken = 0

    def about(self):
        return ModelInfo(device=self.devices[0])

    def synthesise(self, utterances, params):
        self.taken = 1000 * len(utterances)
        if len(self.devices) > 1:
            self.devices.pop(0)
        return super().synthesise(utterances, params)


def floor_after(monkeypatch, engine, sizes, **more):
    """Speak batches of these sizes; the floor that is told then."""
    ledger = MemoryLedger()
    ledger._meter = SimpleNamespace(
        read=lambda: MemoryReading(process_mib=engine.taken),
        reset_peaks=lambda: None,
        faults=[],
        gpu=None,
        device_before_mib=None,
    )
    monkeypatch.setattr(module, "ledger", ledger)
    takes = Takes(engine, SynthesisParams(), Trusting(), CHUNKS, lambda: None, **more)
    utterances = iter([Utterance(chunk.index, chunk.text) for chunk in CHUNKS])
    for size in sizes:
        takes.speak([next(utterances) for _ in range(size)])
    return ledger.vram and ledger.vram.floor_mib


def test_the_chunks_before_the_first_batch_count_and_none_after_it(monkeypatch):
    assert floor_after(monkeypatch, PlacedEngine("cuda:0"), [1, 1, 4, 1]) == 1000


def test_where_a_batch_comes_first_nothing_is_known(monkeypatch):
    assert floor_after(monkeypatch, PlacedEngine("cuda:0"), [4, 1]) is None


@pytest.mark.parametrize(
    "devices",
    [
        ("cpu",),
        ("cuda:0", "cpu"),  # the first chunk did not fit
        ("cuda:0", "cuda:0", "cpu"),  # the second did not
        ("cpu+cuda:0", "cpu"),  # a conversion did not
        ("cuda:0", "cpu+cuda:0"),  # the engine did not, and its conversion did
    ],
)
def test_what_a_cpu_spoke_is_no_need_of_a_gpu(monkeypatch, devices):
    assert floor_after(monkeypatch, PlacedEngine(*devices), [1, 1, 1]) is None


def test_an_engine_on_the_cpu_with_a_conversion_on_the_gpu_counts(monkeypatch):
    assert floor_after(monkeypatch, PlacedEngine("cpu+cuda:0"), [1, 1]) == 1000


def test_a_call_that_is_shared_with_others_does_not_count(monkeypatch):
    engine = PlacedEngine("cuda:0")
    assert floor_after(monkeypatch, engine, [1], call=engine.synthesise) is None
