"""``/healthz``, ``/readyz`` and ``/metrics`` of a controller."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


class PortError(OSError):
    """The port cannot be had, and why."""


class Answers(Protocol):
    """What a process has to say of itself."""

    def unhealthy(self) -> str:
        """What is wrong that a new process would mend, in a sentence; empty if nothing is."""

    def unready(self) -> str:
        """Why it is not ready, in a sentence; empty if it is."""

    def notes(self) -> str:
        """What else a person may want to know."""

    def refresh_metrics(self) -> None:
        """Bring the gauges up to date."""


class LateAnswers:
    """The answers of a process that is yet to start: alive, and not ready, until it has others."""

    def __init__(self) -> None:
        self.of: Answers | None = None

    def unhealthy(self) -> str:
        """Nothing, before there is anything."""
        return self.of.unhealthy() if self.of else ""

    def unready(self) -> str:
        """That it is starting."""
        return self.of.unready() if self.of else "starting"

    def notes(self) -> str:
        """None yet."""
        return self.of.notes() if self.of else ""

    def refresh_metrics(self) -> None:
        """Nothing to refresh yet."""
        if self.of is not None:
            self.of.refresh_metrics()


@asynccontextmanager
async def serving(port: int, answers: Answers) -> AsyncIterator[None]:
    """Serve on all addresses while the context lasts.

    Raises:
        PortError: It is taken, or not this user's.
    """

    async def healthz(_: web.Request) -> web.Response:
        return _told(answers.unhealthy(), "")

    async def readyz(_: web.Request) -> web.Response:
        return _told(answers.unready(), answers.notes())

    async def metrics(_: web.Request) -> web.Response:
        answers.refresh_metrics()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, port=port).start()
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else error
            raise PortError(f"port {port} cannot be had: {why}") from error
        yield
    finally:
        await runner.cleanup()


def _told(wrong: str, notes: str) -> web.Response:
    text = wrong or "ok"
    return web.Response(text=f"{text}; {notes}" if notes else text, status=503 if wrong else 200)
