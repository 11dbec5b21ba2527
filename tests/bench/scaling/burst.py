"""Many VoiceJobs at once, beside bare Jobs and beside a bare client that writes the same.

Bare Jobs are measured twice: with a pod that has nothing in it, and with a VoiceJob's, for what the
control plane takes for a pod grows with the pod's manifest.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from scaling import objects
from scaling.api import Api, Manifest, in_parallel, namespace, until
from scaling.course import Course, observing
from scaling.numbers import ends, percentile
from scaling.operators import Operator, Sampler, started
from scaling.recording import Recording, alone, record
from scaling.results import Measurement

SETTLE_SECONDS = 5.0
RATIO, LAG_SECONDS, CPU_MS = 1.4, 2.0, 10.0


def seconds_for(count: int) -> float:
    """How long so many may take before the bench gives up: 0.6 s each, ten minutes at least."""
    return max(600.0, 0.6 * count)


async def burst(api: Api, operator: Operator, count: int) -> Measurement:
    """Measure `count` at once: bare Jobs, VoiceJobs, the floor, and bare Jobs of both kinds."""
    found = Measurement(f"burst-{count}")
    bare = await bare_jobs(api, count, objects.bare_job)
    await started(operator)
    recording = await record(api)
    course, sampler = await voicejobs(api, operator, count)
    await operator.stop()
    first, last = sampler.samples[0], sampler.samples[-1]
    requests = (last.requests - first.requests) / count
    same = recording.trimmed(round(requests))
    floor = await the_floor(api, count, same)
    # On a machine that others use too, one look at the bare Jobs may have met a bad moment.
    again = await bare_jobs(api, count, objects.bare_job)
    with_the_pod = await bare_jobs(api, count, partial(alone, recording))
    beside = (bare[-1] + again[-1]) / 2
    found.add("bare Jobs, all: before the others", bare[-1], "s")
    found.add("bare Jobs, all: after the others", again[-1], "s")
    took, at_the_floor = (
        ends(course.told.values(), course.began),
        ends(floor.told.values(), floor.began),
    )
    lags = course.lags()
    found.add("bare Jobs with a VoiceJob's pod, all", with_the_pod[-1], "s")
    found.add("VoiceJobs, all", took[-1], "s")
    found.add("floor: the same writes by a bare client, all", at_the_floor[-1], "s")
    found.add("time / mean time of bare Jobs", took[-1] / beside, "", RATIO)
    found.add("floor / mean time of bare Jobs", at_the_floor[-1] / beside, "")
    found.add("time / time of bare Jobs with its pod", took[-1] / with_the_pod[-1], "")
    found.add("writes of the floor per VoiceJob", same.writes(), "")
    found.add("writes of a VoiceJob alone", recording.writes(), "")
    found.add("pod ended to VoiceJob says so, p50", percentile(lags, 0.5), "s")
    found.add("pod ended to VoiceJob says so, p99", percentile(lags, 0.99), "s", LAG_SECONDS)
    found.add("the floor's, p99", percentile(floor.lags(), 0.99), "s")
    found.add("processor per VoiceJob", (last.cpu - first.cpu) / count * 1000, "ms", CPU_MS)
    found.add("requests per VoiceJob", requests, "")
    found.add("reconciles per VoiceJob", (last.reconciles - first.reconciles) / count, "")
    found.add("peak memory", sampler.peak, "MiB")
    found.add("ended otherwise than Succeeded", failed(course), "", 0)
    found.series = {
        "bare": bare,
        "bare_again": again,
        "bare_with_the_pod": with_the_pod,
        "floor": at_the_floor,
        "told": took,
        "ended": ends(course.ended.values(), course.began),
        "lags": [round(lag, 3) for lag in lags],
        "floor_lags": [round(lag, 3) for lag in floor.lags()],
        "memory": sampler.memory(course.began),
    }
    return found


def failed(course: Course) -> int:
    """How many VoiceJobs ended otherwise than Succeeded."""
    return sum(phase != "Succeeded" for phase in course.phases.values())


async def bare_jobs(api: Api, count: int, job_of: Callable[[str], Manifest]) -> list[float]:
    """Make Jobs at once, `job_of` each name; seconds to each one's success, in order."""
    done: dict[str, float] = {}

    def seen(job: Manifest) -> None:
        if job.get("status", {}).get("succeeded"):
            done.setdefault(job["metadata"]["name"], time.monotonic())

    async with namespace(api, "scale-bare") as place:
        path = objects.jobs(place)
        async with api.watching(path, seen):
            await asyncio.sleep(SETTLE_SECONDS)
            began = time.monotonic()
            await in_parallel(partial(api.create, path, job_of(f"bare-{n}")) for n in range(count))
            await until(
                lambda: len(done) >= count,
                seconds_for(count),
                "bare Jobs",
                tell=lambda: f"{len(done)} of {count}",
            )
    return ends(done.values(), began)


