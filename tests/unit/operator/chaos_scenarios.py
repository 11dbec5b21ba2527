"""What may happen to a VoiceJob, as stories: what its workers do, and what others do meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import chaos_others
from chaos_world import World, world_of
from simulated_workers import Attempt

from voicejob_api.exit_codes import FAIL_VOICEJOB_EXIT_CODES, ExitCode

ENDS = {"Succeeded": "Completed", "Failed": "Failed"}
"""The event that tells of the end in that phase."""
GONE = "gone"
"""The phase of a VoiceJob that was deleted."""
DONE = ("Succeeded", "Completed")
STOPPED = ("Stopped", "Stopped")
LOST = ("Stopped", "PodLost")
DELETED_EARLY = ("Stopped", "PodDeleted")
"""Before its worker started, or before anybody could read its last word."""


@dataclass(frozen=True)
class Story:
    """One VoiceJob from its making to the end of its traces."""

    name: str
    attempts: tuple[Attempt, ...] = (Attempt(),)
    spec: dict[str, Any] = field(default_factory=dict)
    others: Callable[[World], Awaitable[None]] = chaos_others.nothing
    """What people, queues and nodes do. It goes by the cluster alone, never by the status."""
    phase: str = "Succeeded"
    reason: str = "Completed"
    retries: int = 0
    told: tuple[tuple[tuple[str, str], ...], ...] = ((DONE,),)
    """Outcomes and reasons of all attempts: each of these tells all that could be known."""
    interrupted: bool = False
    """Whether attempts are ended from outside. Of one whose pod was gone before an operator could
    look nothing may be told, and the Job controller may have begun another meanwhile."""

    events: dict[str, int] = field(default_factory=dict)
    """What is told in events besides the end, or another number of what usually is, if nothing
    befalls it; of one that is gone, all."""

    def tells_in_events(self, begun, attempts):
        """How often what is told: each start, each attempt after the first, and the end."""
        if self.phase == GONE:
            return self.events
        usual = {"Started": begun, "Retrying": max(attempts - 1, 0), ENDS[self.phase]: 1}
        return {reason: times for reason, times in (usual | self.events).items() if times}

    def tells(self, attempts):
        if not self.interrupted:
            return attempts in self.told
        stopped = {STOPPED, LOST, DELETED_EARLY}
        return set(attempts[:-1]) <= stopped and attempts[-1:] == (DONE,) and len(attempts) <= 3


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
    Story(
        "suspended",
        (LONG,),
        others=chaos_others.suspended_by_its_user,
        interrupted=True,
        events={"Suspended": 1, "Resumed": 1, "Retrying": 0},
    ),
    Story(
        "suspended from the start",
        (Attempt(),),
        {"suspend": True},
        chaos_others.suspended_from_the_start,
        events={"Suspended": 1, "Resumed": 1},
    ),
    Story("queued by others", (LONG,), others=chaos_others.queued_by_others, interrupted=True),
)
BEGUN = {"Started": 1}
OVER = {"Started": 1, "Completed": 1}
DELETED = tuple(
    Story(f"deleted {when}", (LONG,), others=others, phase=GONE, told=(), events=events)
    for when, others, events in (
        ("at once", chaos_others.deleted_at_once, {}),
        ("while queued", chaos_others.deleted_while_queued, {}),
        ("while starting", chaos_others.deleted_when(lambda world: world.cluster.pods), {}),
        ("while running", chaos_others.deleted_when(lambda world: world.cluster.begun), BEGUN),
        ("after its end", chaos_others.deleted_when(lambda w: w.cluster.store.results), OVER),
    )
)
LATE = (
    Story("room later", others=chaos_others.room_later),
    Story(
        "queued for too long",
        spec={"deadlines": {"queueSeconds": 20}},
        others=chaos_others.no_room,
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
    Story(
        "its time to live over",
        spec={"ttlSecondsAfterFinished": 10},
        phase=GONE,
        told=(),
        events=OVER,
    ),
)
TAKEN_AWAY = (
    Story("Job deleted", (LONG,), others=chaos_others.job_deleted_by_hand, interrupted=True),
    Story("pod deleted", (LONG,), others=chaos_others.pod_deleted_by_hand, interrupted=True),
    Story(
        "pod and Job vanished", (LONG,), others=chaos_others.pod_and_job_vanish, interrupted=True
    ),
)
AWAY = (
    Story("away while it ends", others=chaos_others.away(chaos_others.it_ends), told=((DONE,),)),
    Story(
        "away while it fails",
        (Attempt(21), Attempt(1, tells=False), Attempt()),
        others=chaos_others.away(chaos_others.it_ends),
        retries=2,
        told=((failed(21), ("Failed", "WorkerDied"), DONE),),
        # Of a start that is over when it is seen only the end is told.
        events={"Started": 2},
    ),
    # Of a pod that no operator has seen running nothing is told but what the store has.
    Story(
        "away while it ends and vanishes",
        others=chaos_others.away(chaos_others.it_ends_and_vanishes),
        told=((DONE,), ()),
    ),
    Story(
        "away while it vanishes without result",
        others=chaos_others.away(chaos_others.it_vanishes_and_its_result_too),
        interrupted=True,
    ),
)
BESIDES = (
    Story("a sidecar after success", (Attempt(sidecar=True),), events={"SidecarKeptPodAlive": 1}),
    Story(
        "a sidecar after failure",
        (Attempt(21, sidecar=True), Attempt()),
        retries=1,
        told=((failed(21), DONE),),
        events={"SidecarKeptPodAlive": 1},
    ),
    Story("grants deleted", (SLOW,), others=chaos_others.secret_deleted_by_hand("-grants")),
    Story("job file deleted", (SLOW,), others=chaos_others.secret_deleted_by_hand("-job")),
    Story("no Jobs for a while", others=chaos_others.hindered("/jobs")),
    Story("no Secrets for a while", others=chaos_others.hindered("/secrets")),
)
GPUS = (
    Story("a claim", spec={"gpu": {"deviceClassName": "gpu.nvidia.com"}}),
    Story(
        "a claim of a larger GPU",
        (Attempt(20, reason="GPUOutOfMemory", gpu_mib=4096), Attempt()),
        spec={"gpu": {"deviceClassName": "gpu.nvidia.com"}},
        retries=1,
        told=((("Failed", "GPUOutOfMemory"), DONE),),
    ),
    Story(
        "no claims for a while",
        spec={"gpu": {"deviceClassName": "gpu.nvidia.com"}},
        others=chaos_others.hindered("/resourceclaimtemplates"),
    ),
    Story(
        "a GPU that is too small",
        (Attempt(13, reason="GPUTooSmall"), Attempt(13, reason="GPUTooSmall"), Attempt()),
        spec={"gpu": {"memory": "6Gi"}, "retries": 0},
        told=((("Failed", "GPUTooSmall"), DONE), (("Failed", "GPUTooSmall"),) * 2 + (DONE,)),
    ),
    Story(
        "no GPU in time",
        spec={"gpu": {"fallbackToCPU": True}, "deadlines": {"queueSeconds": 60}},
        others=chaos_others.room_after_the_second_job,
        events={"FallbackToCPU": 1},
    ),
)
WITHOUT_GPUS = (
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
"""What can be played on a real node, which has no GPU: those that have are played in
tests/cluster/test_placement_retries.py."""
STORIES = (*WITHOUT_GPUS, *GPUS)


# -- how one is played and judged ------------------------------------------------------------------


async def play(story, disturb=lambda world: None, world_of=world_of, *, until_told=False):
    """Play it, with a disturbance; return the world after all traces but the status are gone.

    ``until_told``: and after the event of its end is there, which is tried for a minute.
    """
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
            if until_told and story.phase != GONE:
                await world.until(lambda: world.events(ENDS[story.phase]), seconds=120.0)
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
