"""What engines count of themselves is added up, and does not fall when one of them goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from making.server import Stage, ToneEngine, until
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.reference.cache import ReferenceCache
from voicejob_worker.serving.metrics import Metrics
from voicejob_worker.serving.model_pool import ModelPool, PoolBounds
from voicejob_worker.serving.tally import Tally
from voicejob_worker.serving.voice_loader import LoadedVoice, LoadVoice
from voicejob_worker.serving.voices import Voice


class Counting:
    """A collector of one count and one measure."""

    def __init__(self, place: object = None) -> None:
        self.hits = 0
        self.bytes = 10
        if place is not None:
            self.place = place

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("voicejob_x_hits", "Hits.", value=self.hits)
        yield GaugeMetricFamily("voicejob_x_bytes", "Bytes.", value=self.bytes)


def stats(tally: Tally) -> tuple[float | None, float | None]:
    registry = CollectorRegistry()
    registry.register(tally)
    return (
        registry.get_sample_value("voicejob_x_hits_total"),
        registry.get_sample_value("voicejob_x_bytes"),
    )


def test_counts_are_added_up_and_stay_and_measures_are_of_those_that_live() -> None:
    tally, one, other = Tally(), Counting(), Counting()
    tally.add([one])
    tally.add([other])
    one.hits, other.hits = 3, 4
    assert stats(tally) == (7, 20)
    tally.retire([one])
    assert stats(tally) == (7, 10)
    other.hits += 1
    tally.retire([other])
    assert stats(tally) == (8, None)


def test_what_two_keep_in_one_place_is_measured_once() -> None:
    tally = Tally()
    tally.add([Counting("here"), Counting("here"), Counting("there")])
    assert stats(tally) == (0, 20)


def test_the_engines_of_the_server_are_counted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting()
    counting.hits = 5
    monkeypatch.setattr(ToneEngine, "collectors", [counting], raising=False)
    stage.let_speak(10)
    running = stage.serve()
    running.say("Hello.")
    assert running.metric("voicejob_x_hits_total") == 5
    until(lambda: running.speaking == 0)
    running.service.models.unload_idle()
    counting.hits = 0
    assert running.metric("voicejob_x_hits_total") == 5


def test_a_voice_that_gave_way_stays_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(voice: Voice) -> LoadVoice:
        engine = ToneEngine()
        counting = Counting()
        counting.hits = 1
        monkeypatch.setattr(engine, "collectors", [counting], raising=False)
        return lambda: LoadedVoice(engine, None, None)

    models = ModelPool(fetch, PoolBounds(1))
    for name in "abc":
        spec = VoiceJobSpec.model_validate({"text": "-", "synthesis": {"seed": ord(name)}})
        voice = Voice(name, spec)
        models.fetches.fetch(voice)
        with models.borrow(voice):
            pass
    assert stats(models.tally) == (3, 10)


def test_references_that_were_dropped_and_those_there_are_are_told(tmp_path: Path) -> None:
    metrics, cache = Metrics(), ReferenceCache(tmp_path, 1 << 20, 10)
    cache.dropped = 2
    (tmp_path / "x.npz").write_bytes(b"xyz")
    metrics.count_references(cache)
    value = metrics.registry.get_sample_value
    assert value("voicejob_reference_cache_dropped_total") == 2
    assert value("voicejob_reference_cache_entries") == 1
    assert value("voicejob_reference_cache_bytes") == 3
