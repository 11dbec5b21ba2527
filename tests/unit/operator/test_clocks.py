"""Clocks that are wrong decide nothing: the nodes', and this machine's own."""

from datetime import UTC, datetime, timedelta

import pytest
import virtual_time
from chaos_world import run, world_of
from operator_world import World as Decisions
from operator_world import deletes
from simulated_workers import Attempt

from voicejob_operator.runtime.server_clock import ServerClock
from voicejob_operator.voicejobs.memory import WrittenSecret

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


# -- this machine's --------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-11, 11, 24 * 60])
def test_an_operator_whose_clock_is_off_ends_nothing_too_early(minutes):
    async def story():
        async with world_of(Attempt(starts_after=5.0, seconds=30.0)) as world:
            with virtual_time.operators_clock_ahead(minutes * 60.0):
                world.apply(ttlSecondsAfterFinished=3600)
                world.start()
                await world.until_succeeded()
                assert world.status["retriesUsed"] == 0
                await world.until_cleaned_up()
                assert world.voicejob is not None, "its time to live is not over"
                done = datetime.fromisoformat(world.status["completionTime"])
                assert abs((virtual_time.now() - done).total_seconds()) < 600

    run(story())


def date(of):
    return of.strftime("%a, %d %b %Y %H:%M:%S GMT")


def is_this_machines(clock):
    """Whether the time is that of this machine."""
    before = datetime.now(UTC)
    return before <= clock.now() <= datetime.now(UTC)


def test_the_api_servers_time_is_used_if_it_is_another():
    clock = ServerClock()
    told = datetime.now(UTC) + timedelta(minutes=11)
    clock.heard(date(told))
    assert abs((clock.now() - told).total_seconds()) < 2


@pytest.mark.parametrize("told", [None, "", "yesterday", "Sat, 99 Nov 2026 00:00:00 GMT"])
def test_a_date_that_is_none_moves_nothing(told):
    clock = ServerClock()
    clock.heard(told)
    assert is_this_machines(clock)


def test_a_date_that_no_calendar_has_moves_nothing():
    clock = ServerClock()
    clock.heard("Tue, 01 Dec 9999029999 00:00:00 G9999T")
    assert is_this_machines(clock)


def test_a_second_is_no_difference():
    clock = ServerClock()
    clock.heard(date(datetime.now(UTC) + timedelta(seconds=1)))
    assert is_this_machines(clock)


# -- the nodes' ------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [-3600, -60, 60, 3600])
def test_a_sidecar_gets_its_patience_by_our_clock(off):
    world = Decisions(spec={"text": "x"})
    world.run_to_running()
    ended = world.now + timedelta(seconds=off)
    world.wait(10).end(0).change_pod(finished_at=ended, kept_alive_by=("proxy",))
    deletions = [deletes(world, world.step()), deletes(world, world.wait(29).step())]
    assert deletions == [False, False]
    assert deletes(world, world.wait(1).step())


def test_a_pod_within_its_grace_is_not_lost_whatever_its_deletion_time():
    world = Decisions(spec={"text": "x"})
    world.run_to_running().change_pod(deleting=True, deletion_grace=timedelta(seconds=300))
    world.step()
    world.wait(359).step()
    assert world.status.phase == "Running"
    world.wait(1).step()
    assert world.status.attempts[0].reason == "NodeLost"


@pytest.mark.parametrize("ahead", [-3600, 0, 60, 3600])
def test_a_secret_is_written_once_for_one_complaint(ahead):
    secret, complaint = WrittenSecret(), after(ahead)
    assert secret.hear(complaint, after(0))
    secret.write(complaint, after(0))
    assert not any(secret.hear(complaint, after(seconds)) for seconds in range(0, 600, 10))
    again = complaint + timedelta(seconds=30)
    assert secret.hear(again, after(30))


def test_a_complaint_of_before_the_write_that_comes_late_is_none():
    secret = WrittenSecret()
    secret.write(None, after(0))
    assert not secret.hear(after(-1), after(1))
    assert not secret.hear(after(-1), after(100))
    assert secret.hear(after(90), after(100))


def test_nothing_is_missed_once_the_complaint_is_forgotten():
    secret = WrittenSecret()
    secret.write(after(0), after(0))
    assert not secret.hear(None, after(1000))
