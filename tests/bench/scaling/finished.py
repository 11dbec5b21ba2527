"""An operator that starts where thousands have finished: its memory, and the first new one."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from scaling import objects
from scaling.api import Api, Manifest, in_parallel, namespace, until
from scaling.course import observing
from scaling.operators import Operator, Sampler, started
from scaling.recording import record
from scaling.results import Measurement, judged

FINISHED_MIB, START_MIB, START_SECONDS = 200.0, 300.0, 20.0
WHOLE_COUNT = 10_000
LONG_TEXTS = 100
FIRST_SECONDS = 600.0
SETTLE_SECONDS = 30.0


async def finished(api: Api, operator: Operator, count: int) -> Measurement:
    """Start with `count` finished VoiceJobs, then again when 100 of them have long texts."""
    found = Measurement(f"finished-{count}")
    await started(operator)
    final = (await record(api)).statuses[-1]
    await operator.stop()
    async with namespace(api, "scale-finished") as place:
        await _make(api, place, final, range(count), objects.TEXT)
        await _start(api, operator, found, "900 bytes of text each", count, settled=True)
        long_texts = range(min(LONG_TEXTS, count))
        await in_parallel(
            partial(api.call, "DELETE", objects.voicejobs(place, f"v-{n}")) for n in long_texts
        )
        text = (objects.TEXT * 300)[: objects.LONG_TEXT_BYTES]
        await _make(api, place, final, long_texts, text)
        await _start(api, operator, found, "100 of them with 256 KiB", count, settled=False)
    return found


async def _make(api: Api, place: str, final: Manifest, numbers: Sequence[int], text: str) -> None:
    """Make VoiceJobs that have ended, as their status says; no operator may be there."""
    made = 0

    async def make(name: str) -> None:
        nonlocal made
        path = objects.voicejobs(place, name)
        await api.create(objects.voicejobs(place), objects.voicejob(name, text))
        await api.merge(f"{path}/status", {"status": final})
        made += 1
        if made % 1000 == 0:
            print(f"  {made} of {len(numbers)} finished VoiceJobs are there", flush=True)

    await in_parallel(partial(make, f"v-{n}") for n in numbers)


async def _start(
    api: Api, operator: Operator, found: Measurement, which: str, count: int, settled: bool
) -> None:
    async with namespace(api, "scale-new") as place, observing(api, place) as course:
        began = time.monotonic()
        await operator.start()
        await api.create(objects.voicejobs(place), objects.voicejob("first"))
        async with Sampler(operator, 0.5).running() as sampler:
            await until(
                lambda: course.phases.get("first", "") != "",
                FIRST_SECONDS,
                "the first new VoiceJob to be reconciled",
                every=0.02,
            )
            first = time.monotonic() - began
            await until(lambda: "first" in course.told, FIRST_SECONDS, "its end")
            await asyncio.sleep(SETTLE_SECONDS)
        await operator.stop()
    whole = count >= WHOLE_COUNT
    settled_goal, peak_goal = judged(FINISHED_MIB, whole and settled), judged(START_MIB, whole)
    found.add(
        f"{which}: start to the first new one reconciled", first, "s", judged(START_SECONDS, whole)
    )
    found.add(f"{which}: memory, settled", sampler.samples[-1].rss, "MiB", settled_goal)
    found.add(f"{which}: peak memory of the start", sampler.peak, "MiB", peak_goal)
    found.series[which] = {"memory": sampler.memory(began), "first": round(first, 2)}
