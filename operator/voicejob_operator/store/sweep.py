"""Removes from the store what work has left there: checkpoints and results.

Audio is ``retention``'s, and stays by default.
"""

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from voicejob_operator import metrics
from voicejob_operator.settings import RetentionSettings
from voicejob_operator.store.bucket import Leftover, Page, Store
from voicejob_operator.store.faults import Fault, StoreError
from voicejob_operator.store.kept_audio import KeptAudio, OwnerId
from voicejob_operator.store.living import Living
from voicejob_operator.store.ownership import Ownership
from voicejob_operator.store.passes import pass_after_pass
from voicejob_operator.store.retention import Retention

log = structlog.get_logger()

YOUNG_SECONDS: Final = 600.0
"""A checkpoint that was written since then may be of a VoiceJob that is not known here yet."""
MAX_PAGES: Final = 20
"""Of each kind in one sweep; the next one goes on from there."""
MAX_AWAITED: Final = 20_000
"""VoiceJobs to forget; more of them are left to the sweeps."""
_AT_ONCE: Final = 200
"""Deletions that are asked for together, and go in one request or two."""
_AGAIN_SECONDS: Final = 60.0
_AFTER_GRACE_SECONDS: Final = 2.0


@dataclass(frozen=True, order=True)
class _Due:
    """Objects of one VoiceJob, to be deleted at a time of the monotonic clock."""

    at: float
    namespace: str
    uid: str
    with_result: bool


@dataclass(frozen=True)
class _Kind:
    """Checkpoints or results."""

    name: str
    least_age_seconds: float
    list: Callable[[str], Awaitable[Page]]
    delete: Callable[[str, str], Awaitable[None]]


