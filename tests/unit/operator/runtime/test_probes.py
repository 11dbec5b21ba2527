"""What a process tells probes, people and Prometheus."""

import asyncio
import socket
from contextlib import asynccontextmanager

import aiohttp
import pytest
from making.ports import free_port
from prometheus_client import Gauge
from runtime_world import run

from voicejob_operator.runtime import probes

DEPTH = Gauge("probes_test_depth", "How deep it is.")


class Answers:
    """A process that says what a test tells it to."""

    wrong = missing = told = ""

    def unhealthy(self):
        return self.wrong

    def unready(self):
        return self.missing

    def notes(self):
        return self.told

    def refresh_metrics(self):
        DEPTH.set(7)


@asynccontextmanager
async def served():
    """What it says, and a way to ask."""
    answers, port = Answers(), free_port()
    async with probes.serving(port, answers), aiohttp.ClientSession() as session:

        async def ask(path):
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.status, await answer.text()

        yield answers, ask


def test_a_process_that_is_well_and_ready_says_so():
    async def story():
        async with served() as (_, ask):
            assert await ask("/healthz") == await ask("/readyz") == (200, "ok")

    run(story())


def test_red_says_why_and_each_for_itself():
    async def story():
        async with served() as (answers, ask):
            answers.wrong = "the queue has stalled"
            assert await ask("/healthz") == (503, "the queue has stalled")
            assert await ask("/readyz") == (200, "ok")
            answers.wrong, answers.missing = "", "no list of pods"
            assert await ask("/healthz") == (200, "ok")
            assert await ask("/readyz") == (503, "no list of pods")

    run(story())


def test_notes_are_told_with_readiness_whatever_it_is():
    async def story():
        async with served() as (answers, ask):
            answers.told = "leads"
            assert await ask("/readyz") == (200, "ok; leads")
            answers.missing = "no list of pods"
            assert await ask("/readyz") == (503, "no list of pods; leads")
            assert await ask("/healthz") == (200, "ok")

    run(story())


def test_metrics_are_brought_up_to_date_before_they_are_told():
    async def story():
        async with served() as (_, ask):
            DEPTH.set(0)
            status, text = await ask("/metrics")
            assert status == 200
            assert "probes_test_depth 7.0" in text

    run(story())


def test_a_port_that_is_taken_is_an_error_and_nothing_is_left_open():
    async def story():
        taken = socket.socket()
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with taken, pytest.raises(probes.PortError, match=f"port {port} cannot be had: .* in use"):
            async with probes.serving(port, Answers()):
                pass
        async with probes.serving(port, Answers()):
            await asyncio.sleep(0)

    run(story())
