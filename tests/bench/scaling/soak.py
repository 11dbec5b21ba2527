"""Churn for a settable time while the API server is killed again and again: nothing may be lost."""

import asyncio
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from scaling import objects
from scaling.api import Api, Manifest, namespace, until
from scaling.course import FINAL
from scaling.numbers import growth, slope
from scaling.operators import ROOT, Operator, Sampler, started
from scaling.results import Measurement, judged

CLUSTER = ROOT / "hack" / "cluster"
ENOUGH_MINUTES = 30.0
"""A shorter soak does not tell a leak from the first growth of a process."""
GROWTH_MIB = 5.0
"""What the memory may grow by in the second half, fitted, to be called flat."""
AFTER_THE_CHURN_SECONDS = 600.0
KEPT_SECONDS = 20.0
"""Between a VoiceJob's end and its deletion: the number of those that are there stays the same."""

ENDS = (("0", "Succeeded"), ("0", "Succeeded"), ("10", "Failed"), ("21", "Failed"))
"""Exit codes and the phase that each must end in, without retries; taken in turn."""


@dataclass
class Ledger:
    """What has been made and what has become of it.

    Attributes:
        expected: the phase that each VoiceJob must end in.
        ended: the phase that each was seen to end in, and when.
        jobs: uids of the Jobs that were seen of each.
        wrong: VoiceJobs that were seen in another final phase than before.
    """

    expected: dict[str, str] = field(default_factory=dict)
    ended: dict[str, tuple[str, float]] = field(default_factory=dict)
    jobs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    wrong: set[str] = field(default_factory=set)

    def saw_voicejob(self, voicejob: Manifest) -> None:
        """Note a final phase."""
        name, phase = voicejob["metadata"]["name"], objects.phase(voicejob)
        if phase in FINAL and self.ended.setdefault(name, (phase, time.monotonic()))[0] != phase:
            self.wrong.add(name)

    def saw_job(self, job: Manifest) -> None:
        """Note whose Job it is."""
        if name := objects.owner(job):
            self.jobs[name].add(job["metadata"]["uid"])

    def unfinished(self) -> set[str]:
        """VoiceJobs whose end has not been seen."""
        return set(self.expected) - set(self.ended)

    def misjudged(self) -> set[str]:
        """VoiceJobs that ended in another phase than they must, or in two."""
        return self.wrong | {
            name for name, (phase, _) in self.ended.items() if self.expected[name] != phase
        }

    def without_one_job(self) -> set[str]:
        """VoiceJobs that had no Job, or more than one."""
        return {name for name in self.expected if len(self.jobs[name]) != 1}


