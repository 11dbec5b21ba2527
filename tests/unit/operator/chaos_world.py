"""Whole operators against a fake API server and a simulated cluster, and ways to disturb them."""

import asyncio
import random
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from unittest.mock import patch

import virtual_time
from chaos_store import FixedGranter, ProcessStore
from fake_api_faults import Answer
from fake_api_server import FakeApiServer, parsed
from prometheus_client import CollectorRegistry
from simulated_cluster import Cluster, Store
from simulated_workers import Attempt

from voicejob_api import names
from voicejob_operator import app
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime import client
from voicejob_operator.runtime.client import ApiClient
from voicejob_operator.runtime.leadership import LEASES
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_operator.settings import OperatorSettings

NAMESPACE, NAME = "team", "hello"
JOB_TTL_SECONDS = 60
SETTINGS = OperatorSettings(
    reach_workers="proxy", job_ttl_seconds=JOB_TTL_SECONDS, sweep_seconds=60
)
_NO_TLS = ssl.create_default_context()
METRICS = RuntimeMetrics("chaos", CollectorRegistry())


@dataclass(frozen=True)
class Effect:
    """One thing that an operator's process does to the world, or asks of it."""

    number: int
    what: str
    """Such as ``PATCH voicejobs/hello/status`` or ``store delete_checkpoint``."""
    writes: bool
    destroys: bool = False
    at: float = 0.0
    """Virtual seconds."""


@dataclass
class Disturbance:
    """Something that befalls the k-th effect that fits."""

    kth: int
    of_writes: bool
    answer: Answer | None = None
    """What is answered instead; None: nothing is, for the process dies before it."""
    then: object = None
    """Called as it happens."""
    times: int = 1
    seen: int = 0
    befell: list = field(default_factory=list)

    def hits(self, effect):
        if self.of_writes and not effect.writes:
            return False
        self.seen += 1
        if not self.kth <= self.seen < self.kth + self.times:
            return False
        self.befell.append(effect.what)
        if self.then is not None:
            self.then()
        return True


class ChaosServer(FakeApiServer):
    """Tells the world of each request of an operator's before it is carried out."""

    world = None

    async def _with_fault(self, request, asked, answer):
        if "/proxy/" in asked.path:
            if self.world.worker_says is not None:
                answer = Answer(content=self.world.worker_says())
            return await super()._with_fault(request, asked, answer)
        if _is_reconcile(asked):
            disturbed = self.world.about_to(asked)
            answer = disturbed if disturbed is not None else answer
        return await super()._with_fault(request, asked, answer)

    async def _watch(self, request, asked, collection, selector):
        sees = _Sight(selector, lambda: asked.headers["User-Agent"] not in self.world.blind)
        return await super()._watch(request, asked, collection, sees)


class _Sight:
    """A selector of a watch that shows nothing while its process is blind."""

    def __init__(self, selector, sees):
        self.takes = selector.takes
        self._selector, self._sees = selector, sees

    def event(self, happening):
        return self._selector.event(happening) if self._sees() else None


_OF_THE_PROCESS = ("leases", "configmaps", "namespaces", "customresourcedefinitions")
"""Its turn, what it has learned, whose cluster it is, whether the definition is its own."""


def _is_reconcile(asked):
    """Whether it is a request of a reconcile's: no watch, no list, nothing of the process' own."""
    _, _, plural, name, _ = parsed(asked.path)
    is_list = asked.method == "GET" and not name
    return not (asked.is_watch or is_list or plural in _OF_THE_PROCESS)


