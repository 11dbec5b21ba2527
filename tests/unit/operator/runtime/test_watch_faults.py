"""The watch: whatever the API server answers, it goes on, asks no frenzy, and says what fails."""

import asyncio
import json
from itertools import pairwise

import pytest
from fake_api_server import conflict, cut, error, forbidden, garbage, gone, html, throttled
from runtime_world import (
    THINGS,
    connected,
    names,
    run,
    thing,
    told_names,
    view,
    watch_story,
    watched,
)
from structlog.testing import capture_logs

from voicejob_operator.runtime import watches
from voicejob_operator.runtime.watches import MAX_BACKOFF_SECONDS


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A tenth of the first back-off: the same stories, sooner."""
    monkeypatch.setattr(watches, "FIRST_BACKOFF_SECONDS", 0.05)


def test_a_410_from_nowhere_is_no_trouble_and_told_to_nobody():
    async def told(server, watch, cache, changes):
        server.fail(1, gone(), watch=True)
        with capture_logs() as logs:
            server.break_watches()
            await server.until(lambda: server.count(watch=False) == 2)
            await server.until(lambda: server.open_watches)
        assert [entry for entry in logs if "trouble" in entry and "410" in entry["trouble"]] == []
        assert told_names(changes) == [(None, "first")]

    watch_story(told)


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

    watch_story(told)


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

    watch_story(told)


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

    watch_story(told)


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

    watch_story(told)


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

    watch_story(told)


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

    watch_story(told)


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

    watch_story(told, silence=0.2, silences_before_list=2)


def test_a_server_that_ends_each_watch_at_once_is_not_asked_in_a_frenzy():
    async def told(server, watch, cache, changes):
        fault = server.fail_all(garbage(b"\n"), watch=True)
        server.break_watches()
        await asyncio.sleep(1.2)
        assert 2 <= fault.seen <= 6
        assert "ends each watch" in watch.trouble()

    watch_story(told)


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
        strange = cache.unread_uid("default", "strange")
        assert strange, "it is there, although nobody knows what it says"
        assert cache.is_unread(strange)
        server.delete(THINGS, "default", "strange")
        await server.until(lambda: not cache.is_unread(strange))
        # One that was readable once is still there, although its news cannot be read.
        server.put(THINGS, thing("second", size=13))
        server.compact()
        server.break_watches()
        await server.until(lambda: server.count(watch=False) == 2)
        await server.until(lambda: server.open_watches)
        assert names(cache) == ["first", "second"]

    watch_story(told, view=picky)


def test_a_listener_that_fails_does_not_end_the_watch():
    async def told(server, watch, cache, changes):
        server.put(THINGS, thing("second"))
        await server.until(lambda: len(cache) == 2)

    def fails(old, new):
        raise RuntimeError("a fault of the listener")

    watch_story(told, changed=fails)


def told_in_the_stream(**status):
    return garbage(
        json.dumps({"type": "ERROR", "object": {"kind": "Status", **status}}).encode() + b"\n"
    )


@pytest.mark.parametrize(
    ("status", "streams"), [({"reason": "Expired"}, 1), ({"code": 500}, 3), ({"code": "410"}, 3)]
)
def test_an_error_after_a_while_leads_to_a_list_in_the_end(status, streams, monkeypatch):
    """A stream that has lasted is no failure; where each ends in an error, none gets on."""
    monkeypatch.setattr(watches, "_STABLE_SECONDS", 0.0)

    async def told(server, watch, cache, changes):
        fault = server.fail_all(told_in_the_stream(**status), watch=True)
        server.break_watches()
        await server.until(lambda: server.count(watch=False) == 2)
        assert fault.seen in (streams, streams + 1), "the next follows the list at once"

    watch_story(told)
