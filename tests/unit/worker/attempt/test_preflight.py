"""What the work depends on is tried before it begins, side by side, for a few seconds at most."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from making.model_server import File, ModelServer
from making.server import ToneEngine

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.attempt.attempt import Attempt
from voicejob_worker.attempt.context import AttemptContext
from voicejob_worker.attempt.preflight import InputsProbe, await_trials, try_models
from voicejob_worker.attempt.workplace import on_laptop
from voicejob_worker.errors import (
    DiskFullError,
    InvalidInputError,
    ModelUnusableError,
    StoppedError,
    StoreRefusedError,
)
from voicejob_worker.failures.places import TEXT
from voicejob_worker.reporting.display import JsonLines
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop


@pytest.fixture
def executor():
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def notes():
    return []


def fail(error):
    def trial():
        raise error

    return trial


def run(executor, notes, seconds=2.0, stop=None, **trials):
    begun = {field: executor.submit(trial) for field, trial in trials.items()}

    def note(event, **facts):
        notes.append((event, facts["of"]))

    await_trials(begun, seconds, stop or Stop(), note)


def test_nothing_is_said_where_all_is_well(executor, notes):
    run(executor, notes, output=lambda: None, text=lambda: "Hello.")
    assert notes == []


@pytest.mark.parametrize(
    "error",
    [
        InvalidInputError("no text"),
        ModelUnusableError("no model"),
        StoreRefusedError("wrong key"),
        DiskFullError("full"),
        StoppedError("stopped"),
    ],
)
def test_what_cannot_work_ends_the_attempt_without_waiting_for_the_others(executor, notes, error):
    over = threading.Event()
    began = time.monotonic()
    with pytest.raises(type(error)) as caught:
        run(executor, notes, seconds=30, slow=lambda: over.wait(30), bad=fail(error))
    over.set()
    assert caught.value is error
    assert time.monotonic() - began < 10


def test_of_several_that_have_failed_the_first_is_told(executor):
    trials = {
        "output": executor.submit(fail(StoreRefusedError("output"))),
        "model": executor.submit(fail(ModelUnusableError("model"))),
    }
    wait(trials.values())
    with pytest.raises(StoreRefusedError):
        await_trials(trials, 1, Stop(), pytest.fail)


def test_what_may_pass_is_noted_and_left_to_the_work(executor, notes):
    run(executor, notes, text=fail(TEXT.away("away")), model=fail(KeyError("text")))
    assert sorted(notes) == [("may pass", "model"), ("may pass", "text")]


def test_what_does_not_answer_in_time_is_left_to_the_work(executor, notes):
    over = threading.Event()
    began = time.monotonic()
    run(executor, notes, seconds=0.5, text=lambda: over.wait(30))
    assert time.monotonic() - began < 5
    over.set()
    assert notes == [("no answer yet", "text")]


def test_a_stop_ends_the_wait(executor, notes):
    over, stop = threading.Event(), Stop()
    threading.Timer(0.3, stop.ask).start()
    with pytest.raises(StoppedError):
        run(executor, notes, seconds=30, stop=stop, text=lambda: over.wait(30))
    over.set()


@pytest.fixture
def server(monkeypatch):
    with ModelServer() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running


@pytest.fixture
def tried(tmp_path, executor, server, notes):
    def try_all(seconds=20.0, **spec):
        wanted = VoiceJobSpec.model_validate({"text": "Good morning.", **spec})
        settings = Settings(
            model_dir=tmp_path / "model",
            conversion_dir=tmp_path / "conversion",
            recogniser_dir=tmp_path / "recogniser",
            model_cache_dir=tmp_path / "models",
        )
        inputs = InputsProbe(wanted, settings, tmp_path / "cache", Stop())
        trials = try_models(wanted, inputs, executor)
        await_trials(trials, seconds, Stop(), lambda _event, **facts: notes.append(facts))

    return try_all


def test_a_model_in_the_image_needs_no_server(tried, server):
    tried()
    assert server.asked == []


def test_a_model_at_an_address_is_tried_and_not_fetched(tried, server, tmp_path):
    server.files["/v/x.onnx"] = File(bytes(1 << 20))
    server.files["/v/x.onnx.json"] = File(b"{}")
    tried(model={"uri": f"{server.address}/v/x.onnx"})
    assert server.paths() == ["/v/x.onnx", "/v/x.onnx.json"]
    assert not list(tmp_path.rglob("x.onnx*"))


CONVERSION = {"conversion": {"modelUri": "hf://h/v/me.pth"}}
REFERENCE = {"reference": {"uri": "https://h/voice.wav", "transcript": "Good morning."}}
CLONE = {
    "engine": "f5-tts",
    "language": "en",
    "voice": REFERENCE,
    "acceptLicences": ["CC-BY-NC-4.0"],
}


@pytest.mark.parametrize(
    ("spec", "there", "words"),
    [
        ({"model": {"uri": "hf://h/v/x.onnx"}}, [], r"^spec\.model\.uri: .*HTTP 404"),
        (
            {"model": {"uri": "pvc://claim/x.onnx"}},
            [],
            r"no x\.onnx at pvc://claim.*spec\.model\.uri",
        ),
        ({"voice": CONVERSION}, [], r"^spec\.voice\.conversion\.modelUri: .*HTTP 404"),
        (
            {"voice": {"conversion": {"modelUri": "pvc://c/me.pth"}}},
            [],
            r"no me\.pth at pvc://c/me\.pth \(spec\.voice\.conversion\.modelUri\)",
        ),
        ({"voice": CONVERSION}, ["/h/v/resolve/main/me.pth"], r"^the catalogue: .*HTTP 404"),
        ({"language": "pt-BR"}, [], r"^the catalogue: .*HTTP 404"),
        (
            {**CLONE, "model": {"uri": "hf://h/f5/m.safetensors"}},
            ["/h/f5/resolve/main/m.safetensors"],
            r"^the catalogue: .*vocos",
        ),
        ({**CLONE, "acceptLicences": []}, [], r"CC-BY-NC-4\.0.*spec\.acceptLicences"),
        (
            {"quality": {"transcribe": True, "recogniser": {"uri": "pvc://c/whisper"}}},
            [],
            r"no folder at pvc://c/whisper \(spec\.quality\.recogniser\.uri\)",
        ),
    ],
)
def test_what_will_not_be_had_is_found_before_anything_is_fetched(
    tried, server, tmp_path, spec, there, words
):
    for path in there:
        server.files[path] = File(b"weights")
    with pytest.raises(ModelUnusableError, match=words) as caught:
        tried(**spec)
    assert caught.value.exit_code == 11
    assert not list(tmp_path.rglob("*.partial"))


def test_a_recogniser_whose_package_is_missing_is_found_without_loading_it(tried, monkeypatch):
    monkeypatch.setitem(sys.modules, "moonshine_voice", None)
    with pytest.raises(ModelUnusableError, match="needs the package moonshine-voice"):
        tried(quality={"transcribe": True})


def test_a_recogniser_of_another_language_is_found_without_loading_it(tried, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "x.onnx").touch()
    with pytest.raises(InvalidInputError, match="needs a recogniser for de-DE"):
        tried(
            language="de-DE",
            model={"uri": "pvc://c/x.onnx"},
            quality={"transcribe": True},
        )


def test_a_server_of_models_that_is_away_is_left_to_the_work(tried, server, notes):
    server.statuses["/x.onnx"] = [503]
    tried(model={"uri": f"{server.address}/x.onnx"})
    assert "HTTP 503" in notes[0]["why"]


def test_where_the_cpu_is_asked_for_the_checks_of_a_gpu_are_not_even_imported():
    code = (
        "import sys\n"
        "import voicejob_worker.attempt.attempt\n"
        "from voicejob_worker.attempt.preflight import check_device\n"
        "from voicejob_worker.device.request import DeviceRequest\n"
        "assert check_device(DeviceRequest('cpu')).device == 'cpu'\n"
        "for name in ('torch', 'pynvml', 'voicejob_worker.device.preflight'):\n"
        "    assert name not in sys.modules, name\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_a_stop_does_not_wait_for_a_voice_that_is_being_loaded(tmp_path, monkeypatch):
    engine, begun, ends, stop = ToneEngine(), threading.Event(), threading.Event(), Stop()

    def load():
        begun.set()
        ends.wait(20)

    engine.load = load
    monkeypatch.setattr("voicejob_worker.attempt.attempt.assemble_engine", lambda *_, **__: engine)
    job = VoiceJob.model_validate({"metadata": {"name": "one"}, "spec": {"text": "Hello there."}})
    context = AttemptContext(Settings(work_dir=tmp_path), Reporter(), JsonLines(), stop)
    attempt = Attempt(job, on_laptop(job, tmp_path / "text", tmp_path), context)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(attempt.run)
        assert begun.wait(20)
        stop.ask()
        try:
            with pytest.raises(StoppedError):
                running.result(5)
        finally:
            ends.set()
