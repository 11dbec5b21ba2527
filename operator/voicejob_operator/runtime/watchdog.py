"""Finds a watch that has stopped: the API server knows what the cache has not been told.

Or it no longer tells this process anything: its CA or the token has changed, which a new process
reads anew.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog

from voicejob_operator.runtime.api_server import ApiError, Cluster

log = structlog.get_logger()

_EVERY_SECONDS: Final = 30.0
STALLED_AFTER_SECONDS: Final = 90.0

Versions = dict[str, str]
"""resourceVersion by uid."""


class Watchdog:
    """Compares the versions in the cache with the API server's, from time to time."""

    def __init__(
        self,
        cluster: Cluster,
        namespaces: tuple[str, ...],
        cached: Callable[[], Versions],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster = cluster
        self._namespaces = namespaces or (None,)
        self._cached = cached
        self._clock = clock
        self._behind: dict[str, tuple[str, float]] = {}
        self._estranged_since: float | None = None

    async def run(self) -> None:
        """Compare for ever. An API server that does not answer says nothing of the watch."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                self.compare(await self._listed())
            except ApiError as error:
                log.warning("watchdog cannot list", error=str(error))
                self.missed(error)

    def compare(self, listed: Versions) -> None:
        """Note since when which VoiceJob's version has been missing from the cache."""
        cached, now = self._cached(), self._clock()
        self._estranged_since = None
        ahead = {
            uid: version
            for uid, version in listed.items()
            if _number(cached.get(uid)) < int(version)
        }
        self._behind = {
            uid: self._behind.get(uid, (version, now)) for uid, version in ahead.items()
        }
        self._behind = {
            uid: (version, since)
            for uid, (version, since) in self._behind.items()
            if _number(cached.get(uid)) < int(version)
        }

    def missed(self, error: ApiError) -> None:
        """Note a list that failed; an API server that does not answer says nothing of this side."""
        if error.is_estrangement and self._estranged_since is None:
            self._estranged_since = self._clock()

    def estranged_seconds(self) -> float:
        """For how long the API server has refused this process as such; 0.0 where it does not."""
        since = self._estranged_since
        return 0.0 if since is None else self._clock() - since

    def behind_seconds(self) -> float:
        """For how long the cache has been behind the API server; 0.0 where it is not."""
        return max((self._clock() - since for _, since in self._behind.values()), default=0.0)

    async def _listed(self) -> Versions:
        versions: Versions = {}
        for namespace in self._namespaces:
            versions |= await self._cluster.resource_versions(namespace)
        return versions


def _number(version: str | None) -> int:
    return int(version) if version else -1
