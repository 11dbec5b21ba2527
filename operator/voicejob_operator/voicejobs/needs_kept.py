"""Keeps what VoiceJobs have needed of GPUs' memory in a ConfigMap, over the operator's life.

Nothing hangs on it: where it is broken, deleted or forbidden, the log says so once, and VoiceJobs
that name no memory ask for none until others have shown what they need.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import structlog

from voicejob_api import names
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.runtime.client import ApiClient, ApiError, Body
from voicejob_operator.runtime.errors import UNINTELLIGIBLE
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.settings import WorkerSettings
from voicejob_operator.voicejobs.ended_attempts import EndedAttempt
from voicejob_operator.voicejobs.needs import Needs, kind_of

CONFIG_MAPS: Final = Resource("", "v1", "configmaps", "ConfigMap")
SAVE_SECONDS: Final = 30.0
"""Least time between two writes: what was learned in it is lost with the process."""
_READ_AGAIN_SECONDS: Final = 2.0

log = structlog.get_logger()


class NeedsKeeper:
    """What was seen to be needed, and the ConfigMap that it is kept in.

    A write names the version that was read: of two operators the second gets a conflict, reads what
    the first has written, and adds what it has learned itself.

    Args:
        client: The API server.
        namespace: The operator's own.
        worker: See ``kind_of``.
        leads: Whether this process works; else it writes nothing.
    """

    def __init__(
        self, client: ApiClient, namespace: str, worker: WorkerSettings, leads: Callable[[], bool]
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._worker = worker
        self._leads = leads
        self._needs = Needs()
        self._metadata: Body | None = None
        """As it was read; None if there is no ConfigMap."""
        self._to_do = asyncio.Event()
        self._to_do.set()
        self._trouble = ""
        self.is_read = False
        """Whether the ConfigMap was read, or cannot be."""

    def needed_by(self, voicejob: VoiceJob) -> int | None:
        """Memory of a GPU that VoiceJobs like this one have needed, in MiB."""
        if voicejob.spec.gpu is None:
            return None
        return self._needs.needed_by(kind_of(voicejob, self._worker))

    def learn(self, ended: EndedAttempt) -> None:
        """Take in what an attempt has shown; it is written soon."""
        self._needs.learn(ended.kind, ended.precision, ended.attempt, ended.day)
        self._to_do.set()

    def read_anew(self) -> None:
        """Read the ConfigMap again: another process may have worked until now."""
        self.is_read = False
        self._to_do.set()

    async def run(self) -> None:
        """Read, and write what is learned while this process leads; for ever."""
        while True:
            await self._to_do.wait()
            self._to_do.clear()
            if not self.is_read:
                await self._read_at_last()
            if self._leads() and not self._needs.is_stored:
                await self.save()
                await asyncio.sleep(SAVE_SECONDS)
                if not self._needs.is_stored:
                    self._to_do.set()

    async def save(self, seconds: float | None = None) -> None:
        """Write what was learned, if anything was; whatever keeps it from that is logged.

        Args:
            seconds: For the request; the client's own bound without it.
        """
        if self._needs.is_stored:
            return
        data = self._needs.to_data()
        try:
            self._wrote(await self._put(data, seconds), data)
        except ApiError as error:
            gone = error.is_not_found and self._metadata is not None
            if not (error.is_conflict or error.is_already_exists or gone):
                self._note(f"cannot be written: {error}")
                return
            # The next write, if it is still due, adds to what is read.
            await self._read()

    async def _put(self, data: dict[str, str], seconds: float | None) -> Body:
        labels = {names.LABEL_MANAGED_BY: names.FIELD_MANAGER}
        own = {"name": names.OBSERVED_MEMORY, "namespace": self._namespace, "labels": labels}
        body = {
            "apiVersion": CONFIG_MAPS.api_version,
            "kind": CONFIG_MAPS.kind,
            "metadata": self._metadata or own,
            "data": data,
        }
        if self._metadata is None:
            return await self._client.create(CONFIG_MAPS, self._namespace, body)
        # With the resourceVersion that was read: 409 if anybody wrote since.
        return await self._client.replace(
            CONFIG_MAPS, self._namespace, names.OBSERVED_MEMORY, body, seconds=seconds
        )

    def _wrote(self, body: Body, data: dict[str, str]) -> None:
        self._metadata = _metadata(body)
        self._needs.take(data)
        self._trouble = ""

    async def _read_at_last(self) -> None:
        """Read the ConfigMap, as often as it takes."""
        while True:
            wait = await self._read()
            if wait == 0.0:
                return
            await asyncio.sleep(wait)

    async def _read(self) -> float:
        """Read the ConfigMap; one that is not there, or that may not be read, is empty.

        Returns:
            Seconds after which to ask again, for nobody has answered; 0.0 if somebody has.
        """
        try:
            body = await self._client.get(CONFIG_MAPS, self._namespace, names.OBSERVED_MEMORY)
            self._metadata = _metadata(body)
        except ApiError as error:
            self.is_read = error.is_not_found or error.is_forbidden
            if error.is_not_found:
                self._metadata = None
                self._needs.take({})
            else:
                self._note(f"cannot be read: {error}")
            return 0.0 if self.is_read else max(_READ_AGAIN_SECONDS, error.retry_after or 0.0)
        data = body.get("data") or {}
        unreadable = self._needs.take(data) if isinstance(data, dict) else 1
        self.is_read, self._trouble = True, ""
        if unreadable:
            self._note(f"has {unreadable} entries that nobody can read: they are forgotten")
        return 0.0

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning(
                "what GPUs' memory was seen to need is not kept",
                config_map=f"{self._namespace}/{names.OBSERVED_MEMORY}",
                trouble=trouble,
            )
        self._trouble = trouble


def _metadata(body: Body) -> dict[str, Any]:
    """What a replacement sends back; who wrote which field the API server notes itself.

    Raises:
        ApiError: Without a version it is no object of the API's, and would be overwritten blindly.
    """
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or not metadata.get("resourceVersion"):
        raise ApiError(200, UNINTELLIGIBLE, "expected a ConfigMap, got another kind of object")
    return {key: value for key, value in metadata.items() if key != "managedFields"}
