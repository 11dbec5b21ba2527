"""A watch of one resource: lists, follows the changes, lists anew when it must, feeds a cache.

Why not Kopf's ``infinite_watch``. It keeps connection failures to itself: a list that cannot
connect ends without a word, a watch that cannot is repeated for ever, and nobody can tell that from
a quiet cluster. After a 410 it lists anew and says nothing of what is missing from the list. It
lies in Kopf's private modules, with settings of one operator for all resources. What it takes to do
it on ``ApiClient`` is this file.

What is relied on:

- A list without a resourceVersion is read from a quorum: it is the truth, and what it does not name
  does not exist. Its pages all show the cluster at one moment, from whose version the watch goes
  on, so what happens during a long list comes afterwards, as events.
- A stream that is silent for 25 s is opened again where it ended: if it was dead, all that it
  missed comes then. After ten minutes of silence the list is read anew. So a dead watch is behind
  for half a minute, one that is fed no more for MAX_BEHIND_SECONDS, and nobody has to list
  everything each half minute to find it.
"""

import asyncio
import random
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final, Generic

import structlog

from voicejob_operator.runtime.backoff import backoff
from voicejob_operator.runtime.cache import Change, Changed, Listing, ObjectCache, V, version_number
from voicejob_operator.runtime.client import ApiClient, Body
from voicejob_operator.runtime.errors import UNINTELLIGIBLE, ApiError
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.resource import Resource

log = structlog.get_logger()

FIRST_BACKOFF_SECONDS: Final = 0.5
MAX_BACKOFF_SECONDS: Final = 10.0
_MAX_RETRY_AFTER_SECONDS: Final = 60.0
_SILENCE_SECONDS: Final = 25.0
"""A stream in which nothing comes, not even a bookmark, may be dead: what it has missed comes when
it is opened again where it ended, which in a quiet cluster is one small request."""
_SILENCES_BEFORE_LIST: Final = 24
MAX_BEHIND_SECONDS: Final = _SILENCES_BEFORE_LIST * _SILENCE_SECONDS
_WHOLE_LIST_SECONDS: Final = 120.0
"""How long a list may take that is read in one piece, of ten thousand objects."""
_STREAM_SECONDS: Final = (240, 480)
"""How long the API server is to keep a stream, drawn anew each time: else all end together."""
_STABLE_SECONDS: Final = 5.0
"""A stream that has lasted so long has worked."""
_FAILURES_BEFORE_LIST: Final = 3
"""Failed attempts to go on from where the stream ended, after which the list is read anew."""
_PAUSE_EVERY: Final = 50
"""Objects of a page between which the event loop may do something else."""


