"""`make demo`: from nothing to a VoiceJob's audio in demo/hello.wav.

Without `--context` it starts the cluster of hack/cluster and builds both images; with it, it uses
a cluster of yours, and pulls the images that the chart or `--values` names.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Before anything is installed: what follows is found by its folder alone, hence each E402.
sys.path[:0] = [str(ROOT / "hack"), str(ROOT / "hack" / "cluster")]

import images  # noqa: E402
from demo.command import exit_code_of  # noqa: E402
from demo.release import install  # noqa: E402
from demo.speaking import AUDIO, EXAMPLE, NAME, fetch, speak  # noqa: E402
from demo.target import NAMESPACE, Target, existing_target, local_target  # noqa: E402
from onenode.errors import ClusterError  # noqa: E402
from onenode.layout import Layout  # noqa: E402
from onenode.progress import Progress  # noqa: E402


def prepare_machine() -> None:
    """Starts the cluster and, at the same time, builds the images.

    Raises:
        ClusterError: one of them failed; what it printed says why.
    """
    print("starting the cluster and building the images, side by side", flush=True)
    python = sys.executable
    failures: list[str] = []
    # The cluster's programs are the longer work: the images must not slow them down.
    strands = [
        _strand("cluster", [(python, "hack/cluster", "up")], failures),
        _strand(
            "images",
            [
                ("nice", python, "hack/cluster", "base-image"),
                ("nice", python, "hack/images.py", "build"),
            ],
            failures,
        ),
    ]
    for strand in strands:
        strand.join()
    if failures:
        raise ClusterError("\n".join(failures))


def _strand(name: str, commands: list[tuple[str, ...]], failures: list[str]) -> threading.Thread:
    def work() -> None:
        for command in commands:
            with subprocess.Popen(
                command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            ) as process:
                for line in process.stdout or ():
                    print(f"{name:<8}| {line}", end="", flush=True)
            if process.returncode != 0:
                failures.append(f"`{' '.join(command)}` failed: its last lines are above")
                return

    thread = threading.Thread(target=work, name=name)
    thread.start()
    return thread


def report(target: Target, status: dict[str, Any], size: int, seconds: float) -> None:
    """Prints what came out, and what a person may type next."""
    audio, performance = status["audio"], status.get("performance", {})
    print(f"""
{AUDIO.relative_to(ROOT)}
  address   {audio["uri"]}
  duration  {audio["durationSeconds"]:.2f} s, {size} bytes
  sha256    {audio["sha256"]} (checked)
  RTF       {performance.get("realTimeFactor", "not measured")}
  the demo took {seconds:.0f} s

Type next:""")
    if target.local:
        layout = Layout.of_this_machine()
        print(f'  export KUBECONFIG={layout.kubeconfig} PATH="{layout.bin}:$PATH"')
    print(f"""  kubectl get voicejob {NAME} --output yaml
  kubectl explain voicejob.spec
  pip install '.[cli]'       # kubectl voicejob, in Python 3.11 to 3.13
  kubectl voicejob say "Anything that you would like to hear." -o mine.mp3
  kubectl voicejob describe {NAME}""")
    if target.local:
        print("  make down")


def demo(context: str, values: tuple[Path, ...], install_only: bool) -> None:
    """Does it all, or all up to the installed chart.

    Raises:
        ClusterError: what went wrong, and what is known about it.
    """
    started = time.monotonic()
    if context:
        target = existing_target(context, values)
    else:
        prepare_machine()
        target = local_target(values)
    progress = Progress(1 + target.local * len(images.IMAGES) + (not install_only))
    if target.local:
        images.load(progress)
    with progress.step(f"installing the chart into {NAMESPACE}") as step:
        install(target, step)
    if install_only:
        return
    print(f"applying {EXAMPLE.relative_to(ROOT)}", flush=True)
    status = speak(target)
    with progress.step("fetching the audio"):
        size = fetch(target, status["audio"]["sha256"])
    report(target, status, size, time.monotonic() - started)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--context", default="", help="a context of your kubeconfig")
    parser.add_argument("--values", type=Path, action="append", default=[])
    parser.add_argument("--install-only", action="store_true", help="stop at the installed chart")
    given = parser.parse_args()
    os.chdir(ROOT)
    return exit_code_of(lambda: demo(given.context, tuple(given.values), given.install_only))


if __name__ == "__main__":
    sys.exit(main())
