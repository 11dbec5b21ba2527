"""What the watches brought: small views of objects, found by name, by uid and by owner.

Versions. A view's ``version`` is the object's resourceVersion as an integer. Kubernetes promises
from 1.35 on that these can be compared, and since etcd 3 they have been etcd's revision, so in fact
always could be. A resourceVersion that is not an integer (``UNORDERED``) counts as newer than
anything: what comes last wins, as in client-go.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

UNORDERED: Final = -1
"""The version of an object whose resourceVersion is not a number."""
_REMEMBERED_REMOVALS: Final = 10_000
"""How many removals are remembered against answers that come late, and lists that are older."""
_REMEMBERED_SECONDS: Final = 300.0
"""For how long they are: a request may take seconds, a list two minutes, and neither hours."""


def version_number(resource_version: str | None) -> int:
    """The resourceVersion as a number, or UNORDERED."""
    text = resource_version or ""
    # Python's int() would take "1_0" and " 10 " too, which the API server does not mean as 10.
    return int(text) if text.isascii() and text.isdecimal() else UNORDERED


class View(Protocol):
    """What the cache has to know of an object; everything else is the view's own."""

    @property
    def namespace(self) -> str:
        """Its namespace, or ``""``."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def uid(self) -> str:
        """Its uid."""

    @property
    def version(self) -> int:
        """Its resourceVersion, by ``version_number``."""

    @property
    def owner(self) -> str:
        """The uid of the ownerReference that is the controller, or ``""``."""


V = TypeVar("V", bound=View)


class Change(NamedTuple, Generic[V]):
    """One object as it was and as it is; None before it came and after it has gone."""

    old: V | None
    new: V | None


class _Removal(NamedTuple):
    """That an object is gone."""

    version: int
    """Of its last state, or of its removal."""
    order: int
    """How many changes the cache had seen."""
    removed_at: float
    """Monotonic seconds."""


_NEVER_REMOVED: Final = _Removal(UNORDERED, 0, 0.0)


@dataclass(slots=True)
class Listing:
    """A list under way: what it has brought, and when it began."""

    namespace: str | None
    began: int
    uids: set[str] = field(default_factory=set)


class ObjectCache(Generic[V]):
    """Views of the objects that exist, each uid once, each name once.

    Not safe for threads: everything happens in the event loop's.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_uid: dict[str, V] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._owned: dict[str, dict[str, V]] = {}
        self._puts: dict[str, int] = {}
        self._removed: OrderedDict[str, _Removal] = OrderedDict()
        self._unread: dict[str, tuple[str, str]] = {}
        self._unread_names: dict[tuple[str, str], str] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._by_uid)

    def __iter__(self) -> Iterator[V]:
        """All views. Do not put or remove while iterating: take a list first."""
        return iter(self._by_uid.values())

    def by_uid(self, uid: str) -> V | None:
        """The object of that uid, or None."""
        return self._by_uid.get(uid)

    def by_name(self, namespace: str, name: str) -> V | None:
        """The object of that name, or None."""
        uid = self._by_name.get((namespace, name))
        return None if uid is None else self._by_uid.get(uid)

    def is_unread(self, uid: str) -> bool:
        """Whether the object of that uid is there and could not be read when it came last."""
        return uid in self._unread

    def unread_uid(self, namespace: str, name: str) -> str:
        """The uid of the object of that name that could not be read; empty if there is none."""
        return self._unread_names.get((namespace, name), "")

    def owned_by(self, uid: str) -> tuple[V, ...]:
        """The objects whose controller has that uid, in the order in which they came."""
        return tuple(self._owned.get(uid, {}).values())

    def put(self, view: V, listing: Listing | None = None) -> tuple[Change[V], ...]:
        """Take in an object as a watch, a list or the answer to a write of ours brings it.

        An older state than the cached one is passed over, and so is one from before the object's
        removal. Another object of the same name makes room, by version.

        Returns:
            What changed: nothing, one change, or the removal of the namesake before it.
        """
        if listing is not None:
            listing.uids.add(view.uid)
        self._forget_unread(view.uid)
        cached = self._by_uid.get(view.uid)
        if not self._is_news(view, cached, listing):
            return ()
        changes: tuple[Change[V], ...] = ()
        namesake = self.by_name(view.namespace, view.name)
        if namesake is not None and namesake.uid != view.uid:
            if not self._is_newer(view.version, namesake, listing):
                return ()
            changes = self._take_out(namesake, view.version)
        self._take_in(view, cached)
        return (*changes, Change(cached, view))

    def pass_over(
        self, namespace: str, name: str, uid: str, listing: Listing | None = None
    ) -> None:
        """Remember that an object is there of which no view could be made.

        What is cached of it stays.
        """
        if listing is not None:
            listing.uids.add(uid)
        self._forget_unread(uid)
        self._unread[uid] = namespace, name
        self._unread_names[namespace, name] = uid

    def remove(self, uid: str, version: int = UNORDERED) -> tuple[Change[V], ...]:
        """Take an object out, unless it is cached as newer than ``version`` of its removal."""
        self._forget_unread(uid)
        cached = self._by_uid.get(uid)
        if cached is None:
            self._remember_removal(uid, version)
            return ()
        if version != UNORDERED and cached.version > version:
            return ()
        return self._take_out(cached, version)

    def begin_replace(self, namespace: str | None = None) -> Listing:
        """Begin a list of one namespace, or of all; hand what it brings to ``put`` with it."""
        return Listing(namespace, self._count)

    def end_replace(self, listing: Listing, version: int = UNORDERED) -> tuple[Change[V], ...]:
        """Remove what is cached but was not listed: nobody will tell of its deletion any more.

        What a write of ours has put since the list began stays, if it is newer than ``version``,
        the list's resourceVersion, or if that cannot be told.

        Returns:
            The removals.
        """
        for uid, (namespace, _) in list(self._unread.items()):
            if uid not in listing.uids and listing.namespace in (None, namespace):
                self._forget_unread(uid)
        gone = [view for view in self if self._is_gone(view, listing, version)]
        return tuple(change for view in gone for change in self._take_out(view, version))

    def _is_gone(self, view: V, listing: Listing, version: int) -> bool:
        if view.uid in listing.uids or listing.namespace not in (None, view.namespace):
            return False
        since = self._puts[view.uid] > listing.began
        return not (since and (UNORDERED in (version, view.version) or view.version > version))

    def _is_news(self, view: V, cached: V | None, listing: Listing | None) -> bool:
        if cached is not None:
            return self._is_newer(view.version, cached, listing)
        version, order, _ = self._removed.get(view.uid, _NEVER_REMOVED)
        if listing is not None and order <= listing.began:
            return True
        return UNORDERED in (version, view.version) or view.version > version

    def _is_newer(self, version: int, cached: V, listing: Listing | None) -> bool:
        if version == cached.version and version != UNORDERED:
            return False
        # A list is never older than what was cached before it began, unless the cluster was set
        # back (etcd restored from a backup): then the list is right and the cache is wrong.
        if listing is not None and self._puts[cached.uid] <= listing.began:
            return True
        return UNORDERED in (version, cached.version) or version > cached.version

    def _take_in(self, view: V, cached: V | None) -> None:
        if cached is not None and cached.owner != view.owner:
            self._unlink(cached)
        self._count += 1
        self._puts[view.uid] = self._count
        self._by_uid[view.uid] = view
        self._by_name[view.namespace, view.name] = view.uid
        self._removed.pop(view.uid, None)
        if view.owner:
            self._owned.setdefault(view.owner, {})[view.uid] = view

    def _take_out(self, view: V, version: int) -> tuple[Change[V], ...]:
        del self._by_uid[view.uid], self._puts[view.uid], self._by_name[view.namespace, view.name]
        self._unlink(view)
        self._remember_removal(view.uid, max(version, view.version))
        return (Change(view, None),)

    def _unlink(self, view: V) -> None:
        siblings = self._owned.get(view.owner)
        if siblings is not None:
            siblings.pop(view.uid, None)
            if not siblings:
                del self._owned[view.owner]

    def _forget_unread(self, uid: str) -> None:
        name = self._unread.pop(uid, None)
        if name is not None and self._unread_names.get(name) == uid:
            del self._unread_names[name]

    def _remember_removal(self, uid: str, version: int) -> None:
        """Remember it: the answer to a write of ours may come after the news of the deletion."""
        self._count += 1
        now = self._clock()
        self._removed[uid] = _Removal(version, self._count, now)
        self._removed.move_to_end(uid)
        while (
            len(self._removed) > _REMEMBERED_REMOVALS
            or now - next(iter(self._removed.values())).removed_at > _REMEMBERED_SECONDS
        ):
            self._removed.popitem(last=False)


Changed = Callable[[V | None, V | None], None]
"""Told of each change, synchronously: the object before (None: new) and after (None: gone)."""
