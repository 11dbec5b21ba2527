"""``voicejob-worker doctor``: is everything here that a worker needs, and what to do if not."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from voicejob_api.synthesis import Engine as EngineName
from voicejob_worker.device.nvml import first_device
from voicejob_worker.device.processors import usable_processors
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.engines.protocol import SynthesisParams, Utterance
from voicejob_worker.engines.registry import EngineConfig, make_engine
from voicejob_worker.errors import WorkerError
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop
from voicejob_worker.store.retry import Patience

_ENOUGH_DISK: Final = 1 << 30
_GIB: Final = 1 << 30


@dataclass(frozen=True)
class CheckResult:
    """One thing that was looked at."""

    what: str
    good: bool
    found: str
    to_do: str = ""


def diagnose(settings: Settings) -> list[CheckResult]:
    """Look at everything; a check that fails unforeseen is a finding itself."""
    checks: dict[str, Callable[[], CheckResult]] = {
        "voice": lambda: _voice(settings),
        "device": _device,
        "torch": _torch,
        "disk": lambda: _disk(settings),
        "store": lambda: _store(settings),
    }
    return [_looked_at(what, check) for what, check in checks.items()]


def show(findings: list[CheckResult]) -> None:
    """Print the findings as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "", "found", "what to do")
    for finding in findings:
        mark = "[green]ok[/]" if finding.good else "[red]no[/]"
        table.add_row(finding.what, mark, finding.found, finding.to_do)
    Console().print(table)


def _looked_at(what: str, check: Callable[[], CheckResult]) -> CheckResult:
    try:
        return check()
    except WorkerError as error:
        return CheckResult(what, False, error.message)
    except Exception as error:
        return CheckResult(what, False, f"{type(error).__name__}: {error}")


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
        samples.size > 0,
        f"piper, {', '.join(engine.languages or ())}, {engine.sample_rate} Hz; loaded in "
        f"{loaded - began:.1f} s, RTF {factor:.3f} with {threads} threads",
    )


def _device() -> CheckResult:
    gpu = first_device()
    if gpu is None:
        return CheckResult("device", True, "no GPU (none is needed for piper)")
    return CheckResult(
        "device",
        True,
        f"{gpu.name}, {gpu.memory_mib} MiB, compute capability {gpu.compute_capability}, "
        f"driver {gpu.driver}",
    )


def _torch() -> CheckResult:
    if find_spec("torch") is None:
        return CheckResult("torch", True, "not installed (not needed for piper)")
    import torch

    build = f"{metadata.version('torch')}, built for CUDA {torch.version.cuda}"
    if first_device() is None:
        return CheckResult("torch", True, f"{build}; it will run on the CPU")
    if not torch.cuda.is_available():
        return CheckResult(
            "torch",
            False,
            f"{build}, finds no usable GPU",
            "update the node's driver to one that knows this CUDA version",
        )
    from voicejob_worker.device.precision import choose_device

    choose_device(DeviceRequest("cuda"))
    return CheckResult("torch", True, f"{build}, uses {torch.cuda.get_device_name()}")


def _disk(settings: Settings) -> CheckResult:
    folder = settings.work_dir if settings.work_dir.is_dir() else Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    return CheckResult(
        "disk",
        free >= _ENOUGH_DISK,
        f"{free / _GIB:.1f} GiB free in {folder}",
        "" if free >= _ENOUGH_DISK else "an hour of speech takes about 1 GiB while it is made",
    )


def _store(settings: Settings) -> CheckResult:
    if not settings.grants_file.exists():
        return CheckResult("store", True, f"not tried: no grants at {settings.grants_file}")
    from voicejob_worker.store.grants import GrantedStore

    stop = Stop()
    store = GrantedStore(settings.grants_file, lambda _: Patience(0, stop), stop)
    with tempfile.TemporaryDirectory() as folder:
        found = store.fetch_checkpoint(Path(folder) / "checkpoint")
    return CheckResult(
        "store", True, "answers; it holds " + ("a" if found else "no") + " checkpoint"
    )