class Watch(Generic[V]):
    """The objects of one resource, of one namespace or of all, kept true in a cache.

    Args:
        client: The API server.
        resource: What is watched.
        cache: Where the views go; several watches may share one, each with its own namespace.
        view: What is kept of an object; None for one that is not ours. An object that it raises for
            is passed over: the cache knows that it is there, and what is cached of it stays.
        changed: Told of each change, in the event loop, before the next one is read.
        namespace: Or None for all.
        label_selector: As the API server takes it.
        field_selector: Likewise.
        page_size: How many objects one answer of a list may hold: a page is in memory as a whole,
            five times as large as its JSON (500 pods of 17 KiB took 45 MiB, which stayed).
        silence: Seconds without a byte after which a stream counts as dead.
        silences_before_list: How many in a row, after which the list is read anew.
        metrics: Where lists are counted.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        client: ApiClient,
        resource: Resource,
        cache: ObjectCache[V],
        view: Callable[[Body], V | None],
        changed: Changed[V],
        *,
        namespace: str | None = None,
        label_selector: str = "",
        field_selector: str = "",
        page_size: int = 100,
        silence: float = _SILENCE_SECONDS,
        silences_before_list: int = _SILENCES_BEFORE_LIST,
        metrics: RuntimeMetrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._resource = resource
        self._cache = cache
        self._view = view
        self._changed = changed
        self._namespace = namespace
        self._page_size = page_size
        self._silence = silence
        self._silences_before_list = silences_before_list
        self._metrics = metrics
        self._clock = clock
        selectors = {"labelSelector": label_selector, "fieldSelector": field_selector}
        self._selectors = {name: value for name, value in selectors.items() if value}
        self._where = f"{resource.title} of " + (
            f"namespace {namespace}" if namespace else "all namespaces"
        )
        self._version: str | None = None
        self._is_listed = False
        self._trouble = ""
        self._told = ""
        self._failures = 0
        self._errors = 0
        self._silences = 0
        self._expiries = 0
        self._has_expired = False
        self._events = 0
        self._heard_at = clock()

    @property
    def is_listed(self) -> bool:
        """Whether a first whole list is in the cache."""
        return self._is_listed

    @property
    def is_current(self) -> bool:
        """Whether that, and no more than MAX_BEHIND_SECONDS have gone by without any news."""
        return self._is_listed and self.silent_seconds() <= MAX_BEHIND_SECONDS

    @property
    def namespace(self) -> str | None:
        """The namespace that is watched, or None for all."""
        return self._namespace

    @property
    def resource(self) -> str:
        """What is watched, by its plural."""
        return self._resource.plural

    @property
    def title(self) -> str:
        """What is watched, such as ``pods of all namespaces``."""
        return self._where

    def trouble(self) -> str:
        """Why the list is not in yet or what fails now, in a sentence; empty if nothing does."""
        if self._trouble or self._is_listed:
            return self._trouble
        return f"the first list of {self._where} is not in yet"

    def silent_seconds(self) -> float:
        """How long ago the last list, event or bookmark came.

        Above MAX_BEHIND_SECONDS and a few back-offs, the API server is away; ``trouble`` says so.
        """
        return self._clock() - self._heard_at

    async def run(self) -> None:
        """List and watch for ever. Only a cancellation ends it."""
        while True:
            wait = await self._round()
            # Upwards alone: nothing is asked more often than its back-off. Jitter is no secret, so
            # any random numbers will do.
            await asyncio.sleep(wait * random.uniform(1.0, 1.2))  # noqa: S311

    async def _round(self) -> float:
        """List if need be, and follow one stream to its end.

        Returns:
            The seconds to wait before the next.
        """
        try:
            if self._version is None:
                self._version = await self._list()
            return await self._follow(self._version)
        except ApiError as error:
            return self._failed(error)
        except Exception as error:  # the edge: a fault of ours must not end the watch
            log.exception("a watch has met a fault of its own", watched=self._where)
            self._version = None
            return self._back_off(f"watching {self._where} fails: {type(error).__name__}")

    async def _list(self) -> str:
        """Read the whole list into the cache; remove what it does not name.

        Returns:
            The version to watch from.
        """
        if self._metrics is not None:
            self._metrics.relists.labels(self._resource.plural).inc()
        listing = self._cache.begin_replace(self._namespace)
        version = ""
        async for page in self._pages():
            # All pages show one moment; the first one's version is that moment's.
            version = version or str(page["metadata"]["resourceVersion"])
            for number, item in enumerate(page["items"] or ()):
                self._take_in(item, listing)
                if number % _PAUSE_EVERY == _PAUSE_EVERY - 1:
                    await asyncio.sleep(0)
            self._heard()
        self._tell(self._cache.end_replace(listing, version_number(version)))
        self._is_listed = True
        self._expiries = self._silences = self._errors = 0
        return version

    async def _pages(self) -> AsyncIterator[Body]:
        query = dict(self._selectors)
        # A list whose pages took so long that its moment was forgotten is read in one piece.
        if self._expiries == 0:
            query["limit"] = str(self._page_size)
        path = self._resource.collection_path(self._namespace)
        while True:
            try:
                page = await self._client.get_path(
                    path, query, seconds=None if "limit" in query else _WHOLE_LIST_SECONDS
                )
            except ApiError as error:
                if error.is_expired and "continue" in query:
                    self._expiries += 1
                raise
            yield _as_list(page)
            token = page["metadata"].get("continue")
            if not token:
                return
            query["continue"] = str(token)

    async def _follow(self, version: str) -> float:
        # Streams of a different length each, that they do not all end at once: no secret, so any
        # random numbers will do.
        seconds = random.randint(*_STREAM_SECONDS)  # noqa: S311
        query = self._selectors | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(seconds),
        }
        path = self._resource.collection_path(self._namespace)
        events = self._events
        async with self._client.stream(path, query, self._silence) as lines:
            opened_at = self._clock()
            self._trouble = ""
            try:
                async for event in lines:
                    self._take_event(event)
            except ApiError as error:
                if error.is_timeout:
                    return self._fell_silent()
                raise
            finally:
                # An event, or a long life, makes the next failure the first.
                if self._events > events or self._clock() - opened_at > _STABLE_SECONDS:
                    self._works()
        if self._events > events or self._clock() - opened_at > _STABLE_SECONDS:
            return FIRST_BACKOFF_SECONDS
        return self._back_off(f"the API server ends each watch of {self._where} at once")

    def _take_event(self, event: Body) -> None:
        body, kind = event["object"], event.get("type")
        metadata = body.get("metadata") or {}
        if kind in ("ADDED", "MODIFIED"):
            self._take_in(body, None)
        elif kind == "DELETED":
            self._take_out(body, metadata)
        elif kind != "BOOKMARK":
            log.warning("an event of a type that is not known", watched=self._where, type=kind)
        self._version = str(metadata.get("resourceVersion") or self._version)
        self._silences = self._errors = 0
        self._events += 1
        self._heard()

    def _take_out(self, body: Body, metadata: Body) -> None:
        """Remove it, and tell of it as it was at the last: that may be the only word of its end."""
        version = version_number(metadata.get("resourceVersion"))
        changes = self._cache.remove(str(metadata.get("uid", "")), version)
        try:
            last = self._view(body) if changes else None
        except Exception:  # the edge: it is gone, whatever it was
            log.exception("an object that is gone cannot be read", watched=self._where)
            last = None
        self._tell(tuple(Change(last or old, new) for old, new in changes))

    def _take_in(self, body: Body, listing: Listing | None) -> None:
        metadata = body.get("metadata") or {}
        uid = str(metadata.get("uid", ""))
        try:
            seen = self._view(body)
        except Exception as error:  # the edge: one strange object must not hide the others
            where = str(metadata.get("namespace", "")), str(metadata.get("name", ""))
            self._cache.pass_over(*where, uid, listing)
            # Not log.exception: the error's own words may repeat the object's content.
            log.error(  # noqa: TRY400
                "an object cannot be read and is passed over",
                watched=self._where,
                namespace=metadata.get("namespace"),
                name=metadata.get("name"),
                error=type(error).__name__,
                at=_place(error),
            )
            return
        if seen is not None:
            self._tell(self._cache.put(seen, listing))
        elif self._cache.by_uid(uid) is not None:
            self._tell(self._cache.remove(uid))

    def _tell(self, changes: tuple[Change[V], ...]) -> None:
        for old, new in changes:
            try:
                self._changed(old, new)
            except Exception:  # the edge: else one fault ends every list at the same place
                log.exception("a change was not taken", watched=self._where)

    def _heard(self) -> None:
        self._heard_at = self._clock()

    def _works(self) -> None:
        self._failures = 0
        self._has_expired = False
        if self._told:
            log.info("the watch works again", watched=self._where)
        self._told = ""

    def _fell_silent(self) -> float:
        self._silences += 1
        if self._silences >= self._silences_before_list:
            self._version = None
        return 0.0

    def _failed(self, error: ApiError) -> float:
        self._errors += error.status >= 500  # also where each stream lasts for a while before it
        goes_on = error.is_unanswered or error.is_throttled or error.status >= 500
        if error.is_expired:
            self._version = None
            if not self._has_expired:
                # Usual after a quiet time or a restart, and mended by a list: no trouble yet.
                self._has_expired = True
                return FIRST_BACKOFF_SECONDS
        elif not goes_on or max(self._failures + 1, self._errors) >= _FAILURES_BEFORE_LIST:
            self._version = None
        wait = self._back_off(_sentence(error, self._resource, self._where))
        return max(wait, min(error.retry_after or 0.0, _MAX_RETRY_AFTER_SECONDS))

    def _back_off(self, trouble: str) -> float:
        self._failures += 1
        self._trouble = trouble
        if trouble != self._told:
            log.warning("a watch is in trouble", watched=self._where, trouble=trouble)
            self._told = trouble
        return backoff(FIRST_BACKOFF_SECONDS, self._failures, MAX_BACKOFF_SECONDS)


def _place(error: BaseException) -> str:
    """Where it was raised, as ``file:line``."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def _as_list(page: Body) -> Body:
    """The page, if it is one of a list; else something other than the API server has answered.

    Raises:
        ApiError: It is not. An empty answer of a load balancer's must not empty the cache.
    """
    metadata, items = page.get("metadata"), page.get("items", 0)
    is_items = items is None or isinstance(items, list)
    if is_items and isinstance(metadata, dict) and metadata.get("resourceVersion"):
        return page
    raise ApiError(200, UNINTELLIGIBLE, "expected a list, got another kind of object")


def _sentence(error: ApiError, resource: Resource, where: str) -> str:
    if error.is_forbidden:
        return f"may not list or watch {where}: its role needs list and watch on {resource.title}"
    if error.is_not_served:
        return f"{resource.title} {resource.version} is not served: is its CRD installed?"
    if error.is_distrust:
        return f"the API server's certificate or this process's token is not accepted: {error}"
    return f"watching {where} fails: {error}"


def all_listed(watches: "tuple[Watch[Any], ...]") -> bool:
    """Whether the first whole list of every watch is in."""
    return all(watch.is_listed for watch in watches)


def measure(watches: Iterable[Watch[Any]], metrics: RuntimeMetrics) -> None:
    """Bring the gauges up to date: of each resource the watch that is worst off."""
    silent: dict[str, float] = {}
    troubled: dict[str, bool] = {}
    for watch in watches:
        name = watch.resource
        silent[name] = max(silent.get(name, 0.0), watch.silent_seconds())
        troubled[name] = troubled.get(name, False) or bool(watch.trouble())
    for name, seconds in silent.items():
        metrics.watch_silent_seconds.labels(name).set(seconds)
        metrics.watch_trouble.labels(name).set(troubled[name])
