"""Counts what each namespace has in the operator's store, in bounded passes.

A pass goes on where the last one stopped. The sums are as old as that: what is written since then
is not in them.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from voicejob_operator import metrics
from voicejob_operator.settings import QuotaSettings
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.living import Living
from voicejob_operator.store.passes import pass_after_pass
from voicejob_operator.store.tally import NOTHING, Tally, Used

MAX_PAGES: Final = 20
"""Of a thousand objects of each kind, in one pass."""


@dataclass
class _Folder:
    """A kind of objects, and how far the walk through them has come."""

    name: str
    tally: Tally = field(default_factory=Tally)
    after: str = ""


class StoreUsage:
    """Audio and checkpoints by namespace; results are a few hundred bytes each and left out."""

    def __init__(
        self,
        store: Store,
        living: Callable[[], Living | None],
        quota: QuotaSettings,
        counted: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._living = living
        self._quota = quota
        self._counted = counted
        """Called after each pass."""
        self._folders = (_Folder(store.keys.audio), _Folder(store.keys.checkpoints))
        self._bytes = metrics.OnlyThese(metrics.STORE_BYTES)
        self._limits = metrics.OnlyThese(metrics.STORE_QUOTA_BYTES)

    def used(self, namespace: str) -> Used:
        """What a namespace has in the store, as far as it was counted."""
        return sum((each.tally.used(namespace) for each in self._folders), NOTHING)

    def has_room(self, namespace: str) -> bool:
        """Whether a namespace that has a quota is known to be below it."""
        limit, used = self._quota.limit_of(namespace), self.used(namespace)
        return limit is not None and used.is_whole and used.size_bytes < limit

    async def run(self, every_seconds: float) -> None:
        """Pass after pass, for ever."""
        await pass_after_pass(self.walk, self._living, every_seconds, "counting the store put off")

    async def walk(self) -> None:
        """One pass. A process that does not work counts nothing, and shows nothing.

        Raises:
            StoreError: The store refused or did not answer.
        """
        living = self._living()
        if living is None:
            self._show({})
            return
        for folder in self._folders:
            await self._go_on(folder)
        self._show(self._sums(living))
        self._counted()

    async def _go_on(self, folder: _Folder) -> None:
        for _ in range(MAX_PAGES):
            page = await self._store.sizes(folder.name, folder.after)
            folder.tally.take(page.sizes)
            folder.after = page.last
            if not page.last:
                folder.tally.end()
                break

    def _sums(self, living: Living) -> dict[str, int]:
        sums: Counter[str] = Counter()
        for folder in self._folders:
            sums.update(folder.tally.sums)
        return {name: size for name, size in sums.items() if size and living.serves(name)}

    def _show(self, sums: dict[str, int]) -> None:
        largest = heapq.nlargest(metrics.MOST_NAMESPACES, sums, key=lambda name: (sums[name], name))
        shown = {name: sums[name] for name in largest}
        limits = {name: self._quota.limit_of(name) for name in largest}
        others = sum(sums.values()) - sum(shown.values())
        self._bytes.put(shown | ({metrics.OTHERS: others} if others else {}))
        self._limits.put({name: limit for name, limit in limits.items() if limit is not None})
