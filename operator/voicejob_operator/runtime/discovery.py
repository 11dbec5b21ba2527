"""Which API groups and versions the API server has: what may be installed, or not, or later."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.errors import ApiError

_ASK_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS: Final = 5.0

log = structlog.get_logger()


class ApiGroups:
    """The groups that are served and their versions, asked for once a minute.

    Every account may ask: no right is needed.

    Args:
        client: The API server.
        changed: Told when a group or a version has come or gone.
    """

    def __init__(self, client: ApiClient, changed: Callable[[], None] = lambda: None) -> None:
        self._client = client
        self._tell = changed
        self._served: frozenset[str] | None = None
        self._changed = asyncio.Event()

    @property
    def served(self) -> frozenset[str] | None:
        """Names of groups, and each with its versions: ``batch``, ``batch/v1``; None if unknown."""
        return self._served

    def serves(self, group_version: str) -> bool:
        """Whether that version of a group is known to be served, such as ``batch/v1``."""
        return self._served is not None and group_version in self._served

    async def wait_for(self, group_version: str) -> None:
        """Return once that version of a group is served; it may never be."""
        while not self.serves(group_version):
            self._changed.clear()
            await self._changed.wait()

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            is_known = await self._ask()
            await asyncio.sleep(_ASK_SECONDS if is_known else _ASK_AGAIN_SECONDS)

    async def _ask(self) -> bool:
        try:
            found = await self._client.get_path("/apis")
            versions = [
                version["groupVersion"]
                for group in found.get("groups", ())
                for version in group.get("versions", ())
            ]
            groups = (version.partition("/")[0] for version in versions)
            served = frozenset((*versions, *groups))
        except ApiError as error:
            log.debug("the API groups are not known", error=str(error))
            return False
        except Exception as error:  # the edge: an answer that is none must not end the operator
            log.warning("the API groups cannot be read", error=type(error).__name__)
            return False
        if served != self._served:
            self._served = served
            self._changed.set()
            self._tell()
        return True
