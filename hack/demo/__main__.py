"""`make demo`: from nothing to a VoiceJob's audio in demo/hello.wav.

Without `--context` it starts the cluster of hack/cluster and builds both images. With it, it uses a
cluster of yours: with `--registry` it builds the images and pushes them there, to be pulled by the
cluster; without, `--values` has to name images that the cluster can pull.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Before anything is installed: what follows is found by its folder alone, hence each E402.
sys.path[:0] = [str(ROOT / "hack"), str(ROOT / "hack" / "cluster")]

import images  # noqa: E402
from demo.command import exit_code_of  # noqa: E402
from demo.registry import PROGRAMS, Registry, publish  # noqa: E402
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
    print(f"""  kubectl{target.flags} get voicejob {NAME} --output yaml
  kubectl{target.flags} explain voicejob.spec
  pip install '.[cli]'       # kubectl voicejob, in Python 3.11 to 3.13
  kubectl voicejob{target.flags} say "Anything that you would like to hear." -o mine.mp3
  kubectl voicejob{target.flags} describe {NAME}""")
    if target.local:
        print("  make down")


def demo_here(values: tuple[Path, ...], install_only: bool) -> None:
    """Does it all on the cluster of hack/cluster, or all up to the installed chart.

    Raises:
        ClusterError: what went wrong, and what is known about it.
    """
    started = time.monotonic()
    prepare_machine()
    progress = Progress(len(images.IMAGES) + (1 if install_only else 2))
    images.load(progress)
    finish(local_target(values), progress, started, install_only)


def demo_there(target: Target, registry: Registry | None, install_only: bool) -> None:
    """Likewise, on a cluster of yours.

    Raises:
        ClusterError: what went wrong, and what is known about it.
    """
    started = time.monotonic()
    progress = Progress(bool(registry) * len(images.IMAGES) + (1 if install_only else 2))
    if registry:
        settings = publish(registry, target.architectures(), progress)
        target = replace(target, settings=settings)
    finish(target, progress, started, install_only)


def finish(target: Target, progress: Progress, started: float, install_only: bool) -> None:
    """The chart, and unless it is enough with that, the VoiceJob and its audio."""
    with progress.step(f"installing the chart into {target.namespace}") as step:
        install(target, step)
    if install_only:
        return
    print(f"applying {EXAMPLE.relative_to(ROOT)}", flush=True)
    status = speak(target)
    with progress.step("fetching the audio"):
        size = fetch(target, status["audio"]["sha256"])
    report(target, status, size, time.monotonic() - started)


def demo(given: argparse.Namespace) -> None:
    """Does what the command line says.

    Raises:
        ClusterError: it cannot be done, and what to write instead or what went wrong.
    """
    values = tuple(given.values)
    if not given.context:
        if given.registry:
            raise ClusterError(
                f"REGISTRY={given.registry} is for a cluster of yours: add CONTEXT=name, a context "
                "of your kubeconfig. The local cluster needs no registry"
            )
        return demo_here(values, given.install_only)
    registry = Registry(given.registry, given.base, given.builder) if given.registry else None
    if not registry and not values:
        raise ClusterError(
            f"no registry holds this project's images yet, so {given.context} would find none. Add "
            "REGISTRY=registry.example.com/team, which they are built for and pushed to, or "
            "VALUES=file, which names them (image, worker.image): docs/quick-start.md"
        )
    target = existing_target(given.context, values, given.namespace)
    return demo_there(target, registry, given.install_only)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--context", default="", help="a context of your kubeconfig")
    parser.add_argument("--registry", default="", help="where the images of your cluster go")
    parser.add_argument("--builder", default="", choices=("", *PROGRAMS), help="what builds them")
    parser.add_argument("--base", default="", help="the image that they are built on")
    parser.add_argument("--namespace", default=NAMESPACE, help="where the chart goes")
    parser.add_argument("--values", type=Path, action="append", default=[])
    parser.add_argument("--install-only", action="store_true", help="stop at the installed chart")
    given = parser.parse_args()
    given.values = [file.resolve() for file in given.values]
    os.chdir(ROOT)
    return exit_code_of(lambda: demo(given))


if __name__ == "__main__":
    sys.exit(main())
