"""``voicejob-worker serve`` as a process: it starts, serves, drains at SIGTERM, and can be cut."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from making.gpu_machine import Machine
from making.server import until
from typer.testing import CliRunner

from voicejob_worker.cli import app
from voicejob_worker.device.cuda_driver import DriverMissingError
from voicejob_worker.device.ledger import MemoryLedger
from voicejob_worker.device.memory import MemoryReading
from voicejob_worker.serving.server import _End, run_to_end, serve
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop

ROOT = Path(__file__).parents[4]
LONG = "It was a bright cold day in April, and the clocks were striking thirteen. " * 40


class Process:
    """A server and what it says."""

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT / 'crds'}:{ROOT / 'worker'}",
            "VOICEJOB_THREADS": "1",
            "VOICEJOB_SERVE_CACHE_DIR": str(home / "cache"),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "voicejob_worker", "serve", "--host", "127.0.0.1",
             "--port", "0", *arguments],
            env=environment, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._is_read = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: self.lines or self.process.poll() is not None, 120)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{json.loads(self.lines[0])['port']}"

    def await_ready(self) -> None:
        until(lambda: httpx.get(f"{self.url}/readyz", timeout=60).status_code == 200, 120)

    def say(self, text: str) -> httpx.Response:
        return httpx.post(f"{self.url}/v1/audio/speech", json=order(text), timeout=120)

    def ended(self) -> tuple[int, str]:
        code = self.process.wait(250)
        assert self._is_read.wait(60)
        return code, "".join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
        self._is_read.set()


def order(text: str) -> dict[str, str]:
    return {"model": "tts-1", "voice": "joe", "input": text, "response_format": "pcm"}


Start = Callable[..., Process]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    processes: list[Process] = []

    def start(*arguments: str) -> Process:
        processes.append(Process(tmp_path, *arguments))
        return processes[-1]

    yield start
    for one in processes:
        one.process.kill()
        one.process.wait(60)


def test_sigterm_drains(started: Start) -> None:
    server = started("--batch-requests", "1", "--drain-seconds", "240")
    server.await_ready()
    secret = "Nobody must ever read this in a log. " * 8  # goes on until both were looked at
    with ThreadPoolExecutor(2) as pool, httpx.Client(base_url=server.url, timeout=60) as client:
        spoken = [pool.submit(server.say, secret) for _ in range(2)]
        until(lambda: "queue_length 1.0" in client.get("/metrics").text, 60)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: client.get("/readyz").status_code == 503, 60)
        refused = server.say("Too late.")
        answers = [one.result() for one in spoken]
    code, log = server.ended()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert refused.status_code == 503
    assert refused.headers["connection"] == "close"
    assert refused.json()["error"]["code"] == "shutting_down"
    assert code == 0
    assert '"requests_cut": 0' in log
    assert "Nobody" not in log


@pytest.mark.parametrize("how", ["a second signal", "the bound"])
def test_a_second_signal_or_the_bound_cuts(started: Start, how: str) -> None:
    server = started("--drain-seconds", "60" if how == "a second signal" else "0.5")
    server.await_ready()
    address = f"{server.url}/v1/audio/speech"
    with httpx.stream("POST", address, json=order(LONG), timeout=60) as response:
        parts = response.iter_raw()
        next(parts)
        server.process.send_signal(signal.SIGTERM)
        if how == "a second signal":
            until(lambda: httpx.get(f"{server.url}/readyz", timeout=60).status_code == 503, 60)
            server.process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.RemoteProtocolError):
            list(parts)
    code, log = server.ended()

    assert code == 143
    assert '"requests_cut": 1' in log


def test_the_end_waits_for_no_thread_that_hangs() -> None:
    hanging, began, over = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        hanging.wait(200)
        over.set()

    async def work() -> None:
        asking = asyncio.create_task(asyncio.to_thread(hang))
        while not began.is_set():
            await asyncio.sleep(0.01)
        asking.cancel()

    run_to_end(work())
    was_over = over.is_set()
    hanging.set()

    assert not was_over


def test_a_server_that_does_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no exit code of its own it would be killed without one."""

    codes: list[int] = []
    codes_at_the_cut: list[list[int]] = []

    class Hanging:
        idle = asyncio.Event()

        def drain(self) -> None: ...

        def cut(self) -> int:
            codes_at_the_cut.append([*codes])
            return 0

    for name, value in (("_GRACE_SECONDS", 4.0), ("_LAST_SECONDS", 1.0)):
        monkeypatch.setattr(f"voicejob_worker.serving.server.{name}", value)
    monkeypatch.setattr("voicejob_worker.serving.server.os._exit", codes.append)

    async def signalled() -> None:
        end = _End(Hanging(), Hanging(), 0.1, Stop())  # type: ignore[arg-type]
        end._on_signal()
        async with asyncio.timeout(60):
            while not codes:
                await asyncio.sleep(0.05)

    asyncio.run(signalled())

    assert codes_at_the_cut == [[]]
    assert codes == [143]


