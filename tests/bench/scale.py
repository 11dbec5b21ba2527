"""What the operator takes for thousands of VoiceJobs: time, processor, memory, requests.

    eval "$(python3 hack/cluster env)"
    python tests/bench/scale.py [burst steady finished queued soak] [--local] [--count 200]

Adds kwok's nodes to the cluster (hack/cluster) for as long as it runs: pods live on paper there.
Measures the operator that `make install` has installed, or with --local one of this very code as a
process of this machine. Results go to build/bench/scale.json and build/bench/plots, the table to
standard output.

burst     1,000 and 5,000 at once, beside as many bare Jobs, bare Jobs with a VoiceJob's pod, and a
          bare client's same writes
steady    1,000, ten a second
finished  a start where 10,000 have finished, and where 100 of them have long texts
queued    10,000 that wait for a node (--hold-minutes 60 for the whole figure)
soak      churn while the API server is killed (--soak-minutes)

All of it takes about an hour and a half, --count 200 ten minutes.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from scaling.api import Api, api_server
from scaling.burst import burst
from scaling.finished import finished
from scaling.operators import LOGS, ROOT, Operator, installed_operator, local_operator
from scaling.plots import draw
from scaling.queued import queued
from scaling.results import Measurement, save, table
from scaling.soak import soak
from scaling.steady import steady

Bench = Callable[[Api, Operator], Awaitable[Measurement]]
NAMES = ("burst", "steady", "finished", "queued", "soak")
LIMIT_SECONDS = 3 * 3600.0
"""How long one bench may take, whatever its own waits allow."""


def benches(asked: argparse.Namespace) -> Iterator[tuple[str, Bench]]:
    """The benches that were asked for, in order."""
    count = asked.count
    for number in [count] if count else [1000, 5000]:
        yield "burst", partial(burst, count=number)
    yield "steady", partial(steady, count=count or 1000, rate=asked.rate)
    yield "finished", partial(finished, count=count or 10_000)
    yield "queued", partial(queued, count=count or 10_000, minutes=asked.hold_minutes)
    churn = {"rate": asked.rate / 2, "restart_seconds": asked.restart_seconds}
    yield "soak", partial(soak, minutes=asked.soak_minutes, **churn)


async def measure(asked: argparse.Namespace) -> list[Measurement]:
    """Measure what was asked for, one after the other; save and draw each as it comes."""
    found: list[Measurement] = []
    # So that operator, store and namespaces go with the bench, as they do after Ctrl-C.
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    async with api_server() as api:
        chosen = local_operator(api) if asked.local else installed_operator(api)
        async with chosen as operator:
            for name, bench in benches(asked):
                if name not in asked.figures:
                    continue
                load = os.getloadavg()[0]
                print(f"==> {name}; the machine's load is {load:.1f}", flush=True)
                try:
                    measured = await asyncio.wait_for(bench(api, operator), LIMIT_SECONDS)
                finally:
                    await operator.stop()
                measured.add("load of the machine just before", load, "")
                save(asked.json, measured, operator.kind)
                print(f"  {draw(measured.name, measured.series, asked.plots)}", flush=True)
                found.append(measured)
    return found


@contextmanager
def kwok_nodes() -> Iterator[None]:
    """The nodes that kwok plays; tests that come after the bench meet none of their GPUs."""
    kwok = ["python3", str(ROOT / "hack" / "cluster"), "kwok"]
    subprocess.run([*kwok, "up"], check=True, timeout=900)
    try:
        yield
    finally:
        subprocess.run([*kwok, "down"], check=True, timeout=120)


def redraw(asked: argparse.Namespace) -> None:
    """Draw all that the file of results holds."""
    for name, content in json.loads(asked.json.read_text()).items():
        print(draw(name, content["series"], asked.plots))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", nargs="*", metavar="BENCH", help=", ".join(NAMES))
    parser.add_argument("--local", action="store_true", help="a process of this machine")
    parser.add_argument("--count", type=int, help="of VoiceJobs, in each bench")
    parser.add_argument("--rate", type=float, default=10.0, help="a second; soak: half of it")
    parser.add_argument("--hold-minutes", type=float, default=5.0)
    parser.add_argument("--soak-minutes", type=float, default=10.0)
    parser.add_argument("--restart-seconds", type=float, default=120.0)
    parser.add_argument("--json", type=Path, default=LOGS / "scale.json")
    parser.add_argument("--plots", type=Path, default=LOGS / "plots")
    parser.add_argument("--redraw", action="store_true", help="draw the plots of --json again")
    asked = parser.parse_args()
    if unknown := set(asked.figures) - set(NAMES):
        parser.error(
            f"there is no bench {', '.join(sorted(unknown))}: choose of {', '.join(NAMES)}"
        )
    asked.figures = asked.figures or list(NAMES)
    return asked


def main() -> None:
    """Measure, save, draw, and print the table."""
    asked = arguments()
    if asked.redraw:
        return redraw(asked)
    if shutil.which("kubectl") is None:
        sys.exit('kubectl is not on PATH: eval "$(python3 hack/cluster env)"')
    with kwok_nodes():
        try:
            print(table(asyncio.run(measure(asked))))
        except asyncio.CancelledError:
            sys.exit("stopped")
    return None


if __name__ == "__main__":
    main()
