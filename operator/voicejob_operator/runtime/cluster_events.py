"""The newest Warning event about each object: what the cluster's other controllers complain of.

Watched, not asked for: events are in no watch cache, so each list of them is read from etcd.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from voicejob_operator.runtime.cache import ObjectCache, View
from voicejob_operator.runtime.client import ApiClient, Body
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.runtime.watches import Watch

EVENTS: Final = Resource("", "v1", "events", "Event")
MAX_WARNINGS: Final = 20_000
_STRANGER_SECONDS: Final = 60.0
"""How long a warning may be about an object that has not been seen itself."""
_EPOCH: Final = datetime.fromtimestamp(0, UTC)

WarningChanged = Callable[[str, str, str, str], None]
"""Told of a new warning: the uid, namespace, kind and name of the object that it is about."""


@dataclass(frozen=True, slots=True)
class ClusterWarning:
    """A Warning event, as far as anybody asks."""

    reason: str
    message: str
    time: datetime
    """When it happened last, by the clock of whoever told it."""


class WarningEvents:
    """Remembers the newest warning about each object, also after the event itself has gone.

    Args:
        client: The API server.
        changed: Told of each new warning, in the event loop.
        kinds: The kinds of the objects, such as ``("Pod", "Job")``; a watch for each in
            each namespace.
        namespaces: Those that are watched; None for all.
        limit: How many objects' warnings are remembered; the longest untouched go first.
        metrics: Where lists are counted.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        client: ApiClient,
        changed: WarningChanged,
        kinds: tuple[str, ...],
        *,
        namespaces: tuple[str | None, ...] = (None,),
        limit: int = MAX_WARNINGS,
        metrics: RuntimeMetrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changed = changed
        self._limit = limit
        self._clock = clock
        self._warnings: OrderedDict[str, tuple[ClusterWarning, float]] = OrderedDict()
        self.watches: tuple[Watch[View], ...] = tuple(
            Watch(
                client,
                EVENTS,
                # Stays empty: what is worth keeping is kept here, by the object that it is about.
                ObjectCache[View](),
                self._take_in,
                _nothing_changes,
                namespace=namespace,
                field_selector=f"involvedObject.kind={kind},type=Warning",
                metrics=metrics,
            )
            for namespace in namespaces
            for kind in kinds
        )
        """To be run in the background, each."""

    def __len__(self) -> int:
        return len(self._warnings)

    def newest(self, uid: str) -> ClusterWarning | None:
        """The newest warning about the object of that uid, or None."""
        warning, _ = self._warnings.get(uid, (None, 0.0))
        return warning

    def forget(self, uid: str) -> None:
        """Drop what is remembered of an object that is gone or needs it no more."""
        self._warnings.pop(uid, None)

    def forget_strangers(self, is_known: Callable[[str], bool]) -> None:
        """Drop what is remembered of objects that are not there, or are nobody's business here.

        An event outlives what it is about, by an hour: each new list brings those of all that has
        gone since, and nothing tells once more that it has. A warning may also come a moment before
        its object, and is left alone for a minute.
        """
        before = self._clock() - _STRANGER_SECONDS
        strangers = [
            uid for uid, (_, at) in self._warnings.items() if at < before and not is_known(uid)
        ]
        for uid in strangers:
            del self._warnings[uid]

    def _take_in(self, body: Body) -> None:
        about = body.get("involvedObject") or {}
        uid = str(about.get("uid") or "")
        told = ClusterWarning(
            str(body.get("reason") or ""), str(body.get("message") or ""), _time(body)
        )
        known = self.newest(uid)
        if not uid or (known is not None and (known == told or known.time > told.time)):
            return
        self._warnings[uid] = told, self._clock()
        self._warnings.move_to_end(uid)
        if len(self._warnings) > self._limit:
            self._warnings.popitem(last=False)
        namespace, kind, name = (
            str(about.get(part) or "") for part in ("namespace", "kind", "name")
        )
        self._changed(uid, namespace, kind, name)


def _nothing_changes(old: View | None, new: View | None) -> NoReturn:
    raise AssertionError("the cache of events is empty")


def _time(body: Body) -> datetime:
    """When the event happened last: four fields, by the age of whoever wrote it."""
    series, metadata = body.get("series") or {}, body.get("metadata") or {}
    told = (body.get("lastTimestamp"), series.get("lastObservedTime"), body.get("eventTime"))
    newest = max(_parsed(time) for time in told)
    return newest if newest > _EPOCH else _parsed(metadata.get("creationTimestamp"))


def _parsed(time: Any) -> datetime:
    try:
        parsed = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return _EPOCH
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