async def voicejobs(api: Api, operator: Operator, count: int) -> tuple[Course, Sampler]:
    """Make VoiceJobs at once and observe them, and the operator, to their ends."""
    async with namespace(api, "scale-burst") as place, observing(api, place) as course:
        await asyncio.sleep(SETTLE_SECONDS)
        path = objects.voicejobs(place)
        async with Sampler(operator, 1.0).running() as sampler:
            course.began = time.monotonic()
            await in_parallel(
                partial(api.create, path, objects.voicejob(f"v-{n}")) for n in range(count)
            )
            await until(
                lambda: len(course.told) >= count,
                seconds_for(count),
                "VoiceJobs",
                tell=course.so_far,
            )
        return course, sampler


async def the_floor(api: Api, count: int, recording: Recording) -> Course:
    """Write what the operator would write, with no operator there."""
    ended: asyncio.Queue[str] = asyncio.Queue()

    known: set[str] = set()

    def pod_seen(pod: Manifest) -> None:
        name = objects.owner(pod)
        if objects.phase(pod) == "Succeeded" and name and name not in known:
            known.add(name)
            ended.put_nowait(name)

    async with (
        namespace(api, "scale-floor") as place,
        observing(api, place, pod_seen) as course,
    ):
        await asyncio.sleep(SETTLE_SECONDS)
        course.began = time.monotonic()
        writer = _Writer(api, place, recording)
        enders = [asyncio.create_task(writer.end_each(ended)) for _ in range(16)]
        await in_parallel(partial(writer.begin, f"v-{n}") for n in range(count))
        await until(
            lambda: len(course.told) >= count,
            seconds_for(count),
            "the floor",
            tell=course.so_far,
        )
        for task in enders:
            task.cancel()
        return course


class _Writer:
    """Writes a recording for VoiceJob after VoiceJob."""

    def __init__(self, api: Api, namespace: str, recording: Recording) -> None:
        self._api = api
        self._namespace = namespace
        self._recording = recording
        self._begun: dict[str, asyncio.Future[Recording]] = {}

    async def begin(self, name: str) -> None:
        """Make a VoiceJob and write all but its end."""
        api, place = self._api, self._namespace
        begun = self._begun[name] = asyncio.get_running_loop().create_future()
        made = await api.create(objects.voicejobs(place), objects.voicejob(name))
        mine = self._recording.of(name, made["metadata"]["uid"])
        await api.create(objects.secrets(place), mine.secret)
        await api.create(objects.jobs(place), mine.job)
        for status in mine.statuses[:-1]:
            await self._write_status(name, status)
        for event in mine.events[:-1]:
            await self._write_event(event)
        begun.set_result(mine)

    async def end_each(self, ended: asyncio.Queue[str]) -> None:
        """Write the end of each VoiceJob whose pod has ended."""
        while True:
            name = await ended.get()
            mine = await self._begun[name]
            await self._write_status(name, mine.statuses[-1])
            await self._write_event(mine.events[-1])

    async def _write_status(self, name: str, status: Manifest) -> None:
        path = f"{objects.voicejobs(self._namespace, name)}/status"
        await self._api.merge(path, {"status": status})

    async def _write_event(self, event: Manifest) -> None:
        about = {**event["involvedObject"], "namespace": self._namespace}
        body = {**event, "involvedObject": about}
        await self._api.create(objects.events(self._namespace), body)
