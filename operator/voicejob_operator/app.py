"""The operator as a whole: how its parts are put together, started and stopped."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import structlog

from voicejob_api import names
from voicejob_api.status import Phase
from voicejob_operator import metrics
from voicejob_operator.definition import DefinitionCheck
from voicejob_operator.identity import cluster_identity, leases_of, owner_identity
from voicejob_operator.runtime import garbage, leadership, probes, process
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.cluster_events import WarningEvents
from voicejob_operator.runtime.configuration import load_configuration
from voicejob_operator.runtime.leadership import Leadership
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.other_holders import OtherHolders
from voicejob_operator.runtime.pod_http import DirectReader, ProxyReader
from voicejob_operator.runtime.tasks import BackgroundTasks
from voicejob_operator.runtime.tracing import Trace, tracing
from voicejob_operator.runtime.watches import all_listed, measure
from voicejob_operator.runtime.work_queue import WorkQueue
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.bucket import Store
from voicejob_operator.store.grants import Granter
from voicejob_operator.store.keeper import keeper_of
from voicejob_operator.store.living import Living
from voicejob_operator.store.sweep import Sweeper
from voicejob_operator.store.usage import StoreUsage
from voicejob_operator.voicejobs.act import Actor
from voicejob_operator.voicejobs.needs_kept import NeedsKeeper
from voicejob_operator.voicejobs.observing import Key, Sight
from voicejob_operator.voicejobs.reconcile import Reconciler
from voicejob_operator.voicejobs.surroundings import Surroundings
from voicejob_operator.voicejobs.views import VoiceJobView
from voicejob_operator.voicejobs.waking import Waker
from voicejob_operator.voicejobs.watching import Changes, watches_of
from voicejob_operator.voicejobs.workers import Workers

log = structlog.get_logger()

_QUEUE_STALLED_SECONDS: Final = 120.0
_DISTRUST_SECONDS: Final = 90.0
_FINISH_IN_HAND_SECONDS: Final = 20.0
_ASK_AGAIN_SECONDS: Final = 2.0
_REFUSED_SECONDS: Final = 20.0
"""How long a namespace that refuses its lists is waited for, if there are others."""
_STRANGERS_SECONDS: Final = 60.0
"""Between two looks at what is remembered of objects that are gone."""
_CREDENTIALS_SECONDS: Final = 10.0
"""Between two looks at whether the store's credentials have changed."""


