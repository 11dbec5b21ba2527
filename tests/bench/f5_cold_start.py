"""Seconds and memory of the F5-TTS engine's start, part by part, in a fresh process.

    python tests/bench/f5_cold_start.py [--size full] [--runs 3] [--threads 2]

Makes a checkpoint with random weights and a vocoder in a temporary directory, and starts a process
per run with the files in the page cache. Prints a table: seconds of each part (median), and in MiB
(last run) resident memory after it, how much of that is mapped from files, which the kernel can
drop, and its peak so far. "ready" is all before any weights: the start of Python and the imports.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

MIB = 1 << 10
"""The kernel's kB in a MiB."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        measure(Path(asked.child), asked.threads)
        return
    from making.f5 import make_f5_checkpoint, make_vocos

    with tempfile.TemporaryDirectory() as directory:
        make_f5_checkpoint(Path(directory), size=asked.size)
        make_vocos(Path(directory) / "vocos", size=asked.size)
        runs = [run(directory, asked.threads) for _ in range(asked.runs + 1)][1:]
    print(f"{asked.size}, {asked.threads} threads, median of {asked.runs} runs")
    print(f"{'part':<34}{'seconds':>9}{'RSS':>8}{'of files':>10}{'peak':>8}")
    for part, (_, rss, files, peak) in runs[-1].items():
        seconds = statistics.median(one[part][0] for one in runs)
        print(f"{part:<34}{seconds:>9.2f}{rss:>8}{files:>10}{peak:>8}")


def run(directory: str, threads: int) -> dict[str, list[float]]:
    """Figures of a fresh process."""
    began = str(time.time())
    command = [sys.executable, __file__, "--child", directory, "--threads", str(threads)]
    ended = subprocess.run(
        command, env=os.environ | {"BEGAN": began}, capture_output=True, text=True, check=True
    )
    return json.loads(ended.stdout.splitlines()[-1])


def measure(directory: Path, threads: int) -> None:
    """Start the engine part by part, and print the figures as JSON."""
    figures: dict[str, list[float]] = {}
    last = float(os.environ["BEGAN"])

    def part(name: str, work: Callable[[], object]) -> object:
        nonlocal last
        result = work()
        now = time.time()
        figures[name] = [now - last, *memory()]
        last = now
        return result

    part("Python and this script", lambda: None)
    engine = part("engine module", lambda: engine_of(directory, threads))
    part("imports (torch and ours)", engine.import_libraries)
    ready = sum(seconds for seconds, *_ in figures.values())
    figures["ready"] = [ready, *memory()]
    part("reading checkpoint (mapping)", lambda: read(directory))
    part("SHA-256 of the checkpoint alone", lambda: digest(directory))
    part("engine.load, all of it", engine.load)
    part("first chunk, 1 step", lambda: speak(engine, 1))
    part("same chunk, 1 step", lambda: speak(engine, 1))
    part("same chunk, 3 steps", lambda: speak(engine, 3))
    print(json.dumps(figures))


def memory() -> tuple[int, int, int]:
    """Resident memory, how much of it is of files, and its peak, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return tuple(int(fields[name].split()[0]) // MIB for name in ("VmRSS", "RssFile", "VmHWM"))


def engine_of(directory: Path, threads: int) -> object:
    """Our engine, not loaded, with a reference of 5 s of noise."""
    import numpy as np

    from voicejob_worker.device.request import DeviceRequest
    from voicejob_worker.engines.f5.architecture import Variant
    from voicejob_worker.engines.f5.engine import F5Engine
    from voicejob_worker.reference.reference import Reference, ReferenceReport

    samples = (0.1 * np.random.default_rng(0).standard_normal(120_000)).astype(np.float32)
    report = ReferenceReport(5.0, 5.0, 30.0, 0.0, 1.0, 24_000)
    reference = Reference(samples, 24_000, "a" * 70, "", report)
    return F5Engine(
        threads=threads,
        model=directory,
        reference=reference,
        variant=Variant.V1,
        device=DeviceRequest("cpu"),
    )


def read(directory: Path) -> None:
    """Map the checkpoint, as loading does first."""
    from voicejob_worker.engines.f5.f5_checkpoint import read_checkpoint

    (path,) = directory.glob("*.safetensors")
    read_checkpoint(path)


def digest(directory: Path) -> None:
    """What loading does beside all else."""
    import hashlib

    (path,) = directory.glob("*.safetensors")
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


def speak(engine: object, steps: int) -> None:
    """A sentence of some 5 s."""
    from voicejob_worker.engines.protocol import SynthesisParams, Utterance

    engine.synthesise([Utterance(0, "word " * 14)], SynthesisParams(nfe_steps=steps))


if __name__ == "__main__":
    main()
