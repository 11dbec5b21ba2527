"""Where an engine computes is told again when it changes, in hour five as well as at the start."""

from types import SimpleNamespace

from voicejob_api.status import ModelInfo
from voicejob_worker.attempt.model_news import ModelNews
from voicejob_worker.reporting.reporter import Reporter


def test_an_engine_that_goes_over_to_the_cpu_is_told_then_and_not_before():
    told, reporter = [], Reporter()
    news = ModelNews(reporter, SimpleNamespace(note=lambda *event, **facts: told.append(facts)))
    engine = SimpleNamespace(name="xtts", about=lambda: None)
    news.hear(engine, "licence accepted")
    assert told == [{"note": "licence accepted"}]
    engine.about = lambda: ModelInfo(device="cuda:0", precision="float32")
    news.tell(engine)
    news.tell(engine)
    assert told[1:] == [{"device": "cuda:0", "precision": "float32"}]
    engine.about = lambda: ModelInfo(device="cpu", precision="float32", device_message="too small")
    news.hear(engine, "on the CPU")
    assert told[3] == {"device": "cpu", "precision": "float32", "why": "too small"}
    assert reporter.report.model.device == "cpu"
    assert reporter.report.model.device_message == "too small"
