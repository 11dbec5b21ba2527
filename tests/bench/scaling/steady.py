"""VoiceJobs that come one after the other at a steady rate."""

import asyncio
import time

from scaling import objects
from scaling.api import Api, namespace, until
from scaling.burst import CPU_MS, SETTLE_SECONDS, failed, seconds_for
from scaling.course import observing
from scaling.numbers import ends, percentile
from scaling.operators import Operator, Sampler, started
from scaling.results import Measurement

LAG_SECONDS = 0.5


async def steady(api: Api, operator: Operator, count: int, rate: float) -> Measurement:
    """Measure `count` VoiceJobs, `rate` of them a second."""
    found = Measurement(f"steady-{count}")
    await started(operator)
    async with namespace(api, "scale-steady") as place, observing(api, place) as course:
        await asyncio.sleep(SETTLE_SECONDS)
        async with Sampler(operator, 1.0).running() as sampler:
            first = await operator.sample()
            course.began = time.monotonic()
            async with asyncio.TaskGroup() as group:
                for number in range(count):
                    body = objects.voicejob(f"v-{number}")
                    group.create_task(api.create(objects.voicejobs(place), body))
                    due = course.began + (number + 1) / rate
                    await asyncio.sleep(max(due - time.monotonic(), 0))
            made = time.monotonic() - course.began
            await until(
                lambda: len(course.told) >= count,
                seconds_for(count),
                "VoiceJobs",
                tell=course.so_far,
            )
    await operator.stop()
    lags, last = course.lags(), sampler.samples[-1]
    assert first is not None
    found.add("made per second", count / made, "")
    found.add("pod ended to VoiceJob says so, p50", percentile(lags, 0.5), "s")
    found.add("pod ended to VoiceJob says so, p99", percentile(lags, 0.99), "s", LAG_SECONDS)
    found.add("processor per VoiceJob", (last.cpu - first.cpu) / count * 1000, "ms", CPU_MS)
    found.add("requests per VoiceJob", (last.requests - first.requests) / count, "")
    found.add("reconciles per VoiceJob", (last.reconciles - first.reconciles) / count, "")
    found.add("ended otherwise than Succeeded", failed(course), "", 0)
    found.series = {
        "ended": ends(course.ended.values(), course.began),
        "told": ends(course.told.values(), course.began),
        "lags": [round(lag, 3) for lag in lags],
        "memory": sampler.memory(course.began),
    }
    return found
