"""``voicejob-worker doctor``: is everything here that a worker needs, and what to do if not."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from voicejob_api.synthesis import Engine as EngineName
from voicejob_worker.device.check_result import CheckResult, State
from voicejob_worker.device.gpu_checks import check_gpu, skip_gpu
from voicejob_worker.device.hardware import Hardware, NvidiaHardware
from voicejob_worker.device.processors import usable_processors
from voicejob_worker.device.reasons import DeviceReason
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.registry import EngineConfig, make_engine
from voicejob_worker.errors import WorkerError
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience
from voicejob_worker.units import GIB

_ENOUGH_DISK: Final = GIB
_NOT_ASKED_FOR: Final = "no GPU asked for (--device cuda asks for one)"
_COLOURS: Final = {
    State.OK: "green",
    State.WARNING: "yellow",
    State.FAILED: "bold red",
    State.SKIPPED: "dim",
}


def diagnose(settings: Settings, hardware: Hardware | None = None) -> list[CheckResult]:
    """Look at everything; a check that fails unforeseen is a finding itself."""
    checks: dict[str, Callable[[], CheckResult]] = {
        "voice": lambda: _voice(settings),
        "disk": lambda: _disk(settings),
        "store": lambda: _store(settings),
        "torch": _torch,
    }
    request = DeviceRequest(settings.device, fallback_to_cpu=settings.fallback_to_cpu)
    return [
        *(_looked_at(what, check) for what, check in checks.items()),
        *_gpu(request, hardware or NvidiaHardware()),
    ]


def is_well(findings: list[CheckResult]) -> bool:
    """Whether no check failed."""
    return not any(finding.state is State.FAILED for finding in findings)


def show(findings: list[CheckResult]) -> None:
    """Print the findings as a table; what to do stands below what was found."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("check", "", "found", box=None, pad_edge=False)
    for finding in findings:
        to_do = f"\n-> {finding.to_do}" if finding.to_do else ""
        mark = Text(finding.state, _COLOURS[finding.state])
        table.add_row(finding.what, mark, Text(finding.found + to_do))
    Console().print(table)


def as_json(findings: list[CheckResult]) -> str:
    """The findings for programs: ``{"ok": …, "checks": [{check, state, found, toDo, reason}]}``."""
    checks = [
        {
            "check": finding.what,
            "state": finding.state.value,
            "found": finding.found,
            "toDo": finding.to_do,
            "reason": finding.reason,
        }
        for finding in findings
    ]
    return json.dumps({"ok": is_well(findings), "checks": checks}, indent=2, ensure_ascii=False)


def _looked_at(what: str, check: Callable[[], CheckResult]) -> CheckResult:
    try:
        return check()
    except WorkerError as error:
        return CheckResult(what, State.FAILED, error.message, reason=error.reason)
    except Exception as error:  # whatever it is, the other checks are worth reading, too
        return CheckResult(what, State.FAILED, f"{type(error).__name__}: {error}")


def _gpu(request: DeviceRequest, hardware: Hardware) -> list[CheckResult]:
    """The eight checks of a GPU: where one is asked for, or where a driver is."""
    if request.device == "cpu":
        return skip_gpu(_NOT_ASKED_FOR)
    if request.device == "auto" and not hardware.has_torch():
        return skip_gpu(_NOT_ASKED_FOR)
    results = list(check_gpu(request, hardware))
    if request.device == "auto":
        if results[0].reason == DeviceReason.DRIVER_MISSING:
            return skip_gpu(_NOT_ASKED_FOR)
        if not is_well(results) and (torch := _torch_without_cuda(hardware)):
            return skip_gpu(f"{torch}; {_NOT_ASKED_FOR}")
    return [_no_failure(one) for one in results] if request.fallback_to_cpu else results


def _torch_without_cuda(hardware: Hardware) -> str:
    """What torch is here, in words, if it is one for the CPU alone; else empty."""
    with suppress(ImportError, OSError):  # one that is broken is a finding of the checks
        build = hardware.torch_build()
        return f"torch {build.version} is built without CUDA" if build.cuda is None else ""
    return ""


def _no_failure(result: CheckResult) -> CheckResult:
    """A check that fails where the CPU will do: work goes on, and the user is told."""
    if result.state is not State.FAILED:
        return result
    return replace(
        result, state=State.WARNING, found=f"{result.found} (the CPU is used in its place)"
    )


def _voice(settings: Settings) -> CheckResult:
    threads = settings.threads or usable_processors()
    engine = make_engine(EngineName.PIPER, EngineConfig(threads))
    engine.import_libraries()
    began = time.perf_counter()
    engine.load()
    loaded = time.perf_counter()
    (samples,) = engine.synthesise([Utterance(0, "All is well.")], SynthesisParams())
    spoken = time.perf_counter() - loaded
    factor = spoken / (samples.size / engine.sample_rate)
    return CheckResult(
        "voice",
        State.OK if samples.size else State.FAILED,
        f"piper, {', '.join(engine.languages or ())}, {engine.sample_rate} Hz; loaded in "
        f"{loaded - began:.1f} s, RTF {factor:.3f} with {threads} threads",
    )


def _torch() -> CheckResult:
    if find_spec("torch") is None:
        return CheckResult("torch", State.SKIPPED, "not installed: piper needs none")
    return CheckResult("torch", State.OK, metadata.version("torch"))


def _disk(settings: Settings) -> CheckResult:
    folder = settings.work_dir if settings.work_dir.is_dir() else Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    found = f"{free / GIB:.1f} GiB free in {folder}"
    if free >= _ENOUGH_DISK:
        return CheckResult("disk", State.OK, found)
    advice = "make room: an hour of speech takes about 1 GiB while it is made"
    return CheckResult("disk", State.FAILED, found, advice, "DiskFull")


def _store(settings: Settings) -> CheckResult:
    if not settings.grants_file.exists():
        return CheckResult("store", State.SKIPPED, f"no grants at {settings.grants_file}")
    from voicejob_worker.store.grants import GrantedStore

    stop = Stop()
    store = GrantedStore(settings.grants_file, lambda _: Patience(0, stop), stop)
    with tempfile.TemporaryDirectory() as folder:
        found = store.fetch_checkpoint(Path(folder) / "checkpoint")
    return CheckResult(
        "store", State.OK, "answers; it holds " + ("a" if found else "no") + " checkpoint"
    )
