"""Thousands of VoiceJobs that wait for a node: memory over time, and requests to the API server."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from scaling import objects
from scaling.api import Api, RefusedError, in_parallel, namespace, until
from scaling.course import observing
from scaling.finished import WHOLE_COUNT
from scaling.numbers import growth
from scaling.operators import Operator, Sampler, started
from scaling.results import Measurement, judged

QUEUED_MIB, REQUESTS_PER_SECOND, GROWTH_MIB = 250.0, 5.0, 5.0
"""Memory that grows by less than the third over the whole time is called flat."""
FULL = "kwok-full"
FILLER = "filler"
SETTLE_SECONDS = 60.0
DAY = 86_400


async def queued(api: Api, operator: Operator, count: int, minutes: float) -> Measurement:
    """Let `count` VoiceJobs wait for that many minutes."""
    found = Measurement(f"queued-{count}")
    await started(operator)
    async with namespace(api, "scale-queued") as place, _full_node(api, place):
        path = objects.voicejobs(place)
        async with observing(api, place) as course:
            deadlines = {"queueSeconds": DAY, "startSeconds": DAY}
            await in_parallel(
                partial(
                    api.create,
                    path,
                    objects.voicejob(f"v-{n}", node_type=FULL, deadlines=deadlines),
                )
                for n in range(count)
            )

            def waiting() -> int:
                return sum(phase == "Queued" for phase in course.phases.values())

            await until(
                lambda: waiting() >= count,
                max(600.0, 0.6 * count),
                "all to be Queued",
                every=1.0,
                tell=lambda: f"{waiting()} of {count}",
            )
        await asyncio.sleep(SETTLE_SECONDS)
        print(f"  all wait; holding for {minutes:g} min", flush=True)
        began = time.monotonic()
        async with Sampler(operator, 5.0).running() as sampler:
            await asyncio.sleep(minutes * 60)
        first, last = sampler.samples[0], sampler.samples[-1]
        waited = await api.call("GET", path)
        await operator.stop()
    held, memory = last.at - first.at, sampler.memory(began)
    whole = count >= WHOLE_COUNT
    moved = sum(objects.phase(voicejob) != "Queued" for voicejob in waited["items"])
    found.add("held", held / 60, "min")
    found.add(
        "highest memory while they wait",
        max(m for _, m in memory),
        "MiB",
        judged(QUEUED_MIB, whole),
    )
    found.add(
        "growth of it, fitted", growth(memory), "MiB", judged(GROWTH_MIB, whole and minutes >= 60)
    )
    requests = (last.requests - first.requests) / held
    found.add("requests per second, of all", requests, "")
    # At first the scheduler's words of each are written down: that is no waiting yet.
    later = [sample for sample in sampler.samples if sample.at - first.at >= held / 2]
    asked = (last.requests - later[0].requests) / max(last.at - later[0].at, 1.0)
    found.add(
        "requests per second, in the second half", asked, "", judged(REQUESTS_PER_SECOND, whole)
    )
    found.add("processor while they wait", (last.cpu - first.cpu) / held * 1000, "ms/s")
    found.add("no longer Queued", moved, "", 0)
    found.series = {
        "memory": memory,
        "requests": [
            (round(s.at - began, 1), s.requests - first.requests) for s in sampler.samples
        ],
    }
    return found


@asynccontextmanager
async def _full_node(api: Api, place: str) -> AsyncIterator[None]:
    """A node that one pod fills: what asks for it waits for capacity and is not hopeless."""
    nodes, resources = "/api/v1/nodes", {"cpu": "1", "memory": "1Ti", "pods": "100"}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": FULL,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"type": FULL, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "spec": {
            "taints": [{"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}]
        },
        "status": {"allocatable": resources, "capacity": resources},
    }
    container = {"name": "c", "image": "x", "resources": {"requests": {"cpu": "1"}}}
    filler = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": FILLER},
        "spec": {**objects.ON_KWOK, "nodeSelector": {"type": FULL}, "containers": [container]},
    }
    pod = f"{objects.pods(place)}/{FILLER}"

    async def gone() -> bool:
        try:
            await api.call("GET", pod)
        except RefusedError as error:
            return error.status == 404
        return False

    await api.patiently(lambda: api.create(nodes, node))
    try:
        await api.patiently(lambda: api.create(objects.pods(place), filler))

        async def filled() -> bool:
            return objects.phase(await api.call("GET", pod)) == "Running"

        await until(filled, 60, "the node to be filled")
        yield
    finally:
        # Before its node: without one, nobody ends the pod for 40 s.
        await api.patiently(lambda: api.call("DELETE", pod))
        await until(gone, 60, "the pod that fills the node to go")
        await api.patiently(lambda: api.call("DELETE", f"{nodes}/{FULL}"))
