"""The newest warning about each object, also after the event has gone."""

import asyncio
from contextlib import asynccontextmanager

from runtime_world import background, connected, run

from voicejob_operator.runtime.cluster_events import EVENTS, WarningEvents


def event(name, uid, message="no node", kind="Pod", type_="Warning", **fields):
    fields.setdefault("lastTimestamp", "2026-11-28T10:00:00Z")
    return {
        "metadata": {"name": name, "namespace": "default"},
        "involvedObject": {"kind": kind, "namespace": "default", "name": f"of-{uid}", "uid": uid},
        "type": type_,
        "reason": "FailedScheduling",
        "message": message,
        **fields,
    }


@asynccontextmanager
async def warned(server, client, **settings):
    told = []
    warnings = WarningEvents(client, lambda *what: told.append(what), ("Pod", "Job"), **settings)
    async with background(warnings.watches[0].run()), background(warnings.watches[1].run()):
        await server.until(lambda: server.open_watches == 2)
        yield warnings, told


def story(told, **settings):
    async def whole():
        async with connected() as (server, client):
            server.put(EVENTS, event("before", "u1"))
            async with warned(server, client, **settings) as (warnings, changes):
                await told(server, warnings, changes)

    run(whole())


def test_the_newest_warning_is_known_and_told():
    async def told(server, warnings, changes):
        assert changes == [("u1", "default", "Pod", "of-u1")]
        server.put(
            EVENTS, event("before", "u1", "still none", lastTimestamp="2026-11-28T10:05:00Z")
        )
        await server.until(lambda: len(changes) == 2)
        found = warnings.newest("u1")
        assert (found.reason, found.message) == ("FailedScheduling", "still none")
        server.put(EVENTS, event("older", "u1", "long ago", lastTimestamp="2026-11-28T09:00:00Z"))
        server.put(EVENTS, event("job", "u2", "quota", kind="Job"))
        await server.until(lambda: warnings.newest("u2"))
        assert warnings.newest("u1").message == "still none"

    story(told)


def test_only_warnings_about_the_kinds_that_were_asked_for_are_sent_at_all():
    async def told(server, warnings, changes):
        server.put(EVENTS, event("normal", "u3", type_="Normal"))
        server.put(EVENTS, event("node", "u4", kind="Node"))
        server.put(EVENTS, event("job", "u2", kind="Job"))
        await server.until(lambda: len(changes) == 2)
        assert len(warnings) == 2

    story(told)


def test_a_warning_outlives_its_event_until_it_is_forgotten():
    async def told(server, warnings, changes):
        server.delete(EVENTS, "default", "before")
        server.put(EVENTS, event("next", "u2"))
        await server.until(lambda: warnings.newest("u2"))
        assert warnings.newest("u1")
        warnings.forget("u1")
        warnings.forget("nobody")
        assert warnings.newest("u1") is None

    story(told)


def test_a_new_list_tells_no_warning_twice():
    async def told(server, warnings, changes):
        server.compact()
        server.break_watches()
        await server.until(lambda: server.count(watch=False) == 4)
        await server.until(lambda: server.open_watches == 2)
        await asyncio.sleep(0)
        assert len(changes) == 1

    story(told)


def test_a_new_list_does_not_bring_back_what_is_said_of_those_that_are_gone():
    now = [100.0]

    async def told(server, warnings, changes):
        warnings.forget("u1")  # its pod is gone, its event is not
        server.put(EVENTS, event("next", "u2"))
        server.compact()
        server.break_watches()
        await server.until(lambda: warnings.newest("u1") and warnings.newest("u2"))
        warnings.forget_strangers({"u2"}.__contains__)
        assert len(warnings) == 2, "its object may be seen in a moment"
        now[0] += 61
        warnings.forget_strangers({"u2"}.__contains__)
        assert (len(warnings), warnings.newest("u1")) == (1, None)

    story(told, clock=lambda: now[0])


def test_no_more_warnings_are_remembered_than_agreed():
    async def told(server, warnings, changes):
        for number in range(10):
            server.put(EVENTS, event(f"e{number}", f"v{number}"))
        await server.until(lambda: warnings.newest("v9"))
        assert len(warnings) == 5
        assert warnings.newest("v4") is None

    story(told, limit=5)


def test_an_event_of_any_age_of_the_api_has_a_time():
    async def told(server, warnings, changes):
        series = {"count": 3, "lastObservedTime": "2026-11-28T11:00:00.123456Z"}
        first = {"eventTime": "2026-11-28T10:59:00.000000Z", "lastTimestamp": None}
        server.put(EVENTS, event("e1", "u7", series=series, **first))
        server.put(EVENTS, event("e2", "u8", lastTimestamp="nonsense"))
        await server.until(lambda: warnings.newest("u8"))
        assert warnings.newest("u7").time.isoformat() == "2026-11-28T11:00:00.123456+00:00"
        assert warnings.newest("u8").time.year >= 2026

    story(told)
