"""``/healthz``, ``/readyz`` and ``/metrics`` of the operator."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], str]
"""What is wrong, in a sentence; empty where nothing is."""


@asynccontextmanager
async def serving(
    port: int, healthy: Check, ready: Check, refresh_metrics: Callable[[], None]
) -> AsyncIterator[None]:
    """Serve on all addresses while the context lasts.

    Raises:
        OSError: The port is taken.
    """

    async def metrics(_: web.Request) -> web.Response:
        refresh_metrics()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/healthz", _answer(healthy))
    app.router.add_get("/readyz", _answer(ready))
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()


def _answer(check: Check) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        wrong = check()
        return web.Response(text=wrong or "ok", status=503 if wrong else 200)

    return answer
