"""`make test`: every check in turn, the fast ones first, each with its duration.

All checks up to the cluster run even where one fails, so that one run tells everything that is
wrong; the cluster is only tried when they have passed. With CI=true the cluster is taken down at
the end, whatever happens; otherwise it is left running for the next time.

The worker's unit tests take most of the time before the cluster. Where they have passed and nothing
that they depend on has changed since, they are not run again, and the summary says so; with CI=true
or FRESH=1 everything is run.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import chromium
from onenode.layout import Layout

ROOT = Path(__file__).resolve().parent.parent
PASSED = ROOT / "build" / "passed"
QUICK = (
    *("venv", "locks", "lint", "layers", "check-generated", "docs", "types"),
    *("unit-operator", "unit-worker"),
)
# Compiling the cluster's programs takes minutes, once; the chart's tests need helm from them.
SLOW = ("programs", "chart", "install", "gpu-image", "cluster-test")
# What the worker's unit tests do not depend on. On everything else they do.
NOT_OF_THE_WORKER = (
    *("operator/", "charts/", "docs/", "hack/", "mkdocs.yml", ".ci/"),
    *("README", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    *("tests/bench/", "tests/cluster/", "tests/gpu/"),
    *("tests/unit/api/", "tests/unit/bench/", "tests/unit/chart/", "tests/unit/cluster_hack/"),
    *("tests/unit/cli/", "tests/unit/docs/", "tests/unit/gateway/", "tests/unit/operator/"),
)


@dataclass(frozen=True)
class Outcome:
    """How one target ended."""

    target: str
    passed: bool
    seconds: float
    is_of_before: bool = False
    """Whether it was not run, because it has passed and nothing has changed since."""

    def line(self) -> str:
        """The outcome as a line of the summary."""
        mark = "ok    " if self.passed else "FAILED"
        told = "unchanged since it passed" if self.is_of_before else f"{self.seconds:7.1f} s"
        return f"  {mark} {self.target:<16} {told}"


def make(target: str) -> Outcome:
    """Runs one target of the Makefile and prints how it went."""
    print(f"\n==> make {target}", flush=True)
    started = time.monotonic()
    done = subprocess.run(("make", "--no-print-directory", target), cwd=ROOT, check=False)
    outcome = Outcome(target, done.returncode == 0, time.monotonic() - started)
    print(f"<== {outcome.line().strip()}", flush=True)
    return outcome


def make_if_changed(target: str, unrelated: tuple[str, ...]) -> Outcome:
    """Runs a target, unless it has passed with the same content of all that is not unrelated."""
    kept = PASSED / target
    before = digest(unrelated)
    must_run = os.environ.get("CI") == "true" or any(map(os.environ.get, ("FRESH", "PYTEST")))
    if not must_run and kept.exists() and kept.read_text() == before:
        print(f"\n==> {target}: unchanged since it passed (FRESH=1 runs it again)", flush=True)
        return Outcome(target, passed=True, seconds=0.0, is_of_before=True)
    kept.unlink(missing_ok=True)
    outcome = make(target)
    if outcome.passed and not os.environ.get("PYTEST") and digest(unrelated) == before:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(before)
    return outcome


def digest(unrelated: tuple[str, ...]) -> str:
    """Of this Python and of every file of the repository that is not under an unrelated place."""
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"),
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    found = hashlib.sha256(sys.version.encode())
    for name in sorted(set(filter(None, listed.decode().split("\0")))):
        path = ROOT / name
        if not name.startswith(unrelated) and path.is_file():
            found.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return found.hexdigest()


def run_checks() -> list[Outcome]:
    """Runs the checks; stops before the slow ones where a quick one has failed."""
    outcomes = []
    for target in QUICK:
        if target == "unit-worker":
            outcomes.append(make_if_changed(target, NOT_OF_THE_WORKER))
        else:
            outcomes.append(make(target))
        if target == "venv" and not outcomes[-1].passed:
            return outcomes
    for target in SLOW:
        if not all(outcome.passed for outcome in outcomes):
            break
        outcomes.append(make(target))
    return outcomes


def _stop(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Runs everything and sums it up."""
    signal.signal(signal.SIGTERM, _stop)
    started = time.monotonic()
    outcomes: list[Outcome] = []
    try:
        outcomes = run_checks()
    finally:
        if os.environ.get("CI") == "true":
            outcomes.append(make("cluster-down"))
        print("\n" + "\n".join(outcome.line() for outcome in outcomes))
    not_run = [t for t in (*QUICK, *SLOW) if t not in {outcome.target for outcome in outcomes}]
    if not_run:
        print(f"  not run: {', '.join(not_run)}")
    if chromium.known(Layout.of_this_machine().cache) is None:
        print("  NOT TRIED: the pages of server and gateway, for there is no Chromium")
    failed = [outcome.target for outcome in outcomes if not outcome.passed]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all passed"
    print(f"  {verdict}, {time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