class Process:
    """One process of the operator's, that can be dropped dead."""

    def __init__(self, world, settings=SETTINGS):
        self.world = world
        self.dead = False
        self.client = ApiClient(
            world.server.configuration(), connections=16, field_manager=names.FIELD_MANAGER
        )
        self.agent = self.client._agent = f"process-{len(world.processes) + 1}"
        self.store = ProcessStore(self)
        with (
            patch.object(app, "StoreAccess", lambda settings: None),
            patch.object(app, "Store", lambda access, cluster_id: self.store),
            patch.object(app, "Granter", lambda access, seconds, cluster_id: FixedGranter(world)),
        ):
            self.operator = app.Operator(
                settings, self.client, METRICS, "cluster-1", trace=world.spans.extend
            )
        self.task = asyncio.create_task(self._run())

    async def _run(self):
        with patch.object(client, "ssl_context", lambda configuration: _NO_TLS):
            await self.client.__aenter__()
        async with self.operator.working():
            await asyncio.Event().wait()

    def kill(self):
        """End it as a lost node does: nothing more leaves it, and nothing is tidied up."""
        self.dead = True
        for session in (self.client._requests, self.client._streams):
            if session is not None and session.connector is not None:
                session.connector._close()
                session.detach()
        self.client._requests = self.client._streams = None
        self.task.cancel()

    @property
    def leads(self):
        return self.operator._leadership.leads

    @property
    def sight(self):
        return self.operator._sight


