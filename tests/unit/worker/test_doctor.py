"""What ``doctor`` says, to people and to programs."""

import json

import pytest
from making.gpu_machine import GTX_1050_TI, Machine
from typer.testing import CliRunner

from voicejob_worker import doctor
from voicejob_worker.cli import app
from voicejob_worker.device.check_result import CheckResult, State
from voicejob_worker.device.cuda_driver import DriverMissingError
from voicejob_worker.device.hardware import TorchBuild
from voicejob_worker.device.nvml import NVMLFaultError
from voicejob_worker.doctor import as_json, diagnose, is_well, show
from voicejob_worker.settings import Settings

NO_DRIVER = Machine(driver=DriverMissingError("libcuda.so.1: cannot open shared object file"))


@pytest.fixture(autouse=True)
def voice(monkeypatch):
    """The voice is not loaded: it has tests of its own."""
    monkeypatch.setattr(doctor, "_voice", lambda _: CheckResult("voice", State.OK, "piper"))


def by_name(findings):
    return {finding.what: finding for finding in findings}


def test_it_checks_the_rest_and_the_gpu_with_eight_checks():
    findings = by_name(diagnose(Settings(device="cuda"), Machine()))
    assert list(findings)[:4] == ["voice", "disk", "store", "torch"]
    assert len(findings) == 12
    assert findings["GPU memory"].found == "14,000 of 15,360 MiB free"
    assert findings["GPU architecture"].found == "Tesla T4, compute capability 7.5"
    assert is_well(list(findings.values()))


@pytest.mark.parametrize(("device", "machine"), [("auto", NO_DRIVER), ("cpu", Machine())])
def test_a_gpu_that_nobody_asks_for_is_skipped(device, machine):
    findings = diagnose(Settings(device=device), machine)
    assert [finding.state for finding in findings[4:]] == [State.SKIPPED] * 8
    assert findings[4].found.startswith("no GPU asked for")
    assert is_well(findings)


def test_a_gpu_that_is_asked_for_and_is_not_here_fails():
    findings = diagnose(Settings(device="cuda"), NO_DRIVER)
    assert findings[4].reason == "GPUDriverMissing"
    assert not is_well(findings)


@pytest.mark.parametrize("variable", ["NVIDIA_VISIBLE_DEVICES"])
def test_a_gpu_that_torch_uses_is_never_told_to_be_absent(monkeypatch, variable):
    monkeypatch.setenv(variable, "void")  # what CDI sets in a container that has a GPU
    findings = by_name(diagnose(Settings(), Machine()))
    assert findings["GPU architecture"].state is State.OK
    assert not any("no GPU" in finding.found for finding in findings.values())


def test_a_card_in_the_wrong_flavour_fails_although_nobody_asks_for_it():
    """It is the CPU that would compute, and somebody who runs doctor wants to know why."""
    findings = by_name(diagnose(Settings(), Machine(at=GTX_1050_TI)))
    assert findings["GPU architecture"].reason == "GPUArchUnsupported"
    assert "flavour gpu-cu126" in findings["GPU architecture"].to_do
    assert findings["GPU memory"].found == "not tried: GPU architecture failed"


@pytest.mark.parametrize(
    "fault", [{}, {"answer": NVMLFaultError("Driver/library version mismatch")}]
)
def test_a_laptop_with_a_driver_and_a_torch_for_the_cpu_is_well(fault):
    machine = Machine(build=TorchBuild("2.11.0+cpu", None), **fault)
    findings = diagnose(Settings(), machine)
    assert [finding.state for finding in findings[4:]] == [State.SKIPPED] * 8
    assert findings[4].found.startswith("torch 2.11.0+cpu is built without CUDA; no GPU asked for")
    assert is_well(findings)
    assert not is_well(diagnose(Settings(device="cuda"), machine))


def test_where_the_cpu_will_do_a_gpu_that_fails_is_a_warning():
    asked = Settings(device="cuda", fallback_to_cpu=True)
    findings = by_name(diagnose(asked, Machine(at=GTX_1050_TI)))
    card = findings["GPU architecture"]
    assert (card.state, card.reason) == (State.WARNING, "GPUArchUnsupported")
    assert card.found.endswith("(the CPU is used in its place)")
    assert is_well(list(findings.values()))


def test_the_table_reads_well_in_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    show(diagnose(Settings(device="cuda"), Machine(at=GTX_1050_TI)))
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    at = next(n for n, line in enumerate(lines) if line.startswith("GPU architecture"))
    assert "failed" in lines[at]
    assert "NVIDIA GeForce GTX 1050 Ti has compute" in lines[at]
    assert any("-> use the image's flavour gpu-cu126" in line for line in lines[at:])
    assert not any("…" in line for line in lines)


def test_programs_get_the_same():
    told = json.loads(as_json(diagnose(Settings(device="cuda"), Machine(free=(500, 4096)))))
    assert told["ok"] is False
    memory = next(check for check in told["checks"] if check["check"] == "GPU memory")
    assert memory["state"] == "failed"
    assert memory["reason"] == "GPUMemoryInsufficient"
    assert "500 of 4,096 MiB" in memory["found"]
    assert "nvidia-smi" in memory["toDo"]


@pytest.mark.parametrize(("machine", "code"), [(Machine(), 0), (NO_DRIVER, 1)])
def test_its_exit_code_says_whether_all_is_well(monkeypatch, machine, code):
    left = []
    monkeypatch.setattr(doctor, "NvidiaHardware", lambda: machine)
    monkeypatch.setattr("voicejob_worker.cli._leave", left.append)
    ended = CliRunner().invoke(app, ["doctor", "--device", "cuda", "--json"])
    assert left == [code], ended.output
    assert json.loads(ended.output)["ok"] is (code == 0)
