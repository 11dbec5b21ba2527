"""What people, queues and nodes do while a story goes on.

They go by what the cluster shows, never by the status.
"""

from fake_api_server import forbidden

AGAIN_SECONDS = 10.0


async def nothing(world):
    """Nobody does anything."""


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


async def room_after_the_second_job(world):
    world.cluster.is_full = True
    await world.until(lambda: len(world.cluster.jobs_made) > 1, seconds=300.0)
    world.cluster.is_full = False


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
