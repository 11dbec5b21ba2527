"""The fake API server does what the real one does, as far as other tests rely on it."""

import pytest
from fake_api_server import Refused, error
from runtime_world import PODS, THINGS, connected, run, thing, watched

from voicejob_operator.runtime.client import ApiError
from voicejob_operator.runtime.resource import Resource

JOBS = Resource("batch", "v1", "jobs", "Job")


def story(told):
    async def whole():
        async with connected() as (server, client):
            await told(server, client)

    run(whole())


def owned(name, uid, **metadata):
    owner = {"uid": uid, "kind": "Job", "name": "j", "apiVersion": "batch/v1", "controller": True}
    return {"metadata": {"name": name, "namespace": "default", "ownerReferences": [owner]}}


def test_what_an_object_owns_goes_with_it():
    async def told(server, client):
        job = await client.create(JOBS, "default", {"metadata": {"name": "j"}})
        pod = server.put(PODS, owned("p", job["metadata"]["uid"]))
        server.put(THINGS, owned("t", pod["metadata"]["uid"]))
        server.put(PODS, owned("other", "another"))
        await client.delete(JOBS, "default", "j", uid=job["metadata"]["uid"])
        assert [body["metadata"]["name"] for body in server.all(PODS)] == ["other"]
        assert server.all(THINGS) == []

    story(told)


def test_a_status_changes_by_its_subresource_alone():
    async def told(server, client):
        made = await client.create(JOBS, "default", {"metadata": {"name": "j"}, "status": {"x": 1}})
        assert "status" not in made
        patched = await client.merge(JOBS, "default", "j", {"status": {"x": 2}})
        assert "status" not in patched
        done = await client.merge(JOBS, "default", "j", {"status": {"x": 3}, "spec": {}}, "status")
        assert (done["status"], "spec" in done) == ({"x": 3}, False)
        assert done["metadata"]["generation"] == 1
        stale = {"metadata": {"resourceVersion": "1"}, "status": {"x": 4}}
        with pytest.raises(ApiError, match="Conflict"):
            await client.merge(JOBS, "default", "j", stale, "status")

    story(told)


def test_a_write_that_changes_nothing_is_no_event():
    async def told(server, client):
        made = await client.create(THINGS, "default", thing(size=1))
        async with watched(server, client) as (_, cache, changes):
            await server.until(lambda: server.open_watches)
            again = await client.merge(THINGS, "default", "a", {"spec": {"size": 1}})
            assert again == made
            await client.merge(THINGS, "default", "a", {"spec": {"size": 2}})
            await server.until(lambda: len(changes) == 2)
            assert cache.by_name("default", "a").size == 2

    story(told)


def test_a_policy_may_refuse_a_write_and_a_fault_hits_the_request_it_is_for():
    async def told(server, client):
        def quota(group, plural, old, new):
            if plural == "jobs" and old is None:
                raise Refused(403, "Forbidden", "exceeded quota: gpus")

        server.objects.on_write = quota
        await client.create(THINGS, "default", thing())
        with pytest.raises(ApiError, match="exceeded quota"):
            await client.create(JOBS, "default", {"metadata": {"name": "j"}})
        server.objects.on_write = None
        server.fail(2, error(500), method="POST", path="/jobs")
        await client.create(JOBS, "default", {"metadata": {"name": "j1"}})
        await client.create(THINGS, "default", thing("b"))
        with pytest.raises(ApiError, match="InternalError"):
            await client.create(JOBS, "default", {"metadata": {"name": "j2"}})
        await client.create(JOBS, "default", {"metadata": {"name": "j3"}})

    story(told)
