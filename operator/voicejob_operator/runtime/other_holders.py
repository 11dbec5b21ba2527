"""In which namespaces another process holds a Lease of our name: they are not ours to work in.

An operator for some namespaces holds a Lease in each of them; one for the whole cluster holds
another. So that both together are one, the one for the whole cluster leaves alone what has a holder
of its own. Whether it still has one is judged as in ``leadership``: by how long ago this process
saw the Lease change, on its own clock.

That time goes by only while Leases are seen to change, as this process' own does every 2 s while it
leads: a watch that is broken or silent shows of nobody that he is gone.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from voicejob_operator.runtime.cache import ObjectCache, version_number
from voicejob_operator.runtime.client import ApiClient, Body
from voicejob_operator.runtime.leadership import LEASE_SECONDS, LEASES
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.watches import Watch

_LATE_SECONDS: Final = 2.0
"""A renewal takes a moment to be seen here."""
_BLIND_SECONDS: Final = 6.0
"""Without any Lease's change, after which the watch is not believed to have shown all."""


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A Lease, as far as it says who works."""

    namespace: str
    name: str
    uid: str
    version: int
    holder: str
    seconds: float
    owner: str = ""


class OtherHolders:
    """Who holds the Leases of that name in other namespaces.

    Args:
        client: The API server.
        name: Of the Leases.
        own_namespace: Where this process' own Lease is.
        metrics: Where lists are counted.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        client: ApiClient,
        name: str,
        own_namespace: str,
        *,
        metrics: RuntimeMetrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own_namespace = own_namespace
        self._clock = clock
        self._seen_at = clock()
        self._blind_seconds = 0.0
        self._changed_at: dict[str, float] = {}
        self._leases: ObjectCache[LeaseView] = ObjectCache()
        self._by_namespace: dict[str, LeaseView] = {}
        self.watch: Watch[LeaseView] = Watch(
            client,
            LEASES,
            self._leases,
            _view,
            self._changed,
            field_selector=f"metadata.name={name}",
            metrics=metrics,
            clock=clock,
        )

    def holder(self, namespace: str) -> str:
        """Who works in that namespace instead of us; empty if nobody does."""
        lease = self._by_namespace.get(namespace)
        if lease is None or not lease.holder:
            return ""
        silent = self._seen_at - self._blind_seconds - self._changed_at[namespace]
        return lease.holder if silent <= lease.seconds + _LATE_SECONDS else ""

    def namespaces(self) -> Iterator[str]:
        """The namespaces in which somebody else works."""
        return (namespace for namespace in self._by_namespace if self.holder(namespace))

    def _changed(self, old: LeaseView | None, new: LeaseView | None) -> None:
        self._see()
        either = new or old
        if either is None or either.namespace == self._own_namespace:
            return
        if new is None:
            self._by_namespace.pop(either.namespace, None)
            self._changed_at.pop(either.namespace, None)
        elif old is None or old.version != new.version:
            self._by_namespace[new.namespace] = new
            self._changed_at[new.namespace] = self._seen_at - self._blind_seconds

    def _see(self) -> None:
        """Let the time go on, but for the time in which nothing was seen."""
        now = self._clock()
        if now - self._seen_at > _BLIND_SECONDS:
            self._blind_seconds += now - self._seen_at
        self._seen_at = now


def _view(body: Body) -> LeaseView:
    metadata, spec = body["metadata"], body.get("spec") or {}
    said = spec.get("leaseDurationSeconds")
    return LeaseView(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        version=version_number(metadata.get("resourceVersion")),
        holder=str(spec.get("holderIdentity") or ""),
        seconds=float(said) if isinstance(said, int) and said > 0 else LEASE_SECONDS,
    )
