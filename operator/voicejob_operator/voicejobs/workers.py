"""Asks running workers how far they are. A missed answer loses nothing: the end is in the pod."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import aiohttp
import structlog
from pydantic import ValidationError

from voicejob_api.pod import STATUS_PORT
from voicejob_api.report import WorkerReport
from voicejob_operator import metrics
from voicejob_operator.runtime.api_server import ApiError, Cluster
from voicejob_operator.voicejobs.observed import PodView

_PATH: Final = "/status"
_TIMEOUT_SECONDS: Final = 3.0
_CONNECTIONS: Final = 32
_FIRST_WAIT_SECONDS: Final = 0.4
"""A worker serves its status well before the first regular question would come."""

log = structlog.get_logger()


class UnreachableError(Exception):
    """The worker gave no answer, or none that is a report."""


class Ask(Protocol):
    """A way to a worker."""

    async def __call__(self, pod: PodView) -> WorkerReport:
        """Ask the worker in that pod.

        Raises:
            UnreachableError: It gave no answer that is a report.
        """


class DirectAsk:
    """Asks a worker at its pod's address."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, force_close=True),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
        )

    async def __call__(self, pod: PodView) -> WorkerReport:
        """Ask the worker in that pod."""
        host = f"[{pod.ip}]" if ":" in pod.ip else pod.ip
        try:
            async with self._session.get(f"http://{host}:{STATUS_PORT}{_PATH}") as answer:
                answer.raise_for_status()
                return WorkerReport.model_validate_json(await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValidationError) as error:
            raise UnreachableError from error

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


class ProxyAsk:
    """Asks a worker through the API server, for an operator outside the cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def __call__(self, pod: PodView) -> WorkerReport:
        """Ask the worker in that pod."""
        try:
            body = await self._cluster.pod_get(pod.namespace, pod.name, STATUS_PORT, _PATH)
            return WorkerReport.model_validate(body)
        except (ApiError, ValidationError, ValueError) as error:
            raise UnreachableError from error

    async def close(self) -> None:
        """Nothing to close: the connection is the cluster's."""


class Workers:
    """Follows the running workers, one task for each pod."""

    def __init__(
        self, ask: Ask, seconds: float, heard: Callable[[PodView, WorkerReport], None]
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._heard = heard
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def follow(self, pod: PodView) -> None:
        """Ask this pod's worker from now on, every few seconds."""
        if pod.uid not in self._tasks:
            self._tasks[pod.uid] = asyncio.create_task(self._follow(pod))

    def leave(self, pod: PodView) -> None:
        """Ask this pod's worker no more."""
        task = self._tasks.pop(pod.uid, None)
        if task is not None:
            task.cancel()

    def leave_all_but(self, uids: set[str]) -> None:
        """Ask only the workers of these pods; the others are gone."""
        for uid in set(self._tasks) - uids:
            self._tasks.pop(uid).cancel()

    async def _follow(self, pod: PodView) -> None:
        wait = min(_FIRST_WAIT_SECONDS, self._seconds)
        while True:
            await asyncio.sleep(wait)
            try:
                self._heard(pod, await self._ask(pod))
                metrics.POLLS.labels("ok").inc()
            except UnreachableError:
                metrics.POLLS.labels("error").inc()
            wait = min(wait * 2, self._seconds)
