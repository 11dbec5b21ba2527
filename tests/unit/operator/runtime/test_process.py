"""The process: it starts, stops on a signal, and does not live on with a part of it dead."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager

import pytest
from runtime_world import run
from structlog.testing import capture_logs

from voicejob_operator.runtime import process
from voicejob_operator.runtime.process import ProcessError
from voicejob_operator.runtime.tasks import BackgroundTasks


async def for_ever():
    await asyncio.Event().wait()


async def fails():
    raise ZeroDivisionError("of its own")


async def ends():
    pass


@pytest.mark.parametrize(
    ("coroutine", "how"), [(fails, "died of ZeroDivisionError"), (ends, "ended")]
)
def test_a_background_task_that_ends_is_seen(coroutine, how):
    """The sweeper and the watchdog were awaited at the stop alone: dead for days, healthz green."""

    async def story():
        tasks = BackgroundTasks()
        with capture_logs() as logs:
            tasks.start("well", for_ever())
            tasks.start("sweeper", coroutine())
            assert tasks.unhealthy() == ""
            await asyncio.wait_for(tasks.died.wait(), 2)
            await tasks.stop(1)
        assert f"'sweeper' {how}" in tasks.unhealthy()
        assert [entry["task"] for entry in logs] == ["sweeper"]
        if coroutine is fails:
            assert isinstance(logs[0]["exc_info"], ZeroDivisionError)

    run(story())


def test_a_task_that_somebody_cancels_is_seen_too():
    async def story():
        tasks = BackgroundTasks()
        tasks.start("watch", for_ever())
        await asyncio.sleep(0)
        next(iter(tasks._tasks)).cancel()
        await asyncio.wait_for(tasks.died.wait(), 2)
        assert "'watch' was cancelled" in tasks.unhealthy()

    run(story())


def test_stopping_is_no_death_and_takes_no_longer_than_agreed():
    async def stubborn():
        while True:
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                continue
            return

    async def story():
        tasks = BackgroundTasks()
        tasks.start("well", for_ever())
        tasks.start("stubborn", stubborn())
        await asyncio.sleep(0)
        began = time.monotonic()
        with capture_logs() as logs:
            await tasks.stop(0.1)
        assert time.monotonic() - began < 0.4
        assert tasks.unhealthy() == ""
        assert logs[0]["tasks"] == ["stubborn"]

    run(story())


def a_process(body=for_ever, **settings):
    """Run a process with one background task; the story of what happened."""
    told, tasks = [], BackgroundTasks()

    @asynccontextmanager
    async def work():
        told.append(("entered", asyncio.current_task()))
        tasks.start("the body", body())
        yield
        told.append(("left", asyncio.current_task()))
        await tasks.stop(1)

    settings.setdefault("work", work)
    return told, tasks, process.run(tasks=tasks, finish_seconds=2, **settings)


def test_a_process_starts_and_stops_its_work_in_one_task():
    async def story():
        stop = asyncio.Event()
        told, _, running = a_process(stop=stop)
        task = asyncio.create_task(running)
        async with asyncio.timeout(5):
            while not told:
                await asyncio.sleep(0.01)
            stop.set()
            await task
        assert [what for what, _ in told] == ["entered", "left"]
        assert told[0][1] is told[1][1]

    run(story())


@pytest.mark.parametrize("body", [fails, ends])
def test_a_process_ends_with_an_error_if_a_background_task_does(body):
    async def story():
        told, _, running = a_process(body)
        with pytest.raises(ProcessError, match="the body"):
            await running
        assert [what for what, _ in told] == ["entered", "left"]

    run(story())


def test_a_process_that_cannot_start_says_why_and_does_not_try_again():
    entered = []

    @asynccontextmanager
    async def work():
        entered.append(1)
        raise OSError("the port is taken")
        yield

    async def story():
        _, _, running = a_process(work=work)
        with pytest.raises(ProcessError, match="the port is taken") as caught:
            await running
        assert isinstance(caught.value.__cause__, OSError)
        assert entered == [1]

    run(story())


def test_a_stop_that_hangs_is_cut_off():
    @asynccontextmanager
    async def work():
        yield
        await asyncio.Event().wait()

    async def story():
        stop = asyncio.Event()
        stop.set()
        _, _, running = a_process(work=work, stop=stop)
        began = time.monotonic()
        await running
        assert time.monotonic() - began < 4

    run(story())


PROGRAM = """
import asyncio, sys
from contextlib import asynccontextmanager
from voicejob_operator.runtime import process
from voicejob_operator.runtime.tasks import BackgroundTasks

@asynccontextmanager
async def work():
    print("working", flush=True)
    yield
    print("finished", flush=True)

asyncio.run(process.run(work, BackgroundTasks(), finish_seconds=5))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_and_kopf_needs_neither_rights_nor_an_api_server(
    tmp_path, number
):
    """An API server that refuses everybody: Kopf would scan its groups, and end the process."""
    where = tmp_path / "kubeconfig"
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    where.write_text(
        json.dumps({"current-context": "c", "contexts": [context], "clusters": [cluster]})
    )
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "KUBECONFIG": str(where)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout.readline() == "working\n"
        time.sleep(1.5)
        assert running.poll() is None
        began = time.monotonic()
        running.send_signal(number)
        out, err = running.communicate(timeout=10)
    finally:
        running.kill()
    assert (out, err, running.returncode) == ("finished\n", "", 0)
    assert time.monotonic() - began < 3
