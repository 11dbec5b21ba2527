"""The operator as a whole: how its parts are put together, started and stopped."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog

from voicejob_api.status import Phase
from voicejob_operator import metrics
from voicejob_operator.runtime import probes as http
from voicejob_operator.runtime.api_server import Cluster, load_configuration
from voicejob_operator.runtime.queue import ReconcileQueue
from voicejob_operator.runtime.watchdog import STALLED_AFTER_SECONDS, Watchdog
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.grants import Granter
from voicejob_operator.store.keeper import StoreKeeper
from voicejob_operator.store.sweep import Living, Sweeper
from voicejob_operator.voicejobs import watches
from voicejob_operator.voicejobs.act import Actor
from voicejob_operator.voicejobs.cache import Cache
from voicejob_operator.voicejobs.reconcile import Reconciler
from voicejob_operator.voicejobs.workers import DirectAsk, ProxyAsk

log = structlog.get_logger()

_QUEUE_STALLED_SECONDS: Final = 120.0
_FINISH_IN_HAND_SECONDS: Final = 20.0
_TIDY_SECONDS: Final = 60.0


class Operator:
    """The parts of the operator and what runs them."""

    def __init__(self, settings: OperatorSettings, cluster: Cluster) -> None:
        self._settings = settings
        self._cluster = cluster
        self._cache = Cache()
        self._queue = ReconcileQueue()
        access = StoreAccess(settings.store)
        self._store = Store(access, settings.store.cluster_id)
        self._ready = asyncio.Event()
        granter = Granter(access, settings.grant_seconds, settings.store.cluster_id)
        actor = Actor(cluster, granter, self._store, self._cache, settings)
        ask = DirectAsk() if settings.reach_workers == "direct" else ProxyAsk(cluster)
        self._ask = ask
        self._reconcile = Reconciler(
            cluster, self._cache, self._queue, actor=actor, ask=ask, settings=settings
        )
        self._sweeper = Sweeper(
            self._store,
            self._living,
            every_seconds=settings.sweep_seconds,
            grace_seconds=settings.worker.termination_grace_seconds,
            result_seconds=settings.store.result_seconds,
        )
        self._watchdog = Watchdog(cluster, settings.watch_namespaces, self._cached_versions)

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; then finish the reconciles in hand."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._ask.close)
            await stack.enter_async_context(
                http.serving(
                    self._settings.http_port, self.unhealthy, self.unready, self._refresh_metrics
                )
            )
            await stack.enter_async_context(self._working())
            handlers = watches.registry(self._cache, self._queue, self._sweeper.forget)
            await watches.watch(handlers, self._settings, self._ready)

    def unhealthy(self) -> str:
        """What has stalled, in a sentence; empty where nothing has."""
        overdue = self._queue.overdue_seconds()
        if overdue > _QUEUE_STALLED_SECONDS:
            return f"the queue has stalled: a VoiceJob has waited for {overdue:.0f} s"
        behind = self._watchdog.behind_seconds()
        if behind > STALLED_AFTER_SECONDS:
            return f"the watch has stalled: the cache has been behind for {behind:.0f} s"
        estranged = self._watchdog.estranged_seconds()
        if estranged > STALLED_AFTER_SECONDS:
            return f"the API server's CA or this token is no longer good, for {estranged:.0f} s"
        return ""

    def unready(self) -> str:
        """Why no VoiceJob is served yet; empty where they are."""
        return "" if self._ready.is_set() else "the watches are not established yet"

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        """The reconcilers and what runs beside them."""
        reconcilers = [
            asyncio.create_task(self._queue.work(self._reconcile))
            for _ in range(self._settings.reconcilers)
        ]
        beside = [
            asyncio.create_task(StoreKeeper(self._store, self._settings.store.embedded).run()),
            asyncio.create_task(self._sweeper.run()),
            asyncio.create_task(self._watchdog.run()),
            asyncio.create_task(self._tidy()),
        ]
        try:
            yield
        finally:
            self._queue.close()
            await asyncio.wait(reconcilers, timeout=_FINISH_IN_HAND_SECONDS)
            self._reconcile.workers.leave_all_but(set())
            for task in (*reconcilers, *beside):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            log.info("stopped")

    async def _tidy(self) -> None:
        """Forget VoiceJobs and pods that are gone."""
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            uids = {voicejob.metadata.uid for voicejob in self._cache.all_voicejobs()}
            self._cache.forget_all_but(uids)
            pods = {pod.uid for uid in uids for pod in self._cache.pods_of(uid)}
            self._reconcile.workers.leave_all_but(pods)

    def _living(self) -> Living | None:
        """What is known of VoiceJobs; None while not all are known."""
        if not self._ready.is_set():
            return None
        unfinished = {
            voicejob.metadata.uid
            for voicejob in self._cache.all_voicejobs()
            if not voicejob.status.phase.is_final
        }
        served = self._settings.watch_namespaces
        return Living(
            uids=unfinished.__contains__,
            serves=lambda namespace: not served or namespace in served,
        )

    def _cached_versions(self) -> dict[str, str]:
        return {
            voicejob.metadata.uid: voicejob.metadata.resource_version
            for voicejob in self._cache.all_voicejobs()
        }

    def _refresh_metrics(self) -> None:
        metrics.QUEUE_DEPTH.set(self._queue.depth())
        metrics.QUEUE_OLDEST_SECONDS.set(self._queue.overdue_seconds())
        phases: Counter[Phase] = Counter(
            voicejob.status.phase for voicejob in self._cache.all_voicejobs()
        )
        metrics.count_phases(phases)


async def run(settings: OperatorSettings) -> None:
    """Run the operator until SIGTERM or SIGINT."""
    configuration = await load_configuration(settings.api_connections)
    async with Cluster(configuration) as cluster:
        await Operator(settings, cluster).run()
