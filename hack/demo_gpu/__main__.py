"""`make demo-gpu`: eight VoiceJobs, each given a GPU in its own way, on GPUs that are not there.

On the cluster of hack/cluster, with the chart installed. kwok plays six nodes with GPUs and seven
of the workers, which speak nothing: what is real is which way is chosen, and where Kubernetes' own
scheduler puts it. The eighth worker is real and speaks, and NVML's stand-in tells it of a GPU.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Before anything is installed: what follows is found by its folder alone, hence each E402.
sys.path[:0] = [str(ROOT / part) for part in ("hack", "hack/cluster", "tests")]

from demo.command import exit_code_of  # noqa: E402
from demo.target import Target, local_target  # noqa: E402
from demo_gpu.devices import DEVICE_CLASS, DRIVER, DRIVERS_NODE, LABEL, NODES, SLICE  # noqa: E402
from demo_gpu.playing import NAMESPACE, Stage  # noqa: E402
from demo_gpu.real_worker import a_gpu_beside_it  # noqa: E402
from demo_gpu.table import reasons, table  # noqa: E402
from onenode.errors import ClusterError  # noqa: E402

_CLUSTER = (sys.executable, "hack/cluster")
_PLAYED = """
Seven of these workers were PLAYED: no program ran on the nodes demo-*, nothing was spoken there,
and their figures of memory are invented. The API server, the scheduler, the Job controller, the
claim's allocation and the operator are real, and so is the worker of hello, which has spoken on the
CPU: its GPU is a library in NVML's place."""


@contextmanager
def _kwok(target: Target) -> Iterator[None]:
    """kwok, for as long as the block, unless it runs anyway."""
    nodes = ("nodes", "--selector", "type=kwok")
    was_there = bool(target.ask("get", *nodes, "--output", "name").strip())
    _call(*_CLUSTER, "kwok", "up")
    try:
        if not was_there:
            # Its own four tell nothing of their GPUs: they would be in the way of what is shown.
            target.ask("delete", *nodes, "--ignore-not-found")
        yield
    finally:
        if not was_there:
            _call(*_CLUSTER, "kwok", "down")


@contextmanager
def _gpus(target: Target, stage: Stage) -> Iterator[None]:
    """The nodes with their GPUs, and a driver's devices; all of it goes afterwards."""
    _remove(target)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    stage.apply(namespace, *NODES, DEVICE_CLASS, SLICE, namespace="default")
    try:
        ready = ("wait", "nodes", "--selector", f"{LABEL}=yes", "--for=condition=Ready")
        target.ask(*ready, "--timeout=60s", timeout_s=70)
        yield
    finally:
        _remove(target)


def _remove(target: Target) -> None:
    gone = ("--ignore-not-found", "--timeout=60s")
    target.ask("delete", "namespace", NAMESPACE, *gone, timeout_s=70)
    target.ask("delete", "nodes", "--selector", f"{LABEL}=yes", *gone, timeout_s=70)
    target.ask("delete", "resourceslice", DRIVERS_NODE, *gone, timeout_s=70)
    target.ask("delete", "deviceclass", DRIVER, *gone, timeout_s=70)


def _call(*command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise ClusterError(f"`{' '.join(command)}` failed: its last lines are above")


def demo(target: Target) -> None:
    """Does it all, and leaves nothing behind.

    Raises:
        ClusterError: what went wrong, and what is known about it.
    """
    started, stage = time.monotonic(), Stage(target)
    with _kwok(target), _gpus(target, stage), a_gpu_beside_it(target, stage):
        print("six nodes with GPUs are there, played by kwok; eight VoiceJobs ask for one")
        ended = stage.run()
        print(f"\n{table(ended)}\n\nWhy this way:\n{reasons(ended)}\n{_PLAYED}")
    print(f"the demo took {time.monotonic() - started:.0f} s and has removed what it made")


def main() -> int:
    """The command line, which has no options."""
    os.chdir(ROOT)
    return exit_code_of(lambda: demo(local_target(())))


if __name__ == "__main__":
    sys.exit(main())
