"""What workers that share processors cost each other, by how long idle threads of torch spin.

    python tests/bench/shared_processors.py [--workers 4] [--threads 2] [--rounds 3]

Makes a small XTTS checkpoint with random weights. Speaks three sentences with it, by one process
alone and by several at once, each with as many threads as there are processors; in turn with
libgomp's own spinning and with the worker's. Prints the median seconds of the speaking, and the
processor time of a process, imports included.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from voicejob_worker.device.processors import share_processors
from voicejob_worker.device.request import DeviceRequest

SENTENCE = "The quick brown fox jumps over the lazy dog."
SENTENCES = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        speak(Path(asked.child), asked.threads)
        return
    from making.xtts import make_xtts_checkpoint

    found: dict[tuple[int, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        make_xtts_checkpoint(Path(folder))
        for _ in range(asked.rounds):
            for workers in (1, asked.workers):
                for whose in ("libgomp's", "the worker's"):
                    figures = run(folder, asked.threads, workers, whose == "the worker's")
                    found.setdefault((workers, whose), []).extend(figures)
    print(f"{'workers':>8}  {'spinning':<14}{'speaking s':>12}{'processor s':>13}")
    for (workers, whose), figures in found.items():
        speaking, used = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{workers:>8}  {whose:<14}{speaking:>12.2f}{used:>13.2f}")


def run(folder: str, threads: int, workers: int, ours: bool) -> list[tuple[float, float]]:
    """Seconds of speaking and of processor time, of each of the processes."""
    own = {k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    environment = own | ({"OURS": "1"} if ours else {})
    command = [sys.executable, __file__, "--child", folder, "--threads", str(threads)]
    started = [
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(workers)
    ]
    said = [process.communicate(timeout=600)[0].split()[-2:] for process in started]
    return [(float(speaking), float(used)) for speaking, used in said]


def speak(model: Path, threads: int) -> None:
    """Speak the sentences in this process, and print its figures."""
    if "OURS" in os.environ:
        share_processors()
    from voicejob_worker.engines.protocol import SynthesisParams, Utterance
    from voicejob_worker.engines.xtts.engine import XttsEngine

    engine = XttsEngine(
        threads=threads,
        model=model,
        language="en",
        speaker="Ana Florence",
        licences=frozenset({"CPML"}),
        device=DeviceRequest("cpu"),
    )
    engine.import_libraries()
    engine.load()
    began = time.perf_counter()
    for number in range(SENTENCES):
        engine.synthesise([Utterance(number, SENTENCE)], SynthesisParams(seed=7))
    print(time.perf_counter() - began, time.process_time())


if __name__ == "__main__":
    main()