async def soak(
    api: Api, operator: Operator, minutes: float, rate: float, restart_seconds: float
) -> Measurement:
    """Make `rate` VoiceJobs a second for so long, and kill the API server every so often."""
    found, ledger = Measurement("soak"), Ledger()
    await started(operator)
    async with namespace(api, "scale-soak") as place:
        began = time.monotonic()
        restarts: list[float] = []
        async with _observed(api, place, ledger), Sampler(operator, 2.0).running() as sampler:
            async with _beside(
                _restart_again_and_again(began, restart_seconds, restarts),
                _delete_ended(api, place, ledger),
            ):
                await _churn(api, place, ledger, began + minutes * 60, rate)
                in_churn = len(sampler.samples)
                await until(
                    lambda: not ledger.unfinished(),
                    AFTER_THE_CHURN_SECONDS,
                    "all to end",
                    tell=lambda: f"{len(ledger.unfinished())} of {len(ledger.expected)} have not",
                )
                await asyncio.sleep(KEPT_SECONDS + 5)
            ghosts = await _ghosts(api, place)
        await operator.stop()
    memory = sampler.memory(began)
    second_half = memory[in_churn // 2 : in_churn]
    flat = judged(GROWTH_MIB, minutes >= ENOUGH_MINUTES)
    found.add("churn", minutes, "min")
    found.add("VoiceJobs", len(ledger.expected), "")
    found.add("restarts of the API server", len(restarts), "")
    found.add("never ended", len(ledger.unfinished()), "", 0)
    found.add("ended in a wrong phase", len(ledger.misjudged()), "", 0)
    found.add("had no Job or several", len(ledger.without_one_job()), "", 0)
    found.add("Jobs, pods and Secrets of deleted VoiceJobs", ghosts, "", 0)
    found.add("memory at the end of the churn", memory[in_churn - 1][1], "MiB")
    found.add("growth of it in the second half, fitted", growth(second_half), "MiB", flat)
    found.add("slope of it in the second half", slope(second_half) * 3600, "MiB/h")
    found.series = {"memory": memory, "restarts": restarts}
    return found


@asynccontextmanager
async def _observed(api: Api, place: str, ledger: Ledger) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for path, seen in (
            (objects.voicejobs(place), ledger.saw_voicejob),
            (objects.jobs(place), ledger.saw_job),
        ):
            await stack.enter_async_context(api.watching(path, seen))
        yield


@asynccontextmanager
async def _beside(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _churn(api: Api, place: str, ledger: Ledger, until_moment: float, rate: float) -> None:
    chance = random.Random(0)
    number, began, told = 0, time.monotonic(), 0.0
    async with asyncio.TaskGroup() as group:
        while time.monotonic() < until_moment:
            code, phase = ENDS[number % len(ENDS)]
            name = f"v-{number}"
            ledger.expected[name] = phase
            life = {
                f"{objects.PLAYED}/run-for": f"{chance.uniform(0, 3):.1f}s",
                f"{objects.PLAYED}/exit-code": code,
            }
            body = objects.voicejob(name, annotations=life, retries=0)
            group.create_task(_make(api, place, body))
            number += 1
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(
                    f"  {told - began:.0f} s: {number} made, {len(ledger.ended)} ended", flush=True
                )
            await asyncio.sleep(max(began + number / rate - time.monotonic(), 0))


async def _make(api: Api, place: str, body: Manifest) -> None:
    await api.patiently(lambda: api.create(objects.voicejobs(place), body))


async def _delete_ended(api: Api, place: str, ledger: Ledger) -> None:
    deleted: set[str] = set()
    while True:
        now = time.monotonic()
        due = [
            name
            for name, (_, at) in ledger.ended.items()
            if now - at > KEPT_SECONDS and name not in deleted
        ]
        for name in due:
            path = objects.voicejobs(place, name)
            await api.patiently(partial(api.call, "DELETE", path))
            deleted.add(name)
        await asyncio.sleep(0.5)


async def _restart_again_and_again(began: float, every: float, restarts: list[float]) -> None:
    while True:
        await asyncio.sleep(every)
        await asyncio.to_thread(kill_api_server)
        restarts.append(round(time.monotonic() - began, 1))
        up = await asyncio.create_subprocess_exec(
            "python3", str(CLUSTER), "up", stdout=asyncio.subprocess.DEVNULL
        )
        if await asyncio.wait_for(up.wait(), 300):
            raise RuntimeError("the API server does not come back: `hack/cluster up` failed")


def kill_api_server() -> None:
    """Kill the one-node cluster's API server, as a crash would."""
    if str(CLUSTER) not in sys.path:
        sys.path.insert(0, str(CLUSTER))
    from onenode.daemons import Record
    from onenode.layout import Layout

    record = Record.read(Layout.of_this_machine().records / "kube-apiserver")
    if record is None:
        raise RuntimeError("the soak kills the API server of hack/cluster, which does not run here")
    record.process.signal(signal.SIGKILL)


async def _ghosts(api: Api, place: str) -> int:
    """What is left of VoiceJobs that are gone, once the garbage collector has had its time."""
    left = 0

    async def none() -> bool:
        nonlocal left
        listed = await api.call("GET", objects.voicejobs(place))
        there = {voicejob["metadata"]["name"] for voicejob in listed["items"]}
        left = 0
        for path in (objects.jobs(place), objects.pods(place), objects.secrets(place)):
            items = (await api.call("GET", path))["items"]
            left += sum(bool(name := objects.owner(i)) and name not in there for i in items)
        return left == 0

    with suppress(TimeoutError):
        await until(none, 180, "the garbage collector", every=2, tell=lambda: f"{left} left")
    return left
