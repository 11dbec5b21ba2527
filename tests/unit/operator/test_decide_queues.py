"""A VoiceJob in a queue: whose words are told, and what a queue changes."""

from dataclasses import replace

from gpu_clusters import L4, claiming, cluster
from operator_world import World, asking, condition

from voicejob_api.status import Phase
from voicejob_operator.voicejobs.observed import Cause

WITH_KUEUE = replace(cluster(L4), api_groups=frozenset({"batch", "kueue.x-k8s.io"}))


def test_a_queues_own_words_are_told(world):
    world.spec["queueName"] = "team-a"
    world.cluster = WITH_KUEUE
    world.step()
    world.make_job().change_job(suspended=True, queue="team-a").step()
    assert world.status.reason == "QueuedByKueue"
    world.queue_words = {world.job.uid: Cause("Pending", "insufficient unused quota for nvidia")}
    world.step()
    assert world.status.phase is Phase.QUEUED
    assert condition(world, "Queued").message == (
        "LocalQueue team-a: insufficient unused quota for nvidia"
    )


def test_a_queue_where_nobody_queues_is_told(world):
    world.spec["queueName"] = "team-a"
    world.cluster = cluster(L4)
    world.step()
    world.make_job().change_job(suspended=True, queue="team-a").step()
    assert world.status.reason == "QueueUnavailable"
    assert "install it, or leave queueName out" in condition(world, "Started").message


def test_a_job_with_quota_waits_for_its_back_off_rather_than_stand_in_line_anew(world):
    world.spec["queueName"] = "team-a"
    world.cluster = WITH_KUEUE
    world.step()
    world.make_job().change_job(queue="team-a").make_pod().schedule().start().step()
    world.change_pod(deleting=True).end(143).step()
    assert world.step().effects == ()
    assert (world.status.phase, len(world.status.jobs)) == (Phase.QUEUED, 1)


def test_a_claim_in_a_queue_says_what_it_does_not_ask_for(world):
    world.spec["queueName"] = "team-a"
    asking(world, claiming(), product="H200", memory="6Gi")
    assert "product, minComputeCapability and sharing are not asked for" in (
        condition(world, "Accepted").message
    )
    template = asking(World(), claiming(), product="H200")
    assert "not asked for" not in condition(template, "Accepted").message