class World:
    """A cluster, a VoiceJob in it, and operators that come and go."""

    namespace = NAMESPACE

    def __init__(self, server, cluster):
        server.world = self
        self.server = server
        self.objects = server.objects
        self.cluster = cluster
        self.processes = []
        self.spans = []
        """Of traces, as the operators have sent them."""
        self.effects = []
        self.disturbances = []
        self.worker_says = None
        """What a worker answers; None: it is not reached."""
        self.credentials_id = "key-1"
        """Of the store."""
        self.blind = set()
        """Agents of the processes whose watches show nothing."""
        self._reborn = []
        self.uids = []
        """Of the VoiceJobs, in the order in which they were made."""

    async def sleep(self, seconds):
        """Let the story's time go on."""
        await asyncio.sleep(seconds)

    # -- operators -----------------------------------------------------------------------------

    @property
    def process(self):
        return self.processes[-1]

    def start(self, settings=SETTINGS):
        self.processes.append(Process(self, settings))
        return self.process

    def kill(self, lease_too=True):
        """Drop the newest operator dead; its Lease runs out at once, or after its 15 s."""
        self.process.kill()
        if lease_too:
            self.drop_lease()

    def restart(self):
        """Start another if the newest is dead."""
        if self.process.dead:
            self.start()

    def die(self, away_seconds=0.0, lease_too=True):
        """Drop the newest operator dead, and start another so much later."""
        if not self.process.dead:
            self.kill(lease_too)
        self._reborn.append(asyncio.create_task(self._restart_after(away_seconds)))

    async def _restart_after(self, seconds):
        await self.sleep(seconds)
        self.restart()

    async def until_restarted(self):
        await asyncio.gather(*self._reborn)

    def drop_lease(self):
        for body in self.server.all(LEASES):
            self.server.delete(LEASES, body["metadata"]["namespace"], body["metadata"]["name"])

    async def close(self):
        for process in self.processes:
            if not process.dead:
                process.kill()
        tasks = [process.task for process in self.processes]
        await asyncio.gather(*tasks, return_exceptions=True)
        self.cluster.stop()

    # -- what is noted and disturbed -----------------------------------------------------------

    def noted(self, what, *, writes, destroys=False):
        effect = Effect(
            len(self.effects) + 1, what, writes, destroys, asyncio.get_running_loop().time()
        )
        self.effects.append(effect)
        return effect

    def about_to(self, asked):
        path = asked.path.split("/namespaces/")[-1].partition("/")[2]
        writes = asked.method != "GET"
        effect = self.noted(f"{asked.method} {path}", writes=writes, destroys=_destroys(asked))
        answers = [each.answer for each in self.disturbances if each.hits(effect)]
        return answers[0] if answers else None

    def disturb(self, kth, answer=None, *, of_writes=False, then=None, times=1):
        disturbance = Disturbance(kth, of_writes, answer, then, times)
        self.disturbances.append(disturbance)
        return disturbance

    def heal_after(self, seconds, disturbance):
        def heal():
            self.disturbances.remove(disturbance)

        asyncio.get_running_loop().call_later(seconds, heal)

    @property
    def writes(self):
        return [effect for effect in self.effects if effect.writes]

    # -- the VoiceJob --------------------------------------------------------------------------

    def apply(self, **spec):
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"name": NAME, "namespace": self.namespace},
            "spec": {"engine": "piper", "language": "en-US", "text": "One. Two. Three.", **spec},
        }
        made = self.objects.create(VOICEJOBS.group, VOICEJOBS.plural, self.namespace, body)
        self.uids.append(made["metadata"]["uid"])
        return made

    def edit(self, **spec):
        where = VOICEJOBS.group, VOICEJOBS.plural, self.namespace, NAME
        return self.objects.merge(*where, {"spec": spec})

    def delete(self):
        return self.server.delete(VOICEJOBS, self.namespace, NAME)

    @property
    def voicejob(self):
        return self.server.get(VOICEJOBS, self.namespace, NAME)

    @property
    def status(self):
        return (self.voicejob or {}).get("status", {})

    @property
    def phase(self):
        return self.status.get("phase", "Pending")

    def events(self, reason=None):
        told = [
            e for e in self.cluster.all("events") if e["involvedObject"].get("kind") == names.KIND
        ]
        return [event for event in told if reason in (None, event["reason"])]

    async def until(self, condition, seconds=600.0):
        try:
            await self.cluster.until(condition, seconds)
        except TimeoutError:
            raise AssertionError(f"it never came to that; now: {self.tell()}") from None

    async def until_phase(self, *phases, seconds=600.0):
        await self.until(lambda: self.phase in phases, seconds)

    async def until_succeeded(self, seconds=600.0):
        """Until the status says so, and an event has told it."""
        await self.until_phase("Succeeded", seconds=seconds)
        await self.until(lambda: self.events("Completed"), seconds=10.0)

    async def until_cleaned_up(self, seconds=900.0):
        """Until nothing but the VoiceJob, if it is still there, and its events are left."""
        await self.until(self.is_clean, seconds)

    def is_clean(self):
        claims = self.cluster.all("resourceclaimtemplates", "resource.k8s.io")
        left = [*self.cluster.jobs, *self.cluster.pods, *self.cluster.all("secrets"), *claims]
        return not left and not self.cluster.store.checkpoints

    def tell(self):
        """All that a failed test wants to be told."""
        status = self.status
        attempts = [
            (each["number"], each.get("outcome"), each.get("reason"))
            for each in status.get("attempts", [])
        ]
        return {
            "at": self.effects[-1].at if self.effects else 0.0,
            "phase": self.phase,
            "reason": status.get("reason"),
            "attempts": attempts,
            "retriesUsed": status.get("retriesUsed"),
            "jobs": [body["metadata"]["name"] for body in self.cluster.jobs],
            "pods": [
                (b["metadata"]["name"], b.get("status", {}).get("phase")) for b in self.cluster.pods
            ],
            "secrets": [body["metadata"]["name"] for body in self.cluster.all("secrets")],
            "checkpoints": len(self.cluster.store.checkpoints),
            "events": [event["reason"] for event in self.events()],
            "effects": [effect.what for effect in self.effects][-25:],
            "befell": [each.befell for each in self.disturbances],
        }


def _destroys(asked):
    return asked.method == "DELETE"


@asynccontextmanager
async def world_of(*attempts):
    """A world without an operator yet."""
    server = ChaosServer(collect_garbage=False)
    world = World(server, Cluster(server.objects, attempts or (Attempt(),), Store()))
    async with server:
        try:
            yield world
        finally:
            with suppress(asyncio.CancelledError):
                await world.close()


def run(coroutine, seed=0):
    """In virtual time; and whatever is drawn by chance is drawn the same each time."""
    return virtual_time.run(coroutine, seed=seed)


def sample(numbers, count, seed):
    """The first, the last, and some by chance."""
    numbers = sorted(numbers)
    if len(numbers) <= count:
        return numbers
    chosen = random.Random(seed).sample(numbers[1:-1], max(count - 2, 0))
    return sorted({numbers[0], numbers[-1], *chosen})