def test_a_server_drains_where_no_further_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Draining:
        should_exit = False

        def __init__(self) -> None:
            self.idle = asyncio.Event()
            self.idle.set()

        def drain(self) -> None: ...

        def cut(self) -> int:
            return 0

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def signalled() -> bool:
        server = Draining()
        end = _End(server, server, 30.0, Stop())  # type: ignore[arg-type]
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            end._on_signal()
        async with asyncio.timeout(60):
            while not server.should_exit:
                await asyncio.sleep(0.01)
        return server.should_exit

    assert asyncio.run(signalled())


@pytest.mark.parametrize(
    ("command", "variable", "value", "words"),
    [
        (("serve",), "VOICEJOB_SERVE_QUEUE", "abc", "valid integer"),
        (("serve",), "VOICEJOB_API_KEY", "", "unset it"),
        (("serve",), "VOICEJOB_THREADS", "0", "greater than or equal to 1"),
        (("doctor",), "VOICEJOB_THREADS", "1000000", "less than or equal to 1024"),
        (("serve",), "VOICEJOB_SERVE_WORKERS", "1000000", "less than or equal to 1024"),
        (("serve",), "VOICEJOB_SERVE_IDLE_SECONDS", "inf", "a year"),
        (("serve",), "VOICEJOB_SERVE_LOAD_SECONDS", "inf", "less than or equal to"),
        (("run",), "VOICEJOB_STALL_SECONDS", "1e300", "less than or equal to"),
        (("run",), "VOICEJOB_STALL_SECONDS", "nan", "less than or equal to"),
        (("run",), "VOICEJOB_STATUS_PORT", "x", "valid integer"),
        (("doctor",), "VOICEJOB_TERMINATION_GRACE_SECONDS", "-1", "greater than 0"),
        (("download", "hf://a/b/c.pth"), "VOICEJOB_THREADS", "two", "valid integer"),
        (("inspect", "x"), "VOICEJOB_ACCEPTED_LICENCES", "MIT", "expected a list in JSON"),
    ],
)
def test_a_setting_that_cannot_be_is_told_by_its_variable(
    command: tuple[str, ...], variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    ended = CliRunner().invoke(app, list(command))

    assert ended.exit_code == 10
    assert words in ended.output
    assert f"{variable}: " in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("command", [("run",), ("serve",), ("doctor",)])
@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        ("--device", "gpu", "expected auto, cpu, cuda, or cuda:1"),
        ("--device", "cuda:-1", "expected auto, cpu, cuda, or cuda:1"),
        ("--low-vram", "maybe", "expected Auto, On, Off"),
    ],
)
def test_a_device_that_is_none_is_refused_with_what_is_allowed(
    command: tuple[str, ...], flag: str, value: str, words: str
) -> None:
    ended = CliRunner().invoke(app, [*command, flag, value])

    assert ended.exit_code == 10
    assert words in ended.output
    assert f"{flag}: {value!r}" in ended.output, "what was typed, not the variable beside it"


