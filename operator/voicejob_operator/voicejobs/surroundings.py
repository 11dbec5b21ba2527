"""What the cluster has to give GPUs with, kept true by watches of what may or may not be there.

Nodes are watched always, the rest once the API server serves it: dynamic resource allocation, and
Kueue's Workloads. Nothing here is needed to work: without the rights, or with ``gpu.discovery``
off, the cluster is unknown, and what is unknown may fit.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final

from voicejob_operator.manifests.placement.devices import Cluster, NodeView, SliceView
from voicejob_operator.runtime.cache import ObjectCache
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.discovery import ApiGroups
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.runtime.resource import Resource
from voicejob_operator.runtime.tasks import BackgroundTasks
from voicejob_operator.runtime.watches import Watch
from voicejob_operator.voicejobs.node_views import (
    ClassView,
    WorkloadView,
    view_class,
    view_node,
    view_slice,
    view_workload,
)
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.workloads import WORKLOADS, WORKLOADS_BEFORE

NODES: Final = Resource("", "v1", "nodes", "Node")
DEVICE_CLASSES: Final = Resource("resource.k8s.io", "v1", "deviceclasses", "DeviceClass")
RESOURCE_SLICES: Final = Resource("resource.k8s.io", "v1", "resourceslices", "ResourceSlice")

_WAKE_SECONDS: Final = 2.0
"""Between two wake-ups of all that wait: a list brings thousands of nodes."""


class Surroundings:
    """The cluster's nodes, device classes, slices and queues, as far as they may be seen.

    Args:
        client: The API server.
        namespaces: Those that are served, None for all; Workloads are watched there.
        gpus_changed: Told when what can be placed may have changed.
        workload_changed: Told the uid of the Job of which a queue says something else.
        metrics: Where lists are counted.
    """

    def __init__(
        self,
        client: ApiClient,
        namespaces: tuple[str | None, ...],
        *,
        gpus_changed: Callable[[], None],
        workload_changed: Callable[[str], None],
        metrics: RuntimeMetrics | None = None,
    ) -> None:
        self.groups = ApiGroups(client, self._groups_changed)
        self._gpus_changed = gpus_changed
        self._workload_changed = workload_changed
        self._nodes: ObjectCache[NodeView] = ObjectCache()
        self._slices: ObjectCache[SliceView] = ObjectCache()
        self._classes: ObjectCache[ClassView] = ObjectCache()
        self._workloads: ObjectCache[WorkloadView] = ObjectCache()
        self._cluster: Cluster | None = None
        self._known: tuple[object, ...] = ()
        """What was known when it was put together."""
        self._has_changed = asyncio.Event()
        changed = self._changed
        self.nodes = Watch(client, NODES, self._nodes, view_node, changed, metrics=metrics)
        self._slice_watch = Watch(
            client, RESOURCE_SLICES, self._slices, view_slice, changed, metrics=metrics
        )
        self._class_watch = Watch(
            client, DEVICE_CLASSES, self._classes, view_class, changed, metrics=metrics
        )
        self._gpu_watches: tuple[Watch[Any], ...] = (
            self.nodes,
            self._slice_watch,
            self._class_watch,
        )
        self._queue_watches = {
            resource: tuple(
                Watch(
                    client,
                    resource,
                    self._workloads,
                    view_workload,
                    self._workload,
                    namespace=namespace,
                    metrics=metrics,
                )
                for namespace in namespaces
            )
            for resource in (WORKLOADS, WORKLOADS_BEFORE)
        }

    def start(self, tasks: BackgroundTasks) -> None:
        """Watch, each resource as soon as it is served."""
        tasks.start("API groups", self.groups.run())
        tasks.start("watch of nodes", self.nodes.run())
        tasks.start("wake-ups for nodes", self._wake())
        for watch in (self._slice_watch, self._class_watch):
            tasks.start(f"watch of {watch.title}", self._when_served(DEVICE_CLASSES, watch))
        for number in range(len(self._queue_watches[WORKLOADS])):
            tasks.start(f"watch of workloads {number}", self._follow_queue(number))

    @property
    def is_listed(self) -> bool:
        """Whether nodes and API groups are known, and devices where there is an API for them."""
        if not self.nodes.is_listed or self.groups.served is None:
            return False
        if not self.groups.serves(DEVICE_CLASSES.api_version):
            return True
        return self._slice_watch.is_listed and self._class_watch.is_listed

    @property
    def cluster(self) -> Cluster:
        """What is known now; the same object until something changes."""
        # A list that is empty changes nothing, and is known all the same.
        known = (self.groups.served, *(watch.is_listed for watch in self._gpu_watches))
        if self._cluster is None or self._known != known:
            self._known = known
            self._cluster = Cluster(
                nodes=tuple(self._nodes) if self.nodes.is_listed else None,
                slices=tuple(self._slices) if self._slice_watch.is_listed else None,
                device_classes=(
                    frozenset(each.name for each in self._classes)
                    if self._class_watch.is_listed
                    else None
                ),
                api_groups=self.groups.served,
            )
        return self._cluster

    def words_of_queue(self, job_uid: str) -> Cause | None:
        """What Kueue says of a Job that waits in a queue; None if it says nothing."""
        found = (each.words for each in self._workloads.owned_by(job_uid) if each.words)
        return next(found, None)

    def has_active_workload(self, job_uid: str) -> bool:
        """Whether Kueue may run the Job, or does, as far as it is seen."""
        return any(each.active for each in self._workloads.owned_by(job_uid))

    def troubles(self) -> Iterator[str]:
        """What cannot be watched, each in a sentence."""
        serves_claims = self.groups.serves(DEVICE_CLASSES.api_version)
        watches = self._gpu_watches if serves_claims else (self.nodes,)
        yield from (trouble for each in watches if (trouble := each.trouble()))

    async def _when_served(self, resource: Resource, watch: Watch[Any]) -> None:
        await self.groups.wait_for(resource.api_version)
        await watch.run()

    async def _follow_queue(self, number: int) -> None:
        """Watch the newest version of Kueue's Workloads that is served."""
        newest = asyncio.create_task(self.groups.wait_for(WORKLOADS.api_version))
        older = asyncio.create_task(self.groups.wait_for(WORKLOADS_BEFORE.api_version))
        await asyncio.wait((newest, older), return_when=asyncio.FIRST_COMPLETED)
        newest.cancel()
        older.cancel()
        is_newest = self.groups.serves(WORKLOADS.api_version)
        served = WORKLOADS if is_newest else WORKLOADS_BEFORE
        await self._queue_watches[served][number].run()

    def _changed(self, old: Any, new: Any) -> None:
        if old is None or new is None or _facts(old) != _facts(new):
            self._cluster = None
            self._has_changed.set()

    def _groups_changed(self) -> None:
        """What some wait for is installed, or was removed."""
        self._has_changed.set()

    def _workload(self, old: WorkloadView | None, new: WorkloadView | None) -> None:
        either = new or old
        if either is not None and (old is None or new is None or _says(old) != _says(new)):
            self._workload_changed(either.owner)

    async def _wake(self) -> None:
        """Ask for a look at all that wait, once for many changes."""
        while True:
            await self._has_changed.wait()
            self._has_changed.clear()
            self._gpus_changed()
            await asyncio.sleep(_WAKE_SECONDS)


def _says(view: WorkloadView) -> tuple[object, ...]:
    return view.active, view.words


def _facts(view: Any) -> tuple[object, ...]:
    return tuple(getattr(view, name) for name in view.__slots__ if name != "version")
