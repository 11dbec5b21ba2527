"""Leader election: one leads, the others wait, and no two at once."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from fake_api_server import FakeApiServer, cut, error, forbidden, garbage, hang
from runtime_world import connected, run

from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.leadership import (
    LEASE_SECONDS,
    LEASES,
    RENEW_DEADLINE_SECONDS,
    RETRY_SECONDS,
    Leadership,
    identity,
)

LEASE = ("default", "operator")
PATH = "/leases"


class Candidate:
    """A process that wants to lead: 3 s to a lease, 2 s to renew, 0.05 s between attempts."""

    def __init__(self, client, name, leases=(LEASE,)):
        self.told = []
        self.leadership = Leadership(
            client,
            leases,
            name,
            lambda: self.told.append("gained"),
            lambda: self.told.append("lost"),
            lease_seconds=3,
            renew_deadline=2,
            retry_seconds=0.05,
        )
        self.task = None

    @property
    def leads(self):
        return self.leadership.leads

    def state(self):
        return self.leadership.state()

    def start(self):
        self.task = asyncio.create_task(self.leadership.run())

    async def die(self):
        """End as by SIGKILL: nothing is given back."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def stop(self):
        await self.die()
        await self.leadership.release()


@asynccontextmanager
async def candidates(server, *names, leases=(LEASE,)):
    """Candidates with a connection each, started in this order, the first one leading."""
    found = []
    try:
        for name in names:
            client = await ApiClient(server.configuration(), seconds=1.0).__aenter__()
            candidate = Candidate(client, name, leases)
            found.append((candidate, client))
            candidate.start()
            if len(found) == 1:
                await server.until(lambda: found[0][0].leads)
        yield [candidate for candidate, _ in found]
    finally:
        for candidate, client in found:
            await candidate.die()
            await client.__aexit__(None, None, None)


def story(told, *names, **settings):
    async def whole():
        async with FakeApiServer() as server, candidates(server, *names, **settings) as found:
            await told(server, *found)

    run(whole())


def spec(server, lease=LEASE):
    return server.get(LEASES, *lease)["spec"]


def test_the_numbers_are_those_of_client_go():
    assert (LEASE_SECONDS, RENEW_DEADLINE_SECONDS, RETRY_SECONDS) == (15, 10, 2)


def test_no_two_processes_have_one_identity():
    assert identity() != identity()


def test_one_leads_and_renews_and_the_other_says_whom_it_waits_for():
    async def told(server, one, two):
        first = spec(server)["renewTime"]
        await server.until(lambda: spec(server)["renewTime"] > first)
        await asyncio.sleep(0.5)
        assert (one.leads, two.leads, one.told, two.told) == (True, False, ["gained"], [])
        assert one.state() == "leads"
        assert two.state().startswith("standby: one holds the Lease default/operator, renewed 0 s")
        assert spec(server)["holderIdentity"] == "one"

    story(told, "one", "two")


def test_a_leader_that_stops_gives_the_lease_back_at_once():
    async def told(server, one, two):
        await asyncio.sleep(0.1)
        began = asyncio.get_running_loop().time()
        await one.stop()
        assert spec(server)["holderIdentity"] in ("", "two")
        await server.until(lambda: two.leads)
        assert asyncio.get_running_loop().time() - began < 2
        assert one.told == ["gained", "lost"]
        assert spec(server)["leaseTransitions"] >= 1

    story(told, "one", "two")


def test_a_leader_that_dies_is_followed_when_its_lease_has_run_out_and_not_before():
    async def told(server, one, two):
        await asyncio.sleep(0.1)
        last = asyncio.get_running_loop().time()
        await one.die()
        await server.until(lambda: two.leads)
        assert asyncio.get_running_loop().time() - last >= 2.5

    story(told, "one", "two")


@pytest.mark.parametrize("renewed", ["2001-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"])
def test_another_machines_clock_is_not_believed(renewed):
    async def told():
        async with connected() as (server, client):
            lease = {
                "metadata": {"namespace": "default", "name": "operator"},
                "spec": {
                    "holderIdentity": "other",
                    "leaseDurationSeconds": 1,
                    "renewTime": renewed,
                },
            }
            server.put(LEASES, lease)
            one = Candidate(client, "one")
            one.start()
            began = asyncio.get_running_loop().time()
            await server.until(lambda: one.leads)
            assert 1.0 <= asyncio.get_running_loop().time() - began < 5.0
            await one.stop()

    run(told())


