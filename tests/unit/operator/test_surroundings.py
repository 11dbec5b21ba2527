"""What the operator knows of nodes, device classes, slices and queues, and when it knows it."""

import asyncio
from contextlib import asynccontextmanager
from functools import wraps

import pytest
from fake_api_faults import forbidden
from fake_api_server import FakeApiServer
from gpu_clusters import H200, HAMI, L4, SLICE
from runtime_world import run

from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.tasks import BackgroundTasks
from voicejob_operator.voicejobs.node_views import view_node, view_slice, view_workload
from voicejob_operator.voicejobs.surroundings import (
    DEVICE_CLASSES,
    NODES,
    RESOURCE_SLICES,
    WORKLOADS,
    WORKLOADS_BEFORE,
    Surroundings,
)

DRA = ("resource.k8s.io", ("v1",))
QUEUE = "couldn't assign flavors to pod set main: insufficient unused quota for nvidia.com/gpu"


def in_a_loop(test):
    @wraps(test)
    def ran(*args, **named):
        run(test(*args, **named))

    return ran


@asynccontextmanager
async def surroundings(server, **told):
    async with ApiClient(server.configuration(), connections=8, field_manager="test") as client:
        tasks = BackgroundTasks()
        seen = Surroundings(
            client,
            (None,),
            gpus_changed=told.get("gpus_changed", lambda: None),
            workload_changed=told.get("workload_changed", lambda _: None),
        )
        seen.start(tasks)
        try:
            yield seen
        finally:
            await tasks.stop(1.0)


def workload(**condition):
    return {
        "metadata": {
            "name": "job-hello",
            "namespace": "default",
            "uid": "w",
            "ownerReferences": [{"kind": "Job", "uid": "job-1", "controller": True}],
        },
        "status": {"conditions": [condition]},
    }


def pending(message=QUEUE):
    return workload(type="QuotaReserved", status="False", reason="Pending", message=message)


@in_a_loop
async def test_nodes_are_known_and_what_is_not_served_is_not_waited_for():
    async with FakeApiServer() as server:
        server.put(NODES, L4)
        async with surroundings(server) as seen:
            await server.until(lambda: seen.is_listed)
            assert [offer.product for offer in seen.cluster.offers] == ["NVIDIA-L4"]
            assert seen.cluster.device_classes is None
            assert not seen.cluster.serves("kueue.x-k8s.io")
            assert server.count(path="/deviceclasses") == 0


@in_a_loop
async def test_devices_are_known_where_their_api_is_served():
    async with FakeApiServer() as server:
        server.api_groups |= dict([DRA])
        server.put(RESOURCE_SLICES, SLICE)
        server.put(DEVICE_CLASSES, {"metadata": {"name": "gpu.nvidia.com", "uid": "c"}})
        async with surroundings(server) as seen:
            await server.until(lambda: seen.is_listed)
            assert seen.cluster.device_classes == {"gpu.nvidia.com"}
            (offer,) = seen.cluster.claimable
            assert (offer.node, offer.memory_mib, offer.capability) == ("dra", 143771, (9, 0))


@in_a_loop
async def test_all_that_wait_are_told_once_of_many_nodes_and_of_no_heartbeat():
    told = []
    async with (
        FakeApiServer() as server,
        surroundings(server, gpus_changed=lambda: told.append(1)) as seen,
    ):
        await server.until(lambda: seen.is_listed and told)
        told.clear()
        for body in (L4, H200, HAMI):
            server.put(NODES, body)
        await server.until(lambda: len(seen.cluster.nodes) == 3)
        await server.until(lambda: told)
        assert len(told) == 1
        known = seen.cluster
        before = seen._nodes.by_uid("l4").version
        server.put(NODES, {**L4, "spec": {"heart": "beats"}})
        await server.until(lambda: seen._nodes.by_uid("l4").version > before)
        assert seen.cluster is known


@in_a_loop
async def test_all_that_wait_are_told_when_what_they_wait_for_is_installed(monkeypatch):
    monkeypatch.setattr("voicejob_operator.runtime.discovery._ASK_SECONDS", 0.05)
    told = []
    async with (
        FakeApiServer() as server,
        surroundings(server, gpus_changed=lambda: told.append(1)) as seen,
    ):
        await server.until(lambda: seen.is_listed and told)
        told.clear()
        server.api_groups["scheduling.run.ai"] = ("v2",)
        await server.until(lambda: told)
        assert seen.cluster.serves("scheduling.run.ai")


