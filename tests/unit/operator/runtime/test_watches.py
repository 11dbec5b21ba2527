"""The watch: what is in the cluster is in the cache, whatever happened to the stream."""

import asyncio
import json
import threading
from itertools import pairwise

import pytest
from fake_api_server import conflict, cut, error, forbidden, garbage, gone, hang, html, throttled
from runtime_world import THINGS, Seen, connected, names, run, thing, view, watched
from structlog.testing import capture_logs

from voicejob_operator.runtime import watches
from voicejob_operator.runtime.watches import MAX_BACKOFF_SECONDS


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A tenth of the first back-off: the same stories, sooner."""
    monkeypatch.setattr(watches, "FIRST_BACKOFF_SECONDS", 0.05)


def story(told, **settings):
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

    story(told)


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

    story(told)


def test_a_410_from_nowhere_is_no_trouble_and_told_to_nobody():
    async def told(server, watch, cache, changes):
        server.fail(1, gone(), watch=True)
        with capture_logs() as logs:
            server.break_watches()
            await server.until(lambda: server.count(watch=False) == 2)
            await server.until(lambda: server.open_watches)
        assert [entry for entry in logs if "trouble" in entry and "410" in entry["trouble"]] == []
        assert told_names(changes) == [(None, "first")]

    story(told)


def test_a_cut_stream_goes_on_where_it_ended_without_a_new_list():
    async def told(server, watch, cache, changes):
        server.break_watches()
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)
        assert server.count(watch=False) == 1

    story(told)


@pytest.mark.parametrize(
    "answer",
    [forbidden(), error(500), error(404, "NotFound"), error(401, "Unauthorized"), html(502),
     html(200), garbage(), cut(), throttled(1), conflict(), garbage(b'{"items": 3}'),
     garbage(b'{"items": [3]}'), garbage(b'{"metadata": 3, "items": []}')],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("to_a_watch", [True, False])
def test_no_answer_ends_a_watch_and_all_are_recovered_from(answer, to_a_watch):
    async def told(server, watch, cache, changes):
        fault = server.fail_all(answer, watch=to_a_watch)
        if not to_a_watch:
            server.compact()
        server.break_watches()
        await server.until(lambda: watch.trouble() and fault.seen > 1)
        server.put(THINGS, thing("second"))
        server.heal()
        await server.until(lambda: len(cache) == 2)
        await server.until(lambda: not watch.trouble())

    story(told)


@pytest.mark.parametrize(
    "content",
    [b"{}", b'{"status": "ok"}', b'{"items": []}', b'{"metadata": {"resourceVersion": "9"}}',
     b'{"metadata": {}, "items": []}'],
)  # fmt: skip
def test_an_answer_that_is_no_list_removes_nothing(content):
    async def told(server, watch, cache, changes):
        fault = server.fail_all(garbage(content), watch=False)
        server.compact()
        server.break_watches()
        await server.until(lambda: fault.seen > 1)
        assert "expected a list" in watch.trouble()
        server.heal()
        await server.until(lambda: not watch.trouble())
        assert told_names(changes) == [(None, "first")]

    story(told)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ERROR", "object": {"kind": "Status", "code": 500, "message": "etcd is away"}},
        {"type": "ERROR", "object": {"kind": "Status", "code": "what"}},
        {"type": "ERROR"},
        {"type": "ADDED", "object": [1]},
        {"type": "PLAYED", "object": {"metadata": {}}},
        {"type": "DELETED", "object": {}},
        [1, 2],
    ],
    ids=str,
)
def test_no_event_ends_a_watch(event):
    async def told(server, watch, cache, changes):
        server.fail(1, garbage(json.dumps(event).encode() + b"\n"), watch=True)
        server.break_watches()
        await server.until(lambda: server.count(watch=True) > 2)
        server.put(THINGS, thing("second"))
        await server.until(lambda: names(cache) == ["first", "second"])

    story(told)


def test_an_api_server_that_refuses_is_asked_ever_more_rarely():
    async def told(server, watch, cache, changes):
        server.fail_all(forbidden("things is forbidden"))
        server.break_watches()
        began = server.count()
        await server.until(lambda: server.count() - began >= 6)
        times = [asked.at for asked in server.requests[began:]]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        for number, gap in enumerate(gaps):
            assert gap >= 0.05 * 2**number * 0.99, gaps
        assert "its role needs list and watch on things.example.dev" in watch.trouble()

    story(told)


def test_the_longest_back_off_lets_a_right_that_was_given_be_found_within_15_seconds():
    class Client:
        pass

    watch = watches.Watch(Client(), THINGS, None, None, None)
    waits = [watch._back_off("x") for _ in range(40)]
    assert waits[0] == 0.05
    assert max(waits) == MAX_BACKOFF_SECONDS
    assert MAX_BACKOFF_SECONDS * 1.2 < 15


def test_retry_after_is_obeyed():

    async def told(server, watch, cache, changes):
        fault = server.fail(1, throttled(1), watch=True)
        server.break_watches()
        await server.until(lambda: fault.seen == 2)
        refused, again = [asked.at for asked in server.asked(watch=True)][-2:]
        assert again - refused >= 1.0

    story(told)


def test_trouble_is_logged_once_and_its_end_once():

    async def told(server, watch, cache, changes):
        with capture_logs() as logs:
            fault = server.fail_all(error(500))
            server.break_watches()
            await server.until(lambda: fault.seen > 3)
            server.heal()
            server.put(THINGS, thing("second"))
            await server.until(lambda: len(cache) == 2)
            server.put(THINGS, thing("third"))
            await server.until(lambda: len(cache) == 3)
            server.break_watches()
            await server.until(lambda: not server.open_watches)
            await server.until(lambda: any("again" in entry["event"] for entry in logs))
        texts = [entry.get("trouble", entry["event"]) for entry in logs]
        assert sum("InternalError" in text for text in texts) == 1, texts

    story(told)


def test_a_list_whose_moment_is_forgotten_half_way_begins_anew_in_one_piece():
    async def told():
        async with connected() as (server, client):
            for number in range(25):
                server.put(THINGS, thing(f"t{number:02}"))
            server.fail(2, gone(), watch=False)
            async with watched(server, client, page_size=10) as (watch, cache, changes):
                await server.until(lambda: watch.is_listed)
                assert (len(cache), len(changes)) == (25, 25)
                lists = server.asked("GET", watch=False)
                assert [asked.query.get("limit") for asked in lists] == ["10", "10", None]

    run(told())


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


def test_a_stream_that_is_fed_no_more_is_found_by_its_silence():
    async def told(server, watch, cache, changes):
        server.mute_watches()
        server.put(THINGS, thing("second"))
        server.delete(THINGS, "default", "first")
        await server.until(lambda: names(cache) == ["second"])
        # Opened once more where it ended, then listed.
        kinds = [asked.is_watch for asked in server.requests]
        assert kinds[:4] == [False, True, True, False]
        assert watch.trouble() == ""

    story(told, silence=0.2)


def test_bookmarks_keep_a_quiet_stream_open_and_move_it_on():
    async def told():
        async with connected() as (server, client):
            server.bookmark_seconds = 0.05
            async with watched(server, client, silence=0.5) as (watch, _, _):
                await server.until(lambda: server.open_watches)
                server.objects.version = 5000
                await asyncio.sleep(1.0)
                assert server.count() == 2
                assert watch.silent_seconds() < 0.5
                server.break_watches()
                await server.until(lambda: server.count(watch=True) == 2)
                assert server.asked(watch=True)[-1].query["resourceVersion"] == "5000"

    run(told())


def test_a_server_that_ends_each_watch_at_once_is_not_asked_in_a_frenzy():
    async def told(server, watch, cache, changes):
        fault = server.fail_all(garbage(b"\n"), watch=True)
        server.break_watches()
        await asyncio.sleep(1.2)
        assert 2 <= fault.seen <= 6
        assert "ends each watch" in watch.trouble()

    story(told)


def test_a_strange_object_is_passed_over_and_its_content_is_not_logged():
    def picky(body):
        if body["spec"]["size"] == 13:
            raise ValueError(f"cannot read {body}")
        return view(body)

    async def told(server, watch, cache, changes):
        with capture_logs() as logs:
            server.put(THINGS, thing("strange", size=13, annotations={"text": "a secret text"}))
            server.put(THINGS, thing("second"))
            await server.until(lambda: len(cache) == 2)
        assert names(cache) == ["first", "second"]
        assert "a secret text" not in str(logs)
        (entry,) = [entry for entry in logs if "cannot be read" in entry["event"]]
        assert (entry["name"], entry["error"]) == ("strange", "ValueError")
        # One that was readable once is still there, although its news cannot be read.
        server.put(THINGS, thing("second", size=13))
        server.compact()
        server.break_watches()
        await server.until(lambda: server.count(watch=False) == 2)
        await server.until(lambda: server.open_watches)
        assert names(cache) == ["first", "second"]

    story(told, view=picky)


def test_an_object_that_is_no_longer_ours_leaves_the_cache():
    async def told(server, watch, cache, changes):
        server.put(THINGS, thing("first", size=-1))
        await server.until(lambda: len(cache) == 0)
        assert told_names(changes)[-1] == ("first", None)

    story(told, view=lambda body: view(body) if body["spec"]["size"] >= 0 else None)


def test_a_listener_that_fails_does_not_end_the_watch():
    async def told(server, watch, cache, changes):
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)

    def fails(old, new):
        raise RuntimeError("a fault of the listener")

    story(told, changed=fails)


def test_changes_are_told_in_the_thread_of_the_event_loop():
    """Kopf called synchronous handlers in a pool of threads; queues and caches are not for that."""
    threads = set()

    async def told(server, watch, cache, changes):
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)
        server.delete(THINGS, "default", "second")
        await server.until(lambda: len(cache) == 1)
        assert threads == {threading.main_thread()}

    story(told, changed=lambda old, new: threads.add(threading.current_thread()))


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
