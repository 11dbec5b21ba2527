"""Asks running workers how far they are. A missed answer loses nothing: the end is in the pod."""

import asyncio
from collections.abc import Callable
from typing import Final

from pydantic import ValidationError

from voicejob_api.pod import STATUS_PORT
from voicejob_api.report import WorkerReport
from voicejob_operator import metrics
from voicejob_operator.runtime.pod_http import PodAddress, ReadPod, UnreachableError
from voicejob_operator.voicejobs.observed import PodView

_PATH: Final = "/status"
_FIRST_WAIT_SECONDS: Final = 0.4
"""A worker serves its status well before the first regular question would come."""
_MAX_WAIT_SECONDS: Final = 60.0
"""Between two questions to a worker that does not answer: it takes no other's turn."""
_ASKED_AT_ONCE: Final = 32

Heard = Callable[[PodView, WorkerReport | None], None]
"""Told of each answer; None if there was none."""


class Workers:
    """Follows the running workers, one task for each pod."""

    def __init__(self, read: ReadPod, seconds: float, heard: Heard) -> None:
        self._read = read
        self._seconds = seconds
        self._heard = heard
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(_ASKED_AT_ONCE)

    def follow(self, pod: PodView) -> None:
        """Ask this pod's worker from now on, every few seconds."""
        task = self._tasks.get(pod.uid)
        if task is None or task.done():
            self._tasks[pod.uid] = asyncio.create_task(self._follow(pod))

    def leave(self, uid: str) -> None:
        """Ask the worker in the pod of that uid no more."""
        task = self._tasks.pop(uid, None)
        if task is not None:
            task.cancel()

    def leave_all(self) -> None:
        """Ask no worker any more."""
        for uid in list(self._tasks):
            self.leave(uid)

    async def _follow(self, pod: PodView) -> None:
        wait = min(_FIRST_WAIT_SECONDS, self._seconds)
        longest = self._seconds
        while True:
            await asyncio.sleep(wait)
            report = await self._ask(pod)
            metrics.POLLS.labels("ok" if report is not None else "error").inc()
            self._heard(pod, report)
            longest = self._seconds if report is not None else _MAX_WAIT_SECONDS
            wait = min(wait * 2, longest)

    async def _ask(self, pod: PodView) -> WorkerReport | None:
        address = PodAddress(pod.namespace, pod.name, pod.ip, STATUS_PORT)
        try:
            async with self._turns:
                return WorkerReport.model_validate_json(await self._read(address, _PATH))
        except (UnreachableError, ValidationError):
            return None