@in_a_loop
async def test_that_there_is_nothing_is_known_once_it_was_asked():
    async with FakeApiServer() as server:
        server.api_groups |= dict([DRA])
        async with surroundings(server) as seen:
            assert seen.cluster.nodes is seen.cluster.device_classes is None
            await server.until(lambda: seen.is_listed)
            assert seen.cluster.nodes == ()
            assert seen.cluster.device_classes == frozenset()


@in_a_loop
async def test_without_the_right_to_nodes_the_cluster_is_unknown_and_that_is_told():
    async with FakeApiServer() as server:
        server.fail_all(forbidden("no rights"), path="/nodes")
        async with surroundings(server) as seen:
            await server.until(lambda: any("nodes" in each for each in seen.troubles()))
            assert seen.cluster.nodes is None
            assert not seen.is_listed


@pytest.mark.parametrize("resource", [WORKLOADS, WORKLOADS_BEFORE])
@in_a_loop
async def test_a_queues_words_are_known_in_whichever_version_it_serves(resource):
    told = []
    async with FakeApiServer() as server:
        server.api_groups["kueue.x-k8s.io"] = (resource.version,)
        server.put(resource, pending())
        async with surroundings(server, workload_changed=told.append) as seen:
            await server.until(lambda: told == ["job-1"])
            assert seen.words_of_queue("job-1").message == QUEUE
            assert seen.words_of_queue("job-2") is None


@in_a_loop
async def test_it_is_told_whether_a_queue_may_run_a_job():
    told = []
    async with FakeApiServer() as server:
        server.api_groups["kueue.x-k8s.io"] = ("v1beta2",)
        server.put(WORKLOADS, pending())
        async with surroundings(server, workload_changed=told.append) as seen:
            await server.until(lambda: told == ["job-1"])
            assert seen.has_active_workload("job-1")
            assert not seen.has_active_workload("job-2")
            server.put(WORKLOADS, {**pending(), "spec": {"active": False}})
            await server.until(lambda: len(told) == 2)
            assert not seen.has_active_workload("job-1")


@in_a_loop
async def test_an_answer_that_is_none_ends_nothing():
    async with FakeApiServer() as server:
        server.api_groups = {"batch": ("v1",)}
        async with surroundings(server) as seen:
            await server.until(lambda: seen.groups.served == {"batch", "batch/v1"})
            assert seen.groups.serves("batch/v1")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(seen.groups.wait_for("kueue.x-k8s.io/v1beta2"), 0.05)


def test_an_admitted_workload_says_nothing():
    admitted = workload(type="Admitted", status="True", reason="Admitted", message="admitted")
    assert view_workload(admitted | {"metadata": admitted["metadata"]}).words is None


def test_an_eviction_says_why():
    said = workload(type="Evicted", status="True", reason="Preempted", message="Preempted to")
    assert view_workload(said).words.reason == "Preempted"


def test_an_eviction_that_is_undone_says_nothing_more():
    """Kueue leaves it there until it admits the Job again; only a preemption is not undone."""
    body = pending()
    evicted = {"type": "Evicted", "status": "True", "reason": "Deactivated"}
    body["status"]["conditions"].append(evicted | {"message": "The workload is deactivated"})
    assert view_workload(body).words.message == QUEUE


def test_a_workload_of_something_else_is_not_seen():
    other = pending()
    other["metadata"]["ownerReferences"] = [{"kind": "RayJob", "uid": "x"}]
    assert view_workload(other) is None


@pytest.mark.parametrize(
    ("registered", "cards"),
    [
        ("GPU-1,10,24576,100,NVIDIA-A10,0,true:", (("NVIDIA-A10", 24576),)),
        ('[{"devmem": 24576, "type": "NVIDIA-A10"}]', ()),
        ("[broken", ()),
        ("GPU-1,ten,many,100,NVIDIA-A10,0,true:", ()),
        ("", ()),
    ],
)
def test_hamis_cards_are_read_in_both_of_its_spellings(registered, cards):
    body = {"metadata": {"name": "n", "uid": "n", "annotations": {
        "hami.io/node-nvidia-register": registered}}}  # fmt: skip
    assert view_node(body).hami_cards == cards


def test_a_device_that_tells_nothing_may_fit():
    body = {"metadata": {"name": "s", "uid": "s"}, "spec": {"driver": "gpu.amd.com", "devices": [
        {"name": "d", "capacity": {"memory": {"value": "0"}}}]}}  # fmt: skip
    (offer,) = view_slice(body).devices
    assert (offer.memory_mib, offer.capability, offer.product) == (None, None, "")
