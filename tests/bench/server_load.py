"""Latency, first audio, refusals and memory of ``voicejob-worker serve`` under load, on loopback.

    python tests/bench/server_load.py [--rounds 3] [--plot docs/plots/server_load.png]

Starts a server with the built-in voice in a process of its own, and sends it: 100 requests in a
row, as often as ``--rounds`` says; 32 at once, which its line of 32 must take; and, a server with
a line of 16 being started, 64 at once, of which most must be sent away with 429. Prints for each
phase the latency and the time to the first audio (p50, p99), what was answered, seconds of audio
per second, and the server's resident memory after it. Half of the requests are for mp3, the rest
for wav, flac, opus and pcm. The memory is flat when further rounds add nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
FORMATS = ("mp3", "wav", "mp3", "flac", "mp3", "opus", "mp3", "pcm")
TEXTS = (
    "The kettle is on.",
    "Please hold the line. Somebody will be with you in a moment.",
    "It was a bright cold day in April, and the clocks were striking thirteen.",
    "Your parcel arrives on Tuesday the 3rd, between 9:30 and 11:00. No signature is needed.",
)


@dataclass(frozen=True)
class Answer:
    """What came of a request."""

    status: int
    first: float
    """Seconds to the first byte of the body."""
    whole: float
    size: int
    retry_after: str | None


@dataclass(frozen=True)
class Phase:
    """Requests that belong together, and the server's memory in MiB after them."""

    name: str
    answers: Sequence[Answer]
    seconds: float
    audio_seconds: float
    resident: float
    peak: float

    @property
    def good(self) -> list[Answer]:
        """Those that were spoken."""
        return [answer for answer in self.answers if answer.status == 200]


class Server:
    """A server in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "voicejob_worker", "serve", "--host", "127.0.0.1",
             "--port", "0", *arguments],
            env=os.environ | {"PYTHONPATH": f"{ROOT / 'crds'}:{ROOT / 'worker'}"},
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        port = json.loads(self.process.stdout.readline())["port"]
        self.url = f"http://127.0.0.1:{port}"
        while httpx.get(f"{self.url}/readyz").status_code != 200:
            time.sleep(0.1)

    def resident(self) -> float:
        """Memory in MiB."""
        return self._kib("VmRSS") / 1024

    def peak(self) -> float:
        """Highest memory so far, in MiB."""
        return self._kib("VmHWM") / 1024

    def audio_seconds(self) -> float:
        """Of all that was spoken so far."""
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        name = "voicejob_server_audio_seconds_total"
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def stop(self) -> int:
        """End it as Kubernetes would; its exit code."""
        self.process.terminate()
        return self.process.wait(40)

    def _kib(self, field: str) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field))


async def ask(client: httpx.AsyncClient, number: int) -> Answer:
    """Send a request, and take what comes."""
    body = {
        "model": "tts-1",
        "voice": "alloy",
        "input": TEXTS[number % len(TEXTS)],
        "response_format": FORMATS[number % len(FORMATS)],
    }
    began = time.perf_counter()
    first, size = 0.0, 0
    async with client.stream("POST", "/v1/audio/speech", json=body) as response:
        async for part in response.aiter_raw():
            first = first or time.perf_counter() - began
            size += len(part)
    whole = time.perf_counter() - began
    return Answer(response.status_code, first, whole, size, response.headers.get("retry-after"))


async def in_a_row(url: str, count: int) -> list[Answer]:
    """One after the other, over one connection."""
    async with httpx.AsyncClient(base_url=url, timeout=None) as client:
        return [await ask(client, number) for number in range(count)]


async def at_once(url: str, count: int) -> list[Answer]:
    """All at the same time."""
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=url, timeout=None, limits=limits) as client:
        return await asyncio.gather(*(ask(client, number) for number in range(count)))


def measure(server: Server, name: str, load, count: int) -> Phase:
    """Put a load on the server."""
    audio, began = server.audio_seconds(), time.perf_counter()
    answers = asyncio.run(load(server.url, count))
    seconds = time.perf_counter() - began
    spoken = server.audio_seconds() - audio
    return Phase(name, answers, seconds, spoken, server.resident(), server.peak())


def show(phases: Sequence[Phase]) -> None:
    """Print a table."""
    print(f"{'':<34}{'p50':>8}{'p99':>8}{'first p50':>11}{'p99':>8}{'x real time':>13}"
          f"{'RSS MiB':>9}{'peak':>7}  answers")  # fmt: skip
    for phase in phases:
        latency = quantiles([answer.whole for answer in phase.good])
        first = quantiles([answer.first for answer in phase.good])
        statuses = dict(sorted(Counter(answer.status for answer in phase.answers).items()))
        speed = phase.audio_seconds / phase.seconds
        print(f"{phase.name:<34}{latency[0]:>7.2f}s{latency[1]:>7.2f}s{first[0]:>10.2f}s"
              f"{first[1]:>7.2f}s{speed:>13.1f}{phase.resident:>9.0f}{phase.peak:>7.0f}  "
              f"{statuses}")  # fmt: skip
        waits = Counter(a.retry_after for a in phase.answers if a.status == 429)
        if waits:
            print(f"{'':<34}Retry-After: {dict(waits)}")


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th percentile."""
    median, highest = np.percentile(values, (50, 99))
    return float(median), float(highest)


def plot(phases: Sequence[Phase], before: float, path: Path) -> None:
    """Latencies of each phase, and the memory after it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), width_ratios=(3, 2))
    for phase in phases:
        values = np.sort([answer.whole for answer in phase.good])
        left.plot(values, np.linspace(0, 100, values.size), label=phase.name)
    left.set(xlabel="seconds to the last byte", ylabel="percent of the requests", xscale="log")
    left.legend(fontsize=7)
    left.grid(alpha=0.3)
    first_server = [phase for phase in phases if "line of 16" not in phase.name]
    names = ["start", *(phase.name for phase in first_server)]
    right.plot(names, [before, *(phase.resident for phase in first_server)], "o-")
    right.set(ylabel="resident memory, MiB", ylim=(0, None))
    right.tick_params(axis="x", rotation=30, labelsize=7)
    right.grid(alpha=0.3)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    server = Server("--queue", "32")
    before = server.resident()
    print(f"ready; {before:.0f} MiB")
    phases = [
        measure(server, f"{asked.count} in a row, round {number + 1}", in_a_row, asked.count)
        for number in range(asked.rounds)
    ]
    phases += [measure(server, f"32 at once, round {n + 1}", at_once, 32) for n in range(2)]
    print(f"exit code {server.stop()}")
    small = Server("--queue", "16")
    phases.append(measure(small, "64 at once, line of 16", at_once, 64))
    print(f"exit code {small.stop()}")
    show(phases)
    if asked.plot:
        plot(phases, before, asked.plot)


if __name__ == "__main__":
    main()
