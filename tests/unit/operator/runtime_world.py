"""A small kind of object, and how the runtime's tests watch it against a fake API server."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fake_api_server import FakeApiServer

from voicejob_operator.runtime.cache import ObjectCache, version_number
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.runtime.watches import Watch

THINGS = Resource("example.dev", "v1", "things", "Thing")
PODS = Resource("", "v1", "pods", "Pod")


@dataclass(frozen=True)
class Seen:
    namespace: str
    name: str
    uid: str
    version: int
    owner: str = ""
    size: int = 0


def view(body):
    metadata = body["metadata"]
    owners = metadata.get("ownerReferences") or ()
    return Seen(
        metadata.get("namespace", ""),
        metadata["name"],
        metadata["uid"],
        version_number(metadata["resourceVersion"]),
        next((owner["uid"] for owner in owners if owner.get("controller")), ""),
        int((body.get("spec") or {}).get("size", 0)),
    )


def thing(name="a", namespace="default", size=0, **metadata):
    return {
        "apiVersion": "example.dev/v1",
        "kind": "Thing",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": {"size": size},
    }


def run(coroutine, seconds=30):
    return asyncio.run(asyncio.wait_for(coroutine, seconds))


@asynccontextmanager
async def background(coroutine):
    task = asyncio.create_task(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def connected(**settings):
    """A fake API server and a client of it."""
    async with FakeApiServer() as server, ApiClient(server.configuration(), **settings) as client:
        yield server, client


@asynccontextmanager
async def watched(server, client, **settings):
    """A running watch of things: the watch, its cache, and the changes that it told."""
    cache, told = ObjectCache(), []
    settings.setdefault("changed", lambda old, new: told.append((old, new)))
    settings.setdefault("view", view)
    watch = Watch(client, THINGS, cache, **settings)
    async with background(watch.run()):
        yield watch, cache, told


def names(cache):
    return sorted(seen.name for seen in cache)


def watch_story(told, **settings):
    """Run it with a server, a client, and a watch in its usual state: one thing, listed."""

    async def whole():
        async with connected(seconds=0.5) as (server, client):
            server.put(THINGS, thing("first"))
            async with watched(server, client, **settings) as (watch, cache, changes):
                await server.until(lambda: watch.is_listed and server.open_watches)
                await told(server, watch, cache, changes)

    run(whole())


def told_names(changes):
    return [(old and old.name, new and new.name) for old, new in changes]