@pytest.mark.parametrize("command", ["run", "serve", "doctor"])
def test_the_device_is_a_flag_and_a_variable(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Settings] = []

    def take(*settings: Any) -> None:
        given.extend(getattr(one, "settings", one) for one in settings)
        raise SystemExit(0)

    for name in ("attempt.process.run", "serving.server.serve", "doctor.diagnose"):
        monkeypatch.setattr(f"voicejob_worker.{name}", take)
    monkeypatch.setenv("VOICEJOB_FALLBACK_TO_CPU", "true")
    flags = ["--device", "cuda:1", "--low-vram", "on"]

    assert CliRunner().invoke(app, [command, *flags]).exit_code == 0
    settings = given[-1]
    assert (settings.device, settings.fallback_to_cpu, settings.low_vram) == ("cuda:1", True, "On")
    CliRunner().invoke(app, [command, "--no-fallback-to-cpu"])
    assert (given[-1].device, given[-1].fallback_to_cpu) == ("auto", False)


def test_the_memory_of_a_gpu_is_sampled_and_told_until_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Ledger(MemoryLedger):
        is_used, samples = True, 0

        def sample(self) -> MemoryReading:
            self.samples += 1
            self.note("the GPU's memory", why=f"sample {self.samples}")
            return MemoryReading()

    def run(work: Coroutine[Any, Any, None]) -> None:
        work.close()
        until(lambda: ledger.samples >= 2)

    ledger = Ledger()
    monkeypatch.setattr("voicejob_worker.serving.server.ledger", ledger)
    monkeypatch.setattr(
        "voicejob_worker.serving.server.Service", lambda *_, **__: SimpleNamespace()
    )
    monkeypatch.setattr("voicejob_worker.serving.server.make_app", lambda *_: None)
    monkeypatch.setattr("voicejob_worker.serving.server.run_to_end", run)

    assert serve(ServeSettings(listen_host="127.0.0.1", listen_port=0), Settings()) == 0
    assert "sample 2" in capsys.readouterr().out
    assert "device" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(("fallback", "code"), [(False, 13), (True, 0)])
def test_a_server_for_a_gpu_that_cannot_be_used_says_so_at_its_start(
    fallback: bool, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = Machine(driver=DriverMissingError("libcuda.so.1: cannot open shared object file"))
    monkeypatch.setattr("voicejob_worker.device.preflight.NvidiaHardware", lambda: missing)
    monkeypatch.setattr("voicejob_worker.serving.server.run_to_end", lambda work: work.close())
    monkeypatch.setattr(
        "voicejob_worker.serving.server.Service", lambda *_, **__: SimpleNamespace()
    )
    monkeypatch.setattr("voicejob_worker.serving.server.make_app", lambda *_: None)
    settings = ServeSettings(listen_host="127.0.0.1", listen_port=0)

    assert serve(settings, Settings(device="cuda", fallback_to_cpu=fallback)) == code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = next(line for line in lines if "NVIDIA's driver is not here" in line.get("why", ""))
    assert told["event"] == ("cannot start" if code else "not on the GPU")
    assert told.get("reason") == ("GPUDriverMissing" if code else None)
    assert any(line["event"] == "listening" for line in lines) != bool(code)


def test_voices_that_cannot_be_read_end_it_at_once(
    voices_file: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ServeSettings(voices=voices_file("ana: {engine: festival}"), listen_port=0)

    assert serve(settings, Settings()) == 10
    assert "voice 'ana': engine" in capsys.readouterr().out


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = ServeSettings(listen_host="127.0.0.1", listen_port=port)

        assert serve(settings, Settings()) == 21
    assert "Address already in use" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["watchdog", "speaker-1", "device"])
def test_a_thread_that_cannot_be_started_ends_it_with_what_to_do(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == name:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert serve(ServeSettings(listen_port=0), Settings()) == 21
    told = capsys.readouterr().out
    assert f"could not start the thread {name}" in told
    assert "podPidsLimit" in told
