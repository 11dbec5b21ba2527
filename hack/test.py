"""`make test`: every check in turn, the fast ones first, each with its duration.

All checks up to the cluster run even where one fails, so that one run tells everything that is
wrong; the cluster is only tried when they have passed. With CI=true the cluster is taken down at
the end, whatever happens; otherwise it is left running for the next time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("venv", "locks", "lint", "layers", "check-generated", "types", "unit")
# Compiling the cluster's programs takes minutes, once; the chart's tests need helm from them.
SLOW = ("programs", "chart", "install", "gpu-image", "cluster-test")


@dataclass(frozen=True)
class Outcome:
    """How one target ended."""

    target: str
    passed: bool
    seconds: float

    def line(self) -> str:
        """The outcome as a line of the summary."""
        return f"  {'ok    ' if self.passed else 'FAILED'} {self.target:<16} {self.seconds:7.1f} s"


def make(target: str) -> Outcome:
    """Runs one target of the Makefile and prints how it went."""
    print(f"\n==> make {target}", flush=True)
    started = time.monotonic()
    done = subprocess.run(("make", "--no-print-directory", target), cwd=ROOT, check=False)
    outcome = Outcome(target, done.returncode == 0, time.monotonic() - started)
    print(f"<== {outcome.line().strip()}", flush=True)
    return outcome


def run_checks() -> list[Outcome]:
    """Runs the checks; stops before the slow ones where a quick one has failed."""
    outcomes = []
    for target in QUICK:
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
    failed = [outcome.target for outcome in outcomes if not outcome.passed]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all passed"
    print(f"  {verdict}, {time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
