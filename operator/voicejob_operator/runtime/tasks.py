"""Supervision: a background task that has to run for ever must not die unseen."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


class BackgroundTasks:
    """Tasks that run until they are stopped; the end of any is the end of the process.

    Attributes:
        died: Set as soon as one has ended or raised; whoever runs the process stops it then, with
            a non-zero exit, and a new process starts with everything running.
    """

    def __init__(self) -> None:
        self.died = asyncio.Event()
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._death = ""
        self._stopping = False

    def start(self, name: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run it in the background, under a name that a person can look for."""
        task = asyncio.create_task(coroutine, name=name)
        self._tasks[task] = name
        task.add_done_callback(self._ended)

    def unhealthy(self) -> str:
        """Which task has died of what, in a sentence; empty if all run."""
        return self._death

    async def stop(self, seconds: float) -> None:
        """Cancel all; return when they have ended, or after so many seconds."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, left = await asyncio.wait(list(self._tasks), timeout=seconds)
            if left:
                names = sorted(self._tasks[task] for task in left)
                log.error("tasks did not end in time", tasks=names, seconds=seconds)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        name = self._tasks.pop(task)
        error = None if task.cancelled() else task.exception()
        if self._stopping and error is None:
            return
        how = "was cancelled" if task.cancelled() else "ended"
        cause = f"died of {type(error).__name__}" if error else how
        log.error("a background task has ended", task=name, how=cause, exc_info=error)
        if not self._death:
            self._death = f"the background task {name!r} {cause}; this process is of no use without"
        self.died.set()
