"""What a running worker says of itself."""

import json
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from making.ports import free_port
from prometheus_client.utils import floatToGoString

from voicejob_api.status import VRAM, GPUInfo, ModelInfo, Stage
from voicejob_worker.errors import StoppedError, TransientFaultError
from voicejob_worker.failures.translate import as_worker_error
from voicejob_worker.reporting.liveness import Liveness
from voicejob_worker.reporting.reporter import Reporter, seconds_since_process_start
from voicejob_worker.reporting.status_server import StatusServer
from voicejob_worker.units import MIB


def test_progress_goes_by_characters_and_the_eta_by_what_was_spoken_here():
    reporter = Reporter()
    reporter.plan(chunks=3, characters=100)
    reporter.chunk_done(characters=50, audio_seconds=3.0, spoken_in=None)
    assert reporter.report.progress.eta_seconds is None
    reporter.chunk_done(characters=10, audio_seconds=1.0, spoken_in=2.0)
    progress = reporter.report.progress
    assert (progress.percent, progress.chunks_done, progress.audio_seconds) == (60, 2, 4.0)
    assert (progress.eta_seconds, progress.eta, progress.summary) == (8, "8.1s", "60%")
    assert progress.stage_percent == 60
    assert reporter.report.chunks_resumed == 1


def test_the_first_end_counts():
    reporter = Reporter()
    reporter.failed(StoppedError("stopped"))
    reporter.failed(TransientFaultError("later"))
    assert (reporter.report.exit_code, reporter.report.stage) == (143, Stage.ENDED)


def test_changes_are_told_in_the_order_in_which_they_were_made():
    told, showing, goes_on = [], threading.Event(), threading.Event()

    def show(report):
        if not showing.is_set():
            showing.set()
            goes_on.wait(0.3)
        told.append(report.stage)

    reporter = Reporter(show)
    with ThreadPoolExecutor(1) as pool:
        measured = pool.submit(reporter.device, None, VRAM(device_peak_mib=1))
        assert showing.wait(10)
        reporter.enter(Stage.LOADING)
        goes_on.set()
        measured.result()

    assert told == [Stage.PREPARING, Stage.LOADING], "else a stage that is over would come again"


def test_the_age_of_the_process_is_the_kernels():
    assert 0 < seconds_since_process_start() < 3600


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), 20, "memory"),
        (RuntimeError("std::bad_alloc"), 20, "memory: raise spec.resources.limits.memory"),
        (RuntimeError("DefaultCPUAllocator: not enough memory"), 20, "limits.memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), 20, "spec.gpu.memory"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"), 20, "the GPU's memory"),
        (OSError(28, "No space left"), 21, "no room is left"),
        (ValueError("secret text"), 21, "ValueError"),
    ],
)
def test_every_exception_becomes_an_end_without_its_own_words(tmp_path, error, code, words):
    fault = as_worker_error(error, tmp_path)
    assert fault.exit_code == code
    assert words in fault.message
    assert "secret" not in fault.message


@pytest.fixture
def served():
    reporter = Reporter()
    reporter.enter(Stage.SPEAKING)
    port = free_port()
    StatusServer(reporter, port, Liveness(reporter, 300), pytest.fail).start()
    return reporter, f"http://127.0.0.1:{port}"


def get(url):
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_server_tells_the_report_as_it_is(served):
    reporter, address = served
    reporter.plan(chunks=2, characters=10)
    reporter.chunk_done(5, 1.5, 0.1)
    reporter.device(
        GPUInfo(name="H", uuid="u", memory_mib=1, compute_capability="9.0", driver="1"),
        VRAM(device_peak_mib=42, process_peak_mib=41),
    )
    reporter.modelled(ModelInfo(device="cpu", precision="float32", device_message="no GPU"))
    status, body = get(f"{address}/status")
    assert status == 200
    assert json.loads(body)["progress"]["chunksDone"] == 1
    assert json.loads(body)["model"]["device"] == "cpu"
    assert json.loads(body)["model"]["deviceMessage"] == "no GPU"
    metrics = get(f"{address}/metrics")[1]
    labels = 'device="cpu",precision="float32",variant=""'
    assert f"voicejob_worker_model_info{{{labels}}} 1.0" in metrics
    assert "voicejob_worker_chunks_done 1.0" in metrics
    assert f"voicejob_worker_vram_device_peak_bytes {floatToGoString(42 * MIB)}" in metrics
    assert f"voicejob_worker_vram_process_peak_bytes {floatToGoString(41 * MIB)}" in metrics
    assert f"voicejob_worker_vram_total_bytes {floatToGoString(MIB)}" in metrics
    assert "voicejob_worker_vram_allocated_peak_bytes" not in metrics, "it was not measured"
    assert 'voicejob_worker_stage{stage="Speaking"} 1.0' in metrics
    assert get(f"{address}/healthz") == (200, "ok\n")
    assert get(f"{address}/readyz")[0] == 200
    reporter.enter(Stage.LOADING)
    assert get(f"{address}/readyz")[0] == 503
