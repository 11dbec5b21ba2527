"""``/healthz`` of ``run`` is fit for a liveness probe: red for what hangs and for nothing else."""

import os
import threading
import time
import urllib.error
import urllib.request

import pytest
from fastapi.testclient import TestClient
from making.model_server import File, ModelServer
from making.ports import free_port

from voicejob_api.report import WorkerReport
from voicejob_api.status import VRAM, Stage
from voicejob_worker.attempt.process import Options, _Run
from voicejob_worker.models.layout import Kind
from voicejob_worker.models.progress import FetchLines
from voicejob_worker.models.provide import ModelProvider
from voicejob_worker.reporting.activity import Activity
from voicejob_worker.reporting.liveness import Liveness
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.reporting.status_server import make_app
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience

STALL = 1.5


@pytest.fixture
def reporter():
    return Reporter()


@pytest.fixture
def probe(reporter):
    client = TestClient(make_app(reporter, Liveness(reporter, STALL)))
    return lambda: client.get("/healthz").status_code


def probed(probe, while_true, every=0.3):
    """The answers as long as something goes on."""
    answers = []
    while while_true():
        answers.append(probe())
        time.sleep(every)
    return answers


def until_red(probe, seconds=20):
    deadline = time.monotonic() + seconds
    while probe() != 503:
        assert time.monotonic() < deadline, "it stayed green"
        time.sleep(0.3)


def until(seconds):
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() < deadline


@pytest.mark.parametrize("stage", [Stage.LOADING, Stage.SPEAKING, Stage.UPLOADING])
def test_work_that_neither_speaks_up_nor_computes_hangs(reporter, probe, stage):
    reporter.enter(stage)
    assert probe() == 200
    until_red(probe)
    reporter.alive()
    assert probe() == 200


def test_the_watch_over_the_gpu_is_no_sign_of_life_of_the_work(reporter, probe):
    reporter.enter(Stage.SPEAKING)
    over = threading.Event()

    def watch():
        while not over.wait(0.1):
            reporter.device(None, VRAM(device_peak_mib=1))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    until_red(probe)
    over.set()
    thread.join()


def test_a_model_that_loads_for_long_is_not_taken_for_one_that_hangs(reporter, probe, tmp_path):
    """It gives no sign of life; here it reads, and then it computes."""
    reporter.enter(Stage.LOADING)
    file = tmp_path / "model"
    file.write_bytes(os.urandom(1 << 20))
    over = threading.Event()

    def load():
        ends = until(1.5 * STALL)
        while ends():
            file.read_bytes()
            time.sleep(0.05)
        while not over.is_set():
            sum(range(10_000))

    loading = threading.Thread(target=load, daemon=True)
    loading.start()
    answers = probed(probe, until(3 * STALL))
    over.set()
    loading.join()
    assert set(answers) == {200}


def test_what_computes_for_ever_without_a_sign_hangs_too(reporter, probe, monkeypatch):
    monkeypatch.setattr("voicejob_worker.reporting.activity._BUSY_FACTOR", 2)
    reporter.enter(Stage.LOADING)
    over = threading.Event()

    def spin():
        while not over.is_set():
            sum(range(10_000))

    spinning = threading.Thread(target=spin, daemon=True)
    spinning.start()
    until_red(probe)
    over.set()
    spinning.join()


def test_a_slow_fetch_that_moves_is_green_and_told_with_its_share(reporter, probe, tmp_path):
    with ModelServer() as server:
        server.files["/m.pth"] = File(bytes(2 << 20), pause=0.15)
        lines = FetchLines(lambda *_, **__: None, reporter.alive, reporter.fetching)
        provider = ModelProvider(tmp_path, Stop(), lines, environment={})
        fetching = threading.Thread(
            target=provider.provide, args=(f"{server.address}/m.pth", Kind.FILE)
        )
        fetching.start()
        shares = []

        def goes_on():
            report = reporter.report
            shares.append((report.stage, report.progress.stage_percent))
            return fetching.is_alive()

        answers = probed(probe, goes_on)
    assert len(answers) * 0.3 > 2 * STALL
    assert set(answers) == {200}
    told = [percent for stage, percent in shares if stage is Stage.FETCHING and percent]
    assert told == sorted(told)
    assert len(set(told)) > 5


def test_a_wait_for_the_store_is_green_and_says_what_it_waits_for(reporter, probe, monkeypatch):
    from voicejob_worker.failures.places import STORE

    # Between two tries it is silent: shorter than STALL, as 10 s are shorter than the usual 300.
    monkeypatch.setattr("voicejob_worker.store.retry._MAX_WAIT", STALL / 2)
    reporter.enter(Stage.UPLOADING)
    patience = Patience(3 * STALL, Stop(), reporter.wait)

    def wait():
        while True:
            try:
                patience.wait_or_raise(STORE.away("the store is away"))
            except Exception:
                return

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    answers = probed(probe, until(2 * STALL))
    assert set(answers) == {200}
    told = reporter.report
    assert told.message.startswith("waiting for ")
    assert told.message.endswith("the store is away")
    assert told.exit_code is None
    reporter.reach(0.5)
    assert reporter.report.message == ""
    waiting.join()


HANG = """
import time
from voicejob_worker.engines.piper import PiperEngine
PiperEngine.synthesise = lambda *_: time.sleep(1000)
"""


def test_a_worker_whose_engine_hangs_goes_red(store, worker):
    worker.sabotage(HANG)
    port = free_port()
    worker.environment |= {
        "VOICEJOB_STATUS_PORT": str(port),
        "VOICEJOB_STALL_SECONDS": "4",
        "VOICEJOB_TERMINATION_GRACE_SECONDS": "5",
    }
    worker.write_job(text="Hello.")
    worker.write_grants(store.grants())
    process = worker.start()
    answers = []
    deadline = time.monotonic() + 90
    while 503 not in answers:
        assert time.monotonic() < deadline, process.kill() or process.communicate()[0]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
                answers.append(answer.status)
        except urllib.error.HTTPError as error:
            answers.append(error.code)
        except OSError:
            pass
        time.sleep(0.5)
    assert answers[0] == 200
    stopped = time.monotonic()
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 21
    assert time.monotonic() - stopped < 5
    assert worker.termination()["reason"] == "TransientFault"
    assert "no sign of life for" in worker.termination()["message"]
    assert worker.termination()["stage"] == "Ended"


@pytest.mark.parametrize(
    ("silent", "idle", "code"), [(400.0, 400.0, 21), (400.0, 0.0, 143), (1.0, 1.0, 143)]
)
def test_a_worker_that_was_ended_because_it_hung_uses_up_a_retry(
    tmp_path, monkeypatch, silent, idle, code
):
    """The kubelet ends it with the same signal as a drain, which uses up none.

    One that has long been computing without a word was green, so that it was a drain.
    """
    log = tmp_path / "termination-log"
    work = _Run(Options(Settings(termination_log=log, work_dir=tmp_path)))
    monkeypatch.setattr(Reporter, "silent_seconds", silent)
    monkeypatch.setattr(Activity, "idle_seconds", lambda _: idle)
    work._first_act()
    assert WorkerReport.model_validate_json(log.read_bytes()).exit_code == code
    assert work._last_words() == code
    told = WorkerReport.model_validate_json(log.read_bytes()).message
    assert ("no sign of life for 400 s" in told) is (code == 21)