@pytest.mark.parametrize("answer", [hang(), cut(), error(500), forbidden()], ids=str)
def test_a_leader_that_cannot_renew_leads_no_more_before_another_may(answer):
    async def told(server, one):
        loop = asyncio.get_running_loop()
        server.fail_all(answer, method="PUT")
        server.fail_all(answer, method="GET")
        began = loop.time()
        await server.until(lambda: not one.leads)
        assert loop.time() - began < 3
        assert one.told == ["gained", "lost"]
        server.heal()
        await server.until(lambda: one.leads)
        assert one.told == ["gained", "lost", "gained"]

    story(told, "one")


@pytest.mark.parametrize("content", [b"{}", b'{"metadata": 3, "spec": []}', b'{"metadata": {}}'])
def test_what_is_no_lease_renews_nothing_and_ends_nothing_but_the_lead(content):
    async def told(server, one):
        server.fail_all(garbage(content), path=PATH)
        await server.until(lambda: not one.leads)
        await server.until(lambda: "expected a Lease" in one.state())
        server.heal()
        await server.until(lambda: one.leads)

    story(told, "one")


def test_a_single_failed_renewal_loses_nothing():
    async def told(server, one):
        for answer in (error(500), cut("before"), cut("after"), error(503)):
            count = server.count("PUT")
            server.fail(1, answer, method="PUT")
            await server.until(lambda count=count: server.count("PUT") >= count + 3)
        assert one.told == ["gained"]

    story(told, "one")


def test_a_lease_that_another_takes_is_lost_at_once():
    async def told(server, one):
        lease = server.get(LEASES, *LEASE)
        server.put(
            LEASES, {**lease, "spec": {"holderIdentity": "thief", "leaseDurationSeconds": 5}}
        )
        await server.until(lambda: one.told == ["gained", "lost"])
        await server.until(lambda: "thief holds the Lease" in one.state())
        assert spec(server)["holderIdentity"] == "thief"

    story(told, "one")


def test_a_lease_that_is_deleted_is_made_again():
    async def told(server, one):
        server.delete(LEASES, *LEASE)
        await server.until(lambda: server.get(LEASES, *LEASE))
        await server.until(lambda: one.leads)

    story(told, "one")


def test_of_many_that_start_together_one_leads():
    async def told():
        async with connected() as (_, client):
            all_of_them = [Candidate(client, f"c{number}") for number in range(8)]
            for candidate in all_of_them:
                candidate.start()
            for _ in range(20):
                await asyncio.sleep(0.05)
                assert sum(candidate.leads for candidate in all_of_them) <= 1
            assert sum(candidate.leads for candidate in all_of_them) == 1
            for candidate in all_of_them:
                await candidate.die()

    run(told())


def test_a_missing_right_is_named():
    async def told():
        async with connected() as (server, client):
            server.fail_all(forbidden('cannot get resource "leases"'), path=PATH)
            one = Candidate(client, "one")
            one.start()
            await server.until(lambda: "needs get, create and update on leases" in one.state())
            assert "leases.coordination.k8s.io" in one.state()
            server.heal()
            await server.until(lambda: one.leads)
            await one.stop()

    run(told())


MANY = (("c", "op"), ("a", "op"), ("b", "op"))


def test_with_several_leases_all_are_needed():
    async def told(server, one):
        assert [spec(server, lease)["holderIdentity"] for lease in MANY] == ["one"] * 3
        made = [asked.path.split("/")[5] for asked in server.asked("POST", PATH)]
        assert made == ["a", "b", "c"]
        lease = server.get(LEASES, *MANY[2])
        server.put(
            LEASES, {**lease, "spec": {"holderIdentity": "thief", "leaseDurationSeconds": 5}}
        )
        await server.until(lambda: not one.leads)
        # What it cannot use is given back, so that others may.
        await server.until(lambda: spec(server, MANY[1])["holderIdentity"] == "")
        await server.until(lambda: spec(server, MANY[0])["holderIdentity"] == "")

    story(told, "one", leases=MANY)


def test_two_that_share_some_leases_do_not_block_each_other_for_ever():
    async def told():
        async with connected() as (server, client):
            one = Candidate(client, "one", (("a", "op"), ("b", "op")))
            two = Candidate(client, "two", (("b", "op"), ("c", "op")))
            one.start()
            two.start()
            await server.until(lambda: one.leads or two.leads)
            first, second = (one, two) if one.leads else (two, one)
            await asyncio.sleep(0.3)
            assert not second.leads
            await first.stop()
            await server.until(lambda: second.leads)
            await second.stop()

    run(told())