class Sweeper:
    """Deletes what VoiceJobs leave: at once where one is known to be gone, and by sweeps.

    The sweeps list what this cluster has in the store, now and then: they find what an operator
    was not there to delete.
    """

    def __init__(
        self,
        store: Store,
        living: Callable[[], Living | None],
        *,
        every_seconds: float,
        grace_seconds: float,
        result_seconds: float,
        retention: RetentionSettings | None = None,
        owner_id: OwnerId | None = None,
    ) -> None:
        self._store = store
        self._living = living
        self._every = every_seconds
        self._grace = grace_seconds
        self._due: list[_Due] = []
        self._wake = asyncio.Event()
        self._kinds = (
            _Kind("checkpoints", YOUNG_SECONDS, store.checkpoints, store.delete_checkpoint),
            _Kind("results", result_seconds, store.results, store.delete_result),
        )
        audio = KeptAudio(store, owner_id)
        self._ownership = Ownership(audio)
        self._retention = None if retention is None else Retention(audio, living, retention)
        self._resume = dict.fromkeys((kind.name for kind in self._kinds), "")

    def forget(self, namespace: str, uid: str) -> None:
        """A VoiceJob was deleted: delete what is its own, without any list.

        Once now, and once when its worker is surely gone: one that is being stopped saves its
        chunks once more.
        """
        self._add(0.0, namespace, uid, with_result=True)
        self._add(self._grace + _AFTER_GRACE_SECONDS, namespace, uid, with_result=True)

    def finished(self, namespace: str, uid: str) -> None:
        """A VoiceJob has ended, and its status says so: its checkpoint is of no use any more."""
        self._add(0.0, namespace, uid, with_result=False)

    def granted(self, namespace: str, name: str, uid: str) -> None:
        """A VoiceJob's worker may write audio from now on: write down that it is this cluster's."""
        self._ownership.add(namespace, name, uid)

    async def run(self) -> None:
        """Delete and sweep, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ownership.run())
            tasks.create_task(self._forget_when_due())
            tasks.create_task(self._sweep_now_and_then())
            if self._retention is not None:
                tasks.create_task(self._retention.run(self._every))

    async def sweep(self) -> int:
        """Remove what is left over of VoiceJobs that are gone or have ended; count it.

        Nothing is removed before the operator knows all VoiceJobs, nor of a namespace that it
        does not serve, nor of another cluster.

        Raises:
            StoreError: The store did not answer, or refused: of some alone, after all others.
        """
        swept, refused = 0, None
        for kind in self._kinds:
            for _ in range(MAX_PAGES):
                if self._living() is None:
                    return swept
                page = await kind.list(self._resume[kind.name])
                try:
                    swept += await self._sweep_page(kind, page)
                except StoreError as error:
                    if error.fault is not Fault.FORBIDDEN:
                        raise
                    refused = refused or error
                self._resume[kind.name] = page.last
                if not page.last:
                    break
        if refused is not None:
            raise refused
        return swept

    async def _sweep_page(self, kind: _Kind, page: Page) -> int:
        # Asked for after the list: what is listed was made by a VoiceJob from before it.
        living = self._living()
        if living is None:
            return 0
        gone = [entry for entry in page.entries if _is_over(entry, kind, living)]
        await _in_turns(kind.delete, [(entry.namespace, entry.uid) for entry in gone])
        metrics.SWEPT.labels(kind.name).inc(len(gone))
        if gone:
            log.info("swept", kind=kind.name, count=len(gone))
        return len(gone)

    async def _sweep_now_and_then(self) -> None:
        await asyncio.sleep(self._every)
        await pass_after_pass(self.sweep, self._living, self._every, "sweep failed")

    def _add(self, after: float, namespace: str, uid: str, *, with_result: bool) -> None:
        if len(self._due) >= MAX_AWAITED:
            return
        heapq.heappush(self._due, _Due(time.monotonic() + after, namespace, uid, with_result))
        self._wake.set()

    async def _forget_when_due(self) -> None:
        while True:
            await self._until_due()
            now, due = time.monotonic(), []
            while self._due and self._due[0].at <= now:
                due.append(heapq.heappop(self._due))
            await self._forget_all(due)

    async def _forget_all(self, due: list[_Due]) -> None:
        """Delete what is due; if the store fails, all that is left comes again later.

        What it forbids of some, by a lock or a policy, holds up no others.
        """
        for start in range(0, len(due), _AT_ONCE):
            part = due[start : start + _AT_ONCE]
            try:
                await _in_turns(self._forget, [(one,) for one in part])
            except StoreError as error:
                if error.fault is Fault.FORBIDDEN:
                    self._put_off(part, error)
                    continue
                self._put_off(due[start:], error)
                return

    def _put_off(self, left: list[_Due], error: StoreError) -> None:
        log.warning("deletion put off", error=str(error), voicejobs=len(left))
        again = time.monotonic() + _AGAIN_SECONDS
        for one in left[: MAX_AWAITED - len(self._due)]:
            heapq.heappush(self._due, _Due(again, one.namespace, one.uid, one.with_result))

    async def _forget(self, due: _Due) -> None:
        whose = due.namespace, due.uid
        deletions = [self._store.delete_checkpoint(*whose)]
        if due.with_result:
            deletions.append(self._store.delete_result(*whose))
        await asyncio.gather(*deletions)

    async def _until_due(self) -> None:
        while (wait := self._due[0].at - time.monotonic() if self._due else None) is None or (
            wait > 0
        ):
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                return


def _is_over(entry: Leftover, kind: _Kind, living: Living) -> bool:
    return (
        entry.age_seconds >= kind.least_age_seconds
        and living.serves(entry.namespace)
        and not living.uids(entry.uid)
    )


async def _in_turns(
    function: Callable[..., Awaitable[None]], arguments: list[tuple[object, ...]]
) -> None:
    """Call the function with each of these, a few at once.

    Raises:
        StoreError: One of them failed; those that had begun have ended, and all others have been
            called, too, where the store forbids it of that one.
    """
    forbidden = None
    for start in range(0, len(arguments), _AT_ONCE):
        part = arguments[start : start + _AT_ONCE]
        ended = await asyncio.gather(*(function(*one) for one in part), return_exceptions=True)
        for one in ended:
            if isinstance(one, StoreError) and one.fault is Fault.FORBIDDEN:
                forbidden = one
            elif isinstance(one, BaseException):
                raise one
    if forbidden is not None:
        raise forbidden
