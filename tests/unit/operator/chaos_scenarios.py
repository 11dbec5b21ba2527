"""What may happen to a VoiceJob, as stories: what its workers do, and what others do meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chaos_world import World, world_of
from fake_api_server import forbidden
from simulated_cluster import Attempt

from voicejob_api.exit_codes import FAIL_VOICEJOB_EXIT_CODES, ExitCode

GONE = "gone"
"""The phase of a VoiceJob that was deleted."""
DONE = ("Succeeded", "Completed")
STOPPED = ("Stopped", "Stopped")
LOST = ("Stopped", "PodLost")
DELETED_EARLY = ("Stopped", "PodDeleted")
"""Before its worker started, or before anybody could read its last word."""
AGAIN_SECONDS = 10.0


async def nothing(world):
    """Nobody does anything."""


@dataclass(frozen=True)
class Story:
    """One VoiceJob from its making to the end of its traces."""

    name: str
    attempts: tuple[Attempt, ...] = (Attempt(),)
    spec: dict[str, Any] = field(default_factory=dict)
    others: Callable[[World], Awaitable[None]] = nothing
    """What people, queues and nodes do. It goes by the cluster alone, never by the status."""
    phase: str = "Succeeded"
    reason: str = "Completed"
    retries: int = 0
    told: tuple[tuple[tuple[str, str], ...], ...] = ((DONE,),)
    """Outcomes and reasons of all attempts: each of these tells all that could be known."""
    interrupted: bool = False
    """Whether attempts are ended from outside. Of one whose pod was gone before an operator could
    look nothing may be told, and the Job controller may have begun another meanwhile."""

    def tells(self, attempts):
        if not self.interrupted:
            return attempts in self.told
        stopped = {STOPPED, LOST, DELETED_EARLY}
        return set(attempts[:-1]) <= stopped and attempts[-1:] == (DONE,) and len(attempts) <= 3


# -- what others do --------------------------------------------------------------------------------


async def worker_runs(world, number=1):
    await world.cluster.until(lambda: len(world.cluster.begun) >= number)
    await world.sleep(2.0)


async def suspended_by_its_user(world):
    await worker_runs(world)
    world.edit(suspend=True)
    await world.cluster.until(lambda: not world.cluster.pods)
    await world.sleep(AGAIN_SECONDS)
    world.edit(suspend=False)


async def suspended_from_the_start(world):
    await world.sleep(AGAIN_SECONDS)
    world.edit(suspend=False)


async def queued_by_others(world):
    """As Kueue: every Job is made suspended, admitted later, and preempted once."""
    admitted = set()

    def webhook(group, plural, old, new):
        if plural == "jobs" and old is None and new is not None:
            return {**new, "spec": {**new["spec"], "suspend": True}}
        return None

    world.objects.on_write = webhook
    preempted = False
    while not _is_over(world):
        for job in world.cluster.jobs:
            if job["spec"].get("suspend") and job["metadata"]["uid"] not in admitted:
                await world.sleep(AGAIN_SECONDS)
                if job["metadata"]["uid"] in {j["metadata"]["uid"] for j in world.cluster.jobs}:
                    world.cluster.suspend(job, False)
                    admitted.add(job["metadata"]["uid"])
        if world.cluster.begun and not preempted:
            preempted = True
            await world.sleep(2.0)
            for job in world.cluster.jobs:
                world.cluster.suspend(job, True)
                admitted.discard(job["metadata"]["uid"])
        await world.sleep(1.0)


def _is_over(world):
    return world.phase in ("Succeeded", "Failed") or world.voicejob is None


def deleted_when(condition):
    async def others(world):
        await world.cluster.until(lambda: condition(world))
        await world.sleep(1.0)
        world.delete()

    return others


async def deleted_while_queued(world):
    world.cluster.is_full = True
    await world.cluster.until(lambda: world.cluster.pods)
    await world.sleep(1.0)
    world.delete()


async def deleted_at_once(world):
    await world.sleep(0.3)
    world.delete()


async def no_room(world):
    world.cluster.is_full = True


async def room_later(world):
    world.cluster.is_full = True
    await world.cluster.until(lambda: world.cluster.pods)
    await world.sleep(AGAIN_SECONDS)
    world.cluster.is_full = False


async def job_deleted_by_hand(world):
    await worker_runs(world)
    for job in world.cluster.jobs:
        world.cluster.vanish("jobs", job)


async def pod_deleted_by_hand(world):
    await worker_runs(world)
    for pod in world.cluster.pods:
        world.cluster.delete_pod(pod)


async def pod_and_job_vanish(world):
    await worker_runs(world)
    for plural, bodies in (("jobs", world.cluster.jobs), ("pods", world.cluster.pods)):
        for body in bodies:
            world.cluster.vanish(plural, body)


def away(then):
    """The operator dies while the worker runs, and is there again when all is over."""

    async def others(world):
        await world.cluster.until(lambda: world.cluster.begun)
        await world.sleep(1.0)
        if not world.process.dead:
            world.kill(lease_too=False)
        await then(world)
        world.restart()

    return others


async def it_ends(world):
    await world.sleep(30.0)


async def it_ends_and_vanishes(world):
    await it_ends(world)
    if _is_over(world):
        return
    for plural, bodies in (("jobs", world.cluster.jobs), ("pods", world.cluster.pods)):
        for body in bodies:
            world.cluster.vanish(plural, body)


async def it_vanishes_and_its_result_too(world):
    world.cluster.writes_results = False
    await it_ends_and_vanishes(world)
    world.cluster.writes_results = True


def secret_deleted_by_hand(suffix):
    """Between its making and the mount."""

    async def others(world):
        def made():
            names = {body["metadata"]["name"] for body in world.cluster.all("secrets")}
            return len(names) == 2 and next(name for name in names if name.endswith(suffix))

        await world.cluster.until(made)
        world.objects.delete("", "secrets", world.namespace, made())

    return others


def hindered(path):
    async def others(world):
        quota = world.server.fail_all(
            forbidden("exceeded quota: compute"), method="POST", path=path
        )
        await world.sleep(30.0)
        world.server.heal(quota)

    return others


# -- the stories -----------------------------------------------------------------------------------

LONG = Attempt(seconds=20.0)
SLOW = Attempt(starts_after=5.0)


def failed(code):
    return ("Failed", ExitCode(code).reason)


FATAL = tuple(
    Story(
        f"exit {code.value}",
        (Attempt(code),),
        phase="Failed",
        reason=code.reason,
        told=((failed(code),),),
    )
    for code in FAIL_VOICEJOB_EXIT_CODES
)
RETRIED = (
    Story("exit 20", (Attempt(20), Attempt()), retries=1, told=((failed(20), DONE),)),
    Story("exit 21", (Attempt(21), Attempt()), retries=1, told=((failed(21), DONE),)),
    Story("exit 143", (Attempt(143), Attempt()), told=((STOPPED, DONE),)),
    Story(
        "an unknown exit code",
        (Attempt(1, tells=False), Attempt()),
        retries=1,
        told=((("Failed", "WorkerDied"), DONE),),
    ),
    Story(
        "out of the node's memory",
        (Attempt(137, kubelet_reason="OOMKilled"), Attempt()),
        retries=1,
        told=((("Failed", "OOMKilled"), DONE),),
    ),
    Story(
        "no retry left",
        (Attempt(21),),
        spec={"retries": 2},
        phase="Failed",
        reason="TransientFault",
        retries=2,
        told=((failed(21),) * 3,),
    ),
    Story(
        "exit 20 twice",
        (Attempt(20),),
        spec={"retries": 1},
        phase="Failed",
        reason="OutOfMemory",
        retries=1,
        told=((failed(20),) * 2,),
    ),
)
SUSPENDED = (
    Story("suspended", (LONG,), others=suspended_by_its_user, interrupted=True),
    Story("suspended from the start", (Attempt(),), {"suspend": True}, suspended_from_the_start),
    Story("queued by others", (LONG,), others=queued_by_others, interrupted=True),
)
DELETED = tuple(
    Story(f"deleted {when}", (LONG,), others=others, phase=GONE, told=())
    for when, others in {
        "at once": deleted_at_once,
        "while queued": deleted_while_queued,
        "while starting": deleted_when(lambda world: world.cluster.pods),
        "while running": deleted_when(lambda world: world.cluster.begun),
        "after its end": deleted_when(lambda world: world.cluster.store.results),
    }.items()
)
LATE = (
    Story("room later", others=room_later),
    Story(
        "queued for too long",
        spec={"deadlines": {"queueSeconds": 20}},
        others=no_room,
        phase="Failed",
        reason="QueueDeadlineExceeded",
        told=((),),
    ),
    Story(
        "starting for too long",
        (Attempt(starts_after=1000.0),),
        spec={"deadlines": {"startSeconds": 20}},
        phase="Failed",
        reason="StartDeadlineExceeded",
        told=((),),
    ),
    Story(
        "running for too long",
        (Attempt(seconds=1000.0),),
        spec={"deadlines": {"activeSeconds": 20}},
        phase="Failed",
        reason="ActiveDeadlineExceeded",
        told=((STOPPED,), (("Running", ""),), (LOST,)),
    ),
    Story("its time to live over", spec={"ttlSecondsAfterFinished": 10}, phase=GONE, told=()),
)
TAKEN_AWAY = (
    Story("Job deleted", (LONG,), others=job_deleted_by_hand, interrupted=True),
    Story("pod deleted", (LONG,), others=pod_deleted_by_hand, interrupted=True),
    Story("pod and Job vanished", (LONG,), others=pod_and_job_vanish, interrupted=True),
)
AWAY = (
    Story("away while it ends", others=away(it_ends), told=((DONE,),)),
    Story(
        "away while it fails",
        (Attempt(21), Attempt(1, tells=False), Attempt()),
        others=away(it_ends),
        retries=2,
        told=((failed(21), ("Failed", "WorkerDied"), DONE),),
    ),
    # Of a pod that no operator has seen running nothing is told but what the store has.
    Story(
        "away while it ends and vanishes",
        others=away(it_ends_and_vanishes),
        told=((DONE,), ()),
    ),
    Story(
        "away while it vanishes without result",
        others=away(it_vanishes_and_its_result_too),
        interrupted=True,
    ),
)
BESIDES = (
    Story("a sidecar after success", (Attempt(sidecar=True),)),
    Story(
        "a sidecar after failure",
        (Attempt(21, sidecar=True), Attempt()),
        retries=1,
        told=((failed(21), DONE),),
    ),
    Story("grants deleted", (SLOW,), others=secret_deleted_by_hand("-grants")),
    Story("job file deleted", (SLOW,), others=secret_deleted_by_hand("-job")),
    Story("no Jobs for a while", others=hindered("/jobs")),
    Story("no Secrets for a while", others=hindered("/secrets")),
)
STORIES = (
    Story("success"),
    *FATAL,
    *RETRIED,
    *SUSPENDED,
    *DELETED,
    *LATE,
    *TAKEN_AWAY,
    *AWAY,
    *BESIDES,
)


# -- how one is played and judged ------------------------------------------------------------------


async def play(story, disturb=lambda world: None, world_of=world_of):
    """Play it, with a disturbance; return the world after all traces but the status are gone."""
    async with world_of(*story.attempts) as world:
        disturb(world)
        world.apply(**story.spec)
        world.start()
        others = asyncio.create_task(story.others(world))
        try:
            await world.until(lambda: _has_ended(story, world), seconds=900.0)
            await asyncio.wait_for(others, 300.0)
            await world.until_restarted()
            await world.until_cleaned_up()
        finally:
            others.cancel()
        return judged(story, world)


def _has_ended(story, world):
    return world.voicejob is None if story.phase == GONE else world.phase in ("Succeeded", "Failed")


def judged(story, world):
    """Assert what always holds; return the world."""
    told = world.tell()
    made = Counter(name for name, _ in world.cluster.jobs_made)
    # A first Job that no status named yet, made and lost while nobody looked, is made again.
    again = [name for name, times in made.items() if times > 1 and not name.endswith("-1")]
    assert not again, ("one Job a number", made, told)
    assert world.cluster.most_at_once <= 1, ("two workers on one checkpoint", told)
    _judge_events(world, told)
    if story.phase == GONE:
        return world
    status = world.status
    assert (world.phase, status["reason"]) == (story.phase, story.reason), told
    assert status.get("retriesUsed", 0) == story.retries, told
    attempts = tuple((a.get("outcome"), a.get("reason", "")) for a in status.get("attempts", []))
    assert story.tells(attempts), (attempts, told)
    assert (story.phase == "Succeeded") is ("audio" in status), told
    return world


def _judge_events(world, told):
    """An event may be lost; none is told twice, and none is a lie."""
    count = Counter(event["reason"] for event in world.events())
    assert count["Completed"] <= 1, told
    assert count["Failed"] <= 1, told
    assert not (count["Completed"] and count["Failed"]), told
    if world.voicejob is not None:
        assert not count["Completed"] or world.phase == "Succeeded", told
        assert not count["Failed"] or world.phase == "Failed", told
    assert count["Started"] <= len(world.cluster.begun), told
    assert count["Retrying"] <= world.cluster.pods_made - (world.phase == "Succeeded"), told
