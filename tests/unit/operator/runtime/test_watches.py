"""The watch: what is in the cluster is in the cache, whatever happened to the stream."""

import asyncio
import threading

import pytest
from fake_api_server import cut, hang
from runtime_world import (
    THINGS,
    Seen,
    connected,
    names,
    run,
    thing,
    told_names,
    view,
    watch_story,
    watched,
)

from voicejob_operator.runtime import watches


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A tenth of the first back-off: the same stories, sooner."""
    monkeypatch.setattr(watches, "FIRST_BACKOFF_SECONDS", 0.05)


def test_what_is_there_and_what_happens_is_told_once():
    async def told(server, watch, cache, changes):
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)
        server.put(THINGS, thing("second", size=2))
        await server.until(lambda: len(changes) == 3)
        server.delete(THINGS, "default", "second")
        await server.until(lambda: len(changes) == 4)
        assert told_names(changes) == [
            (None, "first"), (None, "second"), ("second", "second"), ("second", None),
        ]  # fmt: skip
        assert watch.trouble() == ""
        assert server.count("GET") == 2

    watch_story(told)


def test_a_deletion_tells_of_the_object_as_it_was_at_the_last():
    """A pod's end and its deletion may be one event: there is no other word of how it ended."""

    async def told(server, watch, cache, changes):
        last = server.get(THINGS, "default", "first") | {"spec": {"size": 9}}
        watch._take_event({"type": "DELETED", "object": last})
        old, new = changes[-1]
        assert (old.size, new) == (9, None)
        assert names(cache) == []

    watch_story(told)


def test_a_long_list_comes_in_pages_and_is_whole():
    async def told():
        async with connected() as (server, client):
            for number in range(25):
                server.put(THINGS, thing(f"t{number:02}"))
            async with watched(server, client, page_size=10) as (watch, cache, _):
                assert not watch.is_listed
                assert "not in yet" in watch.trouble()
                await server.until(lambda: watch.is_listed)
                assert len(cache) == 25
                lists = server.asked("GET", watch=False)
                assert [asked.query.get("limit") for asked in lists] == ["10", "10", "10"]

    run(told())


def test_what_was_deleted_while_nobody_listened_is_gone_after_the_next_list():
    """After a 410 the cluster tells only what exists; Kopf's indexes kept the rest for ever."""

    async def told(server, watch, cache, changes):
        old = cache.by_name("default", "first").uid
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)
        server.fail_all(cut())
        server.break_watches()
        server.delete(THINGS, "default", "first")
        server.delete(THINGS, "default", "second")
        server.put(THINGS, thing("first"))
        server.compact()
        server.heal()
        await server.until(lambda: names(cache) == ["first"])
        await server.until(lambda: not watch.trouble())
        new = cache.by_name("default", "first")
        assert new.uid != old
        assert [change.uid for change, made in changes if made is None] == [old, changes[1][1].uid]

    watch_story(told)


def test_a_cut_stream_goes_on_where_it_ended_without_a_new_list():
    async def told(server, watch, cache, changes):
        server.break_watches()
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)
        assert server.count(watch=False) == 1

    watch_story(told)


def test_what_happens_during_a_long_list_is_not_lost():
    async def told():
        async with connected() as (server, client):
            for number in range(25):
                server.put(THINGS, thing(f"t{number:02}"))
            server.fail(2, hang(0.2), watch=False)
            async with watched(server, client, page_size=10) as (_, cache, _):
                await server.until(lambda: server.count(watch=False) == 2)
                server.delete(THINGS, "default", "t00")
                server.delete(THINGS, "default", "t20")
                server.put(THINGS, thing("t05", size=5))
                server.put(THINGS, thing("late"))
                await server.until(lambda: "late" in names(cache))
                await server.until(lambda: len(cache) == 24)
                assert cache.by_name("default", "t05").size == 5

    run(told())


def test_bookmarks_keep_a_quiet_stream_open_and_move_it_on():
    async def told():
        async with connected() as (server, client):
            server.bookmark_seconds = 0.05
            async with watched(server, client, silence=1.5) as (watch, _, _):
                await server.until(lambda: server.open_watches)
                server.objects.version = 5000
                await asyncio.sleep(2.0)
                assert server.count() == 2
                assert watch.silent_seconds() < 1.5
                server.break_watches()
                await server.until(lambda: server.count(watch=True) == 2)
                assert server.asked(watch=True)[-1].query["resourceVersion"] == "5000"

    run(told())


def test_an_object_that_is_no_longer_ours_leaves_the_cache():
    async def told(server, watch, cache, changes):
        server.put(THINGS, thing("first", size=-1))
        await server.until(lambda: len(cache) == 0)
        assert told_names(changes)[-1] == ("first", None)

    watch_story(told, view=lambda body: view(body) if body["spec"]["size"] >= 0 else None)


def test_changes_are_told_in_the_thread_of_the_event_loop():
    """Kopf called synchronous handlers in a pool of threads; queues and caches are not for that."""
    threads = set()

    async def told(server, watch, cache, changes):
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)
        server.delete(THINGS, "default", "second")
        await server.until(lambda: len(cache) == 1)
        assert threads == {threading.main_thread()}

    watch_story(told, changed=lambda old, new: threads.add(threading.current_thread()))


def test_selectors_and_the_namespace_are_the_api_servers_work():
    async def told():
        async with connected() as (server, client):
            ours = {"managed-by": "us"}
            server.put(THINGS, thing("ours", labels=ours))
            server.put(THINGS, thing("theirs"))
            server.put(THINGS, thing("far", namespace="other", labels=ours))
            settings = {"namespace": "default", "label_selector": "managed-by=us"}
            async with watched(server, client, **settings) as (watch, cache, _):
                await server.until(lambda: watch.is_listed and server.open_watches)
                assert names(cache) == ["ours"]
                server.put(THINGS, thing("ours"))
                await server.until(lambda: len(cache) == 0)
                server.put(THINGS, thing("ours", labels=ours))
                await server.until(lambda: names(cache) == ["ours"])
                assert server.requests[0].path == "/apis/example.dev/v1/namespaces/default/things"

    run(told())


def test_a_watch_is_not_listed_before_the_last_page_is_in():
    """Kopf raised its ready flag before any list was answered; a sweep then took all for gone."""

    async def told():
        async with connected() as (server, client):
            for number in range(15):
                server.put(THINGS, thing(f"t{number:02}"))
            server.fail(2, hang(0.3), watch=False)
            async with watched(server, client, page_size=10) as (watch, cache, _):
                await server.until(lambda: len(cache) == 10)
                assert not watch.is_listed
                assert watch.trouble()
                await server.until(lambda: watch.is_listed)
                assert len(cache) == 15

    run(told())


def test_a_write_of_this_process_is_kept_while_a_list_is_under_way():
    async def told():
        async with connected() as (server, client):
            for number in range(15):
                server.put(THINGS, thing(f"t{number:02}"))
            server.fail(2, hang(0.2), watch=False)
            async with watched(server, client, page_size=10) as (watch, cache, changes):
                await server.until(lambda: server.count(watch=False) == 2)
                made = await client.create(THINGS, "default", thing("a-made"))
                cache.put(view(made))
                await server.until(lambda: watch.is_listed and server.open_watches)
                assert len(cache) == 16
                assert (cache.by_name("default", "a-made"), None) not in changes
                assert isinstance(cache.by_name("default", "a-made"), Seen)

    run(told())