class Operator:
    """The parts of the operator and what runs them."""

    def __init__(
        self,
        settings: OperatorSettings,
        client: ApiClient,
        runtime_metrics: RuntimeMetrics,
        cluster_id: str,
        trace: Trace | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._runtime_metrics = runtime_metrics
        self.definition: DefinitionCheck | None = None
        self.tasks = BackgroundTasks()
        self._queue: WorkQueue[Key] = WorkQueue(runtime_metrics)
        self._queue.pause()
        self._warnings = WarningEvents(
            client,
            self._warned,
            ("Job", "Pod"),
            namespaces=self._namespaces,
            metrics=runtime_metrics,
        )
        self._sight = Sight(settings, self._warnings, server_time=client.server_clock.now)
        self._waker = Waker(self._sight, self._queue.add)
        self._surroundings = Surroundings(
            client,
            self._namespaces,
            gpus_changed=self._waker.those_that_wait_for_a_gpu,
            workload_changed=self._waker.owner_of_job,
            metrics=runtime_metrics,
        )
        if settings.gpu.discovery:
            self._sight.cluster = lambda: self._surroundings.cluster
            self._sight.words_of_queue = self._surroundings.words_of_queue
            self._sight.has_active_workload = self._surroundings.has_active_workload
        self._needs = NeedsKeeper(
            client, settings.namespace, settings.worker, lambda: self._leadership.leads
        )
        self._sight.observed_mib = self._needs.needed_by
        self._changes = Changes(self._sight, self._queue.add, self._ask_first, self._gone)
        self._changes.forget_warnings = self._warnings.forget
        self._watches = tuple(
            watch
            for namespace in self._namespaces
            for watch in watches_of(client, self._sight, self._changes, namespace, runtime_metrics)
        )
        access = StoreAccess(settings.store)
        self._store = Store(access, cluster_id)
        self._granter = Granter(access, settings.grant_seconds, cluster_id)
        self._sweeper = Sweeper(
            self._store,
            self._living,
            every_seconds=settings.sweep_seconds,
            grace_seconds=settings.worker.termination_grace_seconds,
            result_seconds=settings.store.result_seconds,
            retention=settings.store.retention,
            owner_id=lambda: owner_identity(settings, client, cluster_id),
        )
        self._usage = StoreUsage(
            self._store,
            self._living,
            settings.store.quota,
            lambda: self._waker.those_without_a_job(self._usage.has_room),
        )
        self._sight.store_used = self._usage.used
        actor = Actor(client, self._sight, self._granter, self._store, self._sweeper)
        self._reconcile = Reconciler(
            client,
            self._sight,
            self._queue,
            actor=actor,
            settings=settings,
            learn=self._needs.learn,
            trace=trace,
        )
        self._others = (
            None
            if settings.watch_namespaces
            else OtherHolders(
                client, names.LEASE, settings.lease_namespace, metrics=runtime_metrics
            )
        )
        self._leadership = Leadership(
            client, leases_of(settings), leadership.identity(), self._lead, self._stand_by
        )

    @property
    def _namespaces(self) -> tuple[str | None, ...]:
        return self._settings.watch_namespaces or (None,)

    # -- run -------------------------------------------------------------------------------------

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run everything while the context lasts; then finish what is in hand."""
        reader = (
            DirectReader()
            if self._settings.reach_workers == "direct"
            else ProxyReader(self._client)
        )
        workers = Workers(reader, self._settings.poll_seconds, self._reconcile.heard)
        self._changes.workers = workers
        reconcilers = [
            asyncio.create_task(self._queue.work(self._look))
            for _ in range(self._settings.reconcilers)
        ]
        self._start_tasks()
        try:
            yield
        finally:
            self._queue.close()
            await asyncio.wait(reconcilers, timeout=_FINISH_IN_HAND_SECONDS)
            workers.leave_all()
            await self.tasks.stop(_ASK_AGAIN_SECONDS)
            if self._leadership.leads:
                await self._needs.save(_ASK_AGAIN_SECONDS)
            await self._leadership.release()
            await reader.close()
            log.info("stopped")

    def _start_tasks(self) -> None:
        for watch in self._watches:
            self.tasks.start(f"watch of {watch.title}", watch.run())
        if self._settings.gpu.discovery:
            self._surroundings.start(self.tasks)
        for events in self._warnings.watches:
            self.tasks.start(f"watch of {events.title}", events.run())
        if self._others is not None:
            self.tasks.start(f"watch of {self._others.watch.title}", self._others.watch.run())
            self.tasks.start("namespaces of others", self._take_over_from(self._others))
        self.tasks.start("freed memory", garbage.give_back())
        self.tasks.start("observed memory", self._needs.run())
        self.tasks.start("leader election", self._lead_when_listed())
        self.tasks.start("store", keeper_of(self._store, self._settings.store).run())
        self.tasks.start("sweeper", self._sweeper.run())
        self.tasks.start("store usage", self._usage.run(self._settings.sweep_seconds))
        self.tasks.start("store credentials", self._follow_credentials())
        self.tasks.start("warnings about strangers", self._forget_strangers())

    async def _lead_when_listed(self) -> None:
        """Stand for election once everything is known: nothing is decided on half a list."""
        began = time.monotonic()
        while not self._lists_are_in(time.monotonic() - began):  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0.1)
        garbage.spare_what_stays()
        await self._leadership.run()

    def _lists_are_in(self, waited: float) -> bool:
        """Whether all is known; a namespace that lets nobody in holds up no other."""
        if self._others is not None and self._others.watch.trouble() and waited < _REFUSED_SECONDS:
            return False
        if not self._gpus_are_known() and waited < _REFUSED_SECONDS:
            return False
        if not self._needs.is_read and waited < _REFUSED_SECONDS:
            return False
        if all_listed(self._watches):
            return True
        refused = all(
            watch.trouble().startswith("may not") for watch in self._watches if not watch.is_listed
        )
        return bool(self._served()) and refused and waited > _REFUSED_SECONDS

    def _gpus_are_known(self) -> bool:
        """Whether the nodes' GPUs are listed, by which the way to one is chosen; or never are."""
        return not self._settings.gpu.discovery or self._surroundings.is_listed

    def _served(self) -> set[str | None]:
        """The namespaces, None for all, of which everything is known."""
        unknown = {watch.namespace for watch in self._watches if not watch.is_current}
        return set(self._namespaces) - unknown

    async def _look(self, key: Key) -> None:
        """Look at a VoiceJob, unless an operator of its namespace's own does."""
        if self._is_ours(key[0]):
            await self._reconcile(key)

    async def _take_over_from(self, others: OtherHolders) -> None:
        """Say who works where, and look at all of a namespace once its own operator is gone."""
        known: set[str] = set()
        while True:
            held = set(others.namespaces())
            for namespace in held - known:
                log.info(
                    "a namespace has an operator of its own and is left to it",
                    namespace=namespace,
                    holder=others.holder(namespace),
                )
            freed, known = known - held, held
            if freed:
                self._waker.those_in(freed)
            await asyncio.sleep(_ASK_AGAIN_SECONDS)

    def _lead(self) -> None:
        """Work, and look at everything: another process may have worked until now."""
        self._sight.memories.clear()
        self._needs.read_anew()
        metrics.LEADS.set(1)
        self._waker.all_there_are()
        self._queue.resume()

    def _stand_by(self) -> None:
        metrics.LEADS.set(0)
        self._queue.pause()

    async def _follow_credentials(self) -> None:
        """Renew all grants in use soon after the store's credentials have changed."""
        while True:
            known, self._sight.credentials_id = (
                self._sight.credentials_id,
                self._granter.credentials_id(),
            )
            if known and known != self._sight.credentials_id:
                self._waker.unfinished()
            await asyncio.sleep(_CREDENTIALS_SECONDS)

    # -- what the parts tell each other ----------------------------------------------------------

    def _ask_first(self, key: Key) -> None:
        self._queue.add(key, first=True)

    def _warned(self, uid: str, namespace: str, kind: str, name: str) -> None:
        self._changes.warning(uid, namespace, kind, name)

    async def _forget_strangers(self) -> None:
        """Forget warnings about what is not there, as long as it is known what is."""
        while True:
            await asyncio.sleep(_STRANGERS_SECONDS)
            if all_listed(self._watches) and not any(one.trouble() for one in self._watches):
                self._warnings.forget_strangers(self._sight.knows)

    def _gone(self, view: VoiceJobView) -> None:
        self._queue.forget_failures((view.namespace, view.name))
        if self._leadership.leads and self._is_ours(view.namespace):
            self._sweeper.forget(view.namespace, view.uid)

    def _living(self) -> Living | None:
        """What is known of VoiceJobs; None while lists are not in, or old, or another leads."""
        served = self._served()
        if not served or not self._leadership.leads:
            return None
        return Living(
            uids=self._sight.is_unfinished,
            serves=lambda namespace: (
                (None in served or namespace in served) and self._is_ours(namespace)
            ),
            has=self._sight.has_voicejob,
        )

    def _is_ours(self, namespace: str) -> bool:
        return self._others is None or not self._others.holder(namespace)

    # -- what people and probes are told ---------------------------------------------------------

    def unhealthy(self) -> str:
        """What has stalled, in a sentence; empty if nothing has."""
        if self.tasks.unhealthy():
            return self.tasks.unhealthy()
        stalled = self._queue.stalled_seconds()
        if stalled > _QUEUE_STALLED_SECONDS:
            return f"the queue has stalled: nothing was reconciled for {stalled:.0f} s"
        distrusted = self._client.distrusted_seconds()
        if distrusted > _DISTRUST_SECONDS:
            return f"the API server's CA or this token is no longer good, for {distrusted:.0f} s"
        return ""

    def unready(self) -> str:
        """Why no VoiceJob is known yet, or not as it should be. A standby is ready, too."""
        if self.definition is not None and self.definition.trouble():
            return self.definition.trouble()
        troubles = [watch.trouble() for watch in self._watches if not watch.is_listed]
        return troubles[0] if troubles and not self._leadership.leads else ""

    def notes(self) -> str:
        """What a person who asks for readiness wants to know besides."""
        notes = [self._leadership.state(), self._store.health()]
        notes += [watch.trouble() for watch in self._watches]
        if self._settings.gpu.discovery:
            notes += self._surroundings.troubles()
        if self._others is not None:
            left = sorted(self._others.namespaces())
            notes.append(f"left to operators of their own: {', '.join(left)}" if left else "")
            notes.append(self._others.watch.trouble())
        return "; ".join(note for note in notes if note)

    def refresh_metrics(self) -> None:
        """Bring the gauges up to date."""
        metrics.QUEUE_DEPTH.set(self._queue.depth())
        metrics.QUEUE_OLDEST_SECONDS.set(self._queue.overdue_seconds())
        phases: Counter[Phase] = Counter(view.phase for view in self._sight.voicejobs)
        metrics.count_phases(phases)
        metrics.STALLED.set(sum(view.is_stalled for view in self._sight.voicejobs))
        measure((*self._watches, *self._warnings.watches), self._runtime_metrics)


async def run(settings: OperatorSettings) -> None:
    """Run the operator until SIGTERM or SIGINT.

    Raises:
        ProcessError: A part of it has died.
    """
    runtime_metrics = RuntimeMetrics("voicejob")
    tasks = BackgroundTasks()

    @asynccontextmanager
    async def work() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            answers = probes.LateAnswers()
            await stack.enter_async_context(probes.serving(settings.http_port, answers))
            client = await stack.enter_async_context(
                ApiClient(
                    await load_configuration(),
                    connections=settings.api_connections,
                    field_manager=names.FIELD_MANAGER,
                    metrics=runtime_metrics,
                )
            )
            cluster_id = await cluster_identity(settings, client)
            about = {"service": names.COMPONENT, "version": names.RELEASE}
            trace = await stack.enter_async_context(tracing(os.environ, **about))
            operator = Operator(settings, client, runtime_metrics, cluster_id, trace)
            operator.tasks = tasks
            operator.definition = DefinitionCheck(client, settings.namespace)
            tasks.start("definition", operator.definition.run())
            answers.of = operator
            await stack.enter_async_context(operator.working())
            log.info(
                "started",
                namespaces=settings.watch_namespaces or "all",
                store=settings.store.endpoint or "AWS S3",
                bucket=settings.store.bucket,
            )
            yield

    await process.run(
        work, tasks, finish_seconds=_FINISH_IN_HAND_SECONDS + 5.0, identity=names.COMPONENT
    )
