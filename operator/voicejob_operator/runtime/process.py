"""The process: Kopf brings signals, the order of start and stop, and the last resort at the end.

Kopf's handlers of resources, its watches, indexes and per-object tasks are not used (see
``watches``), so Kopf has nothing to ask the API server for. By itself it would all the same scan
the API's groups for the resources that it may need, and end the process if the API server is away
at the start; the insights that it is handed here name none. It then needs no rights and sends no
request.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, cast

import kopf
import structlog
from kopf._cogs.structs.references import Backbone, Insights

from voicejob_operator.runtime.tasks import BackgroundTasks

log = structlog.get_logger()

_LAST_RESORT_SECONDS: Final = 10.0
"""After the work's own time to finish, and Kopf's 5 s for stray tasks."""


class ProcessError(Exception):
    """The process ended by itself, and is to exit with something else than 0."""


Work = Callable[[], AbstractAsyncContextManager[None]]
"""What the process does: entered at the start, left at the stop, both in one task."""


async def run(
    work: Work,
    tasks: BackgroundTasks,
    *,
    finish_seconds: float,
    identity: str = "operator",
    stop: asyncio.Event | None = None,
) -> None:
    """Do the work until SIGTERM or SIGINT, until ``stop`` is set, or until a background task dies.

    Args:
        work: Starts its parts when it is entered and stops them when it is left.
        tasks: The background tasks of the work.
        finish_seconds: How long leaving may take before it is cancelled; SIGKILL comes
            15 s later should the event loop itself hang.
        identity: What Kopf calls this process, in its logs alone.
        stop: Ends the process like a signal.

    Raises:
        ProcessError: The work could not be started, or a background task has died.
    """
    stop = stop or asyncio.Event()
    holder = _WorkHolder(work, finish_seconds, stop)
    watcher = asyncio.create_task(_pass_on(tasks.died, stop), name="watching background tasks")
    try:
        await kopf.operator(
            registry=_registry(holder),
            settings=_settings(finish_seconds),
            insights=Insights(backbone=_NoBackbone()),
            standalone=True,
            # Else Kopf looks the user's name up in a password file, where a bare uid is not.
            identity=cast("Any", identity),
            clusterwide=True,
            stop_flag=stop,
        )
    except Exception as error:  # the edge: whatever ends Kopf or the work, the exit code tells it
        cause = holder.fault or error  # Kopf says only that one of its handlers failed
        raise ProcessError(f"the operator has failed: {cause}") from cause
    finally:
        watcher.cancel()
    if tasks.unhealthy():
        raise ProcessError(tasks.unhealthy())
    if holder.fault is not None:
        raise ProcessError("the operator did not stop as it should") from holder.fault


class _NoBackbone(Backbone):
    """Kopf's list of the resources that it needs for itself: none."""

    def __init__(self) -> None:
        super().__init__()
        self.selectors = []


class _WorkHolder:
    """Enters and leaves the work in one task, as what it opens (timeouts, groups) may demand."""

    def __init__(self, work: Work, finish_seconds: float, stop: asyncio.Event) -> None:
        self._work = work
        self._finish_seconds = finish_seconds
        self._kopf_stop = stop
        self._started = asyncio.Event()
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.fault: BaseException | None = None

    async def start(self) -> None:
        """Enter the work.

        Raises:
            kopf.PermanentError: It cannot be entered; Kopf must not try again by itself.
        """
        self._task = asyncio.create_task(self._hold(), name="the operator's work")
        started = asyncio.create_task(self._started.wait())
        await asyncio.wait({self._task, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if not self._started.is_set():
            self._kopf_stop.set()
            self.fault = self._task.exception()
            raise kopf.PermanentError(f"cannot start: {type(self.fault).__name__}")

    async def finish(self) -> None:
        """Leave the work, or cancel the leaving when its time is up."""
        # Kopf leaves a task behind that waits for this flag, and would wait 5 s for that task.
        self._kopf_stop.set()
        if self._task is None:
            return
        self._stop.set()
        done, _ = await asyncio.wait({self._task}, timeout=self._finish_seconds)
        if not done:
            log.error("the stop takes too long and is cut off", seconds=self._finish_seconds)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1.0)
        elif not self._task.cancelled():
            self.fault = self._task.exception()

    async def _hold(self) -> None:
        async with self._work():
            self._started.set()
            await self._stop.wait()


def _registry(holder: _WorkHolder) -> kopf.OperatorRegistry:
    handlers = kopf.OperatorRegistry()

    @kopf.on.login(registry=handlers)
    async def login(**_: Any) -> kopf.ConnectionInfo:
        # Kopf wants credentials at its start; it sends no request that would show them.
        return kopf.ConnectionInfo(server="http://localhost")

    @kopf.on.startup(registry=handlers)
    async def startup(**_: Any) -> None:
        await holder.start()

    @kopf.on.cleanup(registry=handlers)
    async def cleanup(**_: Any) -> None:
        await holder.finish()

    return handlers


def _settings(finish_seconds: float) -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.process.ultimate_exiting_timeout = finish_seconds + 5.0 + _LAST_RESORT_SECONDS
    logging.getLogger("kopf").setLevel(logging.WARNING)
    return settings


async def _pass_on(died: asyncio.Event, stop: asyncio.Event) -> None:
    await died.wait()
    stop.set()
