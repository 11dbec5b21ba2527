"""Whatever does not come to an end is waited for: without haste, and at nobody else's expense."""

import asyncio
import itertools

import pytest
import simulated_cluster
from chaos_world import NAMESPACE, ProcessStore, run, world_of
from fake_api_server import error, forbidden
from operator_world import done_report
from simulated_workers import Attempt
from structlog.testing import capture_logs
from test_fences_hold import asked, condition

from voicejob_api import names
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.runtime.leadership import LEASES
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.faults import StoreError

TWO_NAMESPACES = OperatorSettings(
    reach_workers="proxy", job_ttl_seconds=60, watch_namespaces=(NAMESPACE, "other")
)
WEBHOOK_DOWN = error(500, "InternalError", 'failed calling webhook "x": no endpoints')


def now():
    return asyncio.get_running_loop().time()


def make(world, name):
    metadata = {"name": name, "namespace": NAMESPACE}
    spec = {"engine": "piper", "language": "en-US", "text": "One."}
    body = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": metadata, "spec": spec}
    world.objects.create(VOICEJOBS.group, VOICEJOBS.plural, NAMESPACE, body)


def has_job(world, name):
    return any(job["metadata"]["labels"][names.LABEL_NAME] == name for job in world.cluster.jobs)


# -- a store that hangs ----------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["delete_checkpoint", "result_of"])
def test_a_store_that_hangs_holds_up_no_other_voicejob(question, monkeypatch):
    """Sixty want something of it, more than are reconciled at once."""

    async def hangs(self, *_):
        await asyncio.sleep(10.0)
        raise StoreError("the store does not answer")

    monkeypatch.setattr(ProcessStore, question, hangs)

    async def story():
        async with world_of(Attempt(seconds=5.0)) as world:
            for number in range(60):
                make(world, f"voicejob-{number}")
            world.start()
            await world.until(lambda: len(world.cluster.begun) == 60)
            if question == "result_of":
                for plural in ("jobs", "pods"):
                    for body in getattr(world.cluster, plural):
                        world.cluster.vanish(plural, body)
            await asyncio.sleep(45.0)
            asked_at = now()
            make(world, "late")
            await world.until(lambda: has_job(world, "late"), 2000.0)
            assert now() - asked_at < 5.0
            assert world.process.operator.unhealthy() == ""

    run(story())


# -- attempts that end at once ---------------------------------------------------------------------


async def node_refuses(self, uid, told):
    await asyncio.sleep(0.5)
    self._pod(uid)
    reason = {"reason": "UnexpectedAdmissionError", "message": "Allocate failed"}
    self._status(uid, phase="Failed", containerStatuses=[], **reason)
    raise simulated_cluster._GoneError


def gaps(times):
    return [round(later - earlier) for earlier, later in itertools.pairwise(times)]


def test_a_node_that_refuses_each_pod_is_tried_ever_less_often(monkeypatch):
    monkeypatch.setattr(simulated_cluster.Cluster, "_mount", node_refuses)

    async def story():
        async with world_of() as world:
            world.apply(retries=2)
            world.start()
            times = []
            while len(times) < 8:
                await world.until(lambda: len(world.cluster.jobs_made) > len(times), 3000.0)
                times.append(now())
            # Each Job tries three pods, which takes 32 s with the Job controller's own back-off.
            delays = [gap - 32 for gap in gaps(times)]
            assert delays == pytest.approx([0, 10, 20, 40, 80, 160, 320], abs=3)
            # One of them deletes the Job before once more, should it be there unseen.
            assert len(world.writes) <= 13 * len(times)

    run(story())


def test_while_it_backs_off_the_status_says_until_when(monkeypatch):
    monkeypatch.setattr(simulated_cluster.Cluster, "_mount", node_refuses)

    async def story():
        async with world_of() as world:
            world.apply(retries=2)
            world.start()
            await world.until(lambda: len(world.status.get("jobs", [])) == 4)
            await asyncio.sleep(5.0)
            assert condition(world, "Started") == ("False", "BackOff")

    run(story())


def test_workers_that_are_deleted_at_their_start_are_replaced_ever_less_often():
    async def story():
        async with world_of(Attempt(seconds=500.0)) as world:
            world.apply(retries=2)
            world.start()
            began = now()
            while now() - began < 120.0:
                await asyncio.sleep(0.2)
                for pod in world.cluster.pods:
                    if pod.get("status", {}).get("phase") == "Running":
                        world.cluster.delete_pod(pod)
            assert len(world.cluster.jobs_made) == 5
            assert len(world.writes) <= 50
            assert world.status.get("retriesUsed", 0) == 0

    run(story())


def test_a_worker_that_ran_for_a_while_is_replaced_at_once():
    async def story():
        async with world_of(Attempt(seconds=5000.0)) as world:
            world.apply()
            world.start()
            for number in range(1, 5):
                await world.until(lambda made=number: len(world.cluster.begun) == made)
                await asyncio.sleep(90.0)
                world.cluster.delete_pod(world.cluster.pods[-1])
                deleted_at = now()
                await world.until(lambda made=number: len(world.cluster.begun) == made + 1)
                assert now() - deleted_at < 10.0

    run(story())


# -- a node that ends nothing any more -------------------------------------------------------------


async def nobody_stops(self, uid, told, seconds):
    """As on a node that is cut off: its pods are deleted, and go on."""
    await asyncio.sleep(seconds)
    self._pod(uid)
    return False


def test_a_pod_that_its_node_does_not_end_is_waited_for_beyond_its_grace(monkeypatch):
    """Its worker may write to the checkpoint until then; the next begins after it, and not long."""
    monkeypatch.setattr(simulated_cluster.Cluster, "_until_stopped", nobody_stops)
    grace = OperatorSettings().worker.termination_grace_seconds

    async def story():
        async with world_of(Attempt(seconds=5000.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            world.cluster.delete_pod(world.cluster.pods[0])
            deleted_at = now()
            await world.until(lambda: len(world.cluster.jobs_made) == 2)
            assert now() - deleted_at == pytest.approx(grace + 60.0, abs=5.0)
            lost = world.status["attempts"][0]
            assert (lost["outcome"], lost["reason"]) == ("Stopped", "NodeLost")

    run(story())


# -- a namespace that is gone ----------------------------------------------------------------------


def test_a_namespace_that_is_deleted_stops_no_other():
    async def story():
        async with world_of() as world:
            world.start(TWO_NAMESPACES)
            await world.until(lambda: world.process.leads)
            gone = forbidden("unable to create new content in namespace other")
            world.server.fail_all(gone, method="POST", path="/namespaces/other/leases")
            world.server.delete(LEASES, "other", names.LEASE)
            await asyncio.sleep(60.0)
            world.apply()
            await world.until_succeeded(seconds=60.0)
            assert world.process.leads
            assert (world.process.operator.unready(), world.process.operator.unhealthy()) == (
                "",
                "",
            )

    run(story())


@pytest.mark.parametrize("path", ["/leases", "/pods", "/voicejobs", ""])
def test_a_namespace_that_lets_nobody_in_stops_no_other(path):
    async def story():
        async with world_of() as world:
            world.server.fail_all(forbidden("no rights"), path=f"/namespaces/other{path}")
            world.apply()
            world.start(TWO_NAMESPACES)
            await world.until_succeeded(seconds=120.0)
            assert world.process.operator.unready() == ""

    run(story())


# -- what is forbidden -----------------------------------------------------------------------------


@pytest.mark.parametrize("worker_tells", [False, True])
def test_forbidden_grants_of_running_work_are_tried_at_growing_intervals(worker_tells):
    """Also if the worker's own news asks for a look every few seconds."""

    async def story():
        async with world_of(Attempt(seconds=6000.0)) as world:
            world.apply()
            world.start()
            await asyncio.sleep(1000.0)
            if worker_tells:
                changes = {"exit_code": None, "audio": None, "reason": ""}
                report = done_report().model_copy(update=changes)
                said = report.model_dump_json(by_alias=True, exclude_none=True).encode()
                world.worker_says = lambda: said
            world.server.fail_all(WEBHOOK_DOWN, method="POST", path="/secrets")
            with capture_logs() as logs:
                await asyncio.sleep(1400.0)
            assert world.phase == "Running"
            assert 2 <= asked(world, "POST secrets", since=now() - 120.0) <= 4
            told = [log for log in logs if log["event"] == "forbidden while a worker runs"]
            assert 2 <= len(told) <= 8, "no condition says it"
            assert "webhook" in told[0]["error"]

    run(story())


def test_a_next_job_whose_file_is_forbidden_for_a_moment_is_made_all_the_same():
    """The look that follows asks the store first, and so asks for nothing that is forbidden."""

    async def story():
        async with world_of(Attempt(seconds=60.0), Attempt()) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            world.server.fail(1, forbidden(), method="POST", path="/secrets")
            for plural, bodies in (("jobs", world.cluster.jobs), ("pods", world.cluster.pods)):
                for body in bodies:
                    world.cluster.vanish(plural, body)
            await world.until_succeeded(seconds=60.0)

    run(story())


def test_refusals_in_ever_new_words_are_tried_no_sooner():
    async def story():
        async with world_of() as world:
            world.apply()
            words = (
                error(500, "InternalError", f'failed calling webhook "x": {n}') for n in range(999)
            )
            disturbance = world.disturb(1, times=0)
            disturbance.hits = lambda effect: (
                effect.what.startswith("POST jobs")
                and bool(setattr(disturbance, "answer", next(words)) or True)
            )
            world.start()
            await asyncio.sleep(120.0)
            assert 3 <= asked(world, "POST jobs") <= 6
            assert asked(world, "PATCH") <= 8

    run(story())


def test_a_suspension_does_not_wait_for_forbidden_grants():
    async def story():
        async with world_of(Attempt(seconds=6000.0)) as world:
            world.apply()
            world.start()
            await asyncio.sleep(1000.0)
            world.server.fail_all(WEBHOOK_DOWN, method="POST", path="/secrets")
            await asyncio.sleep(1403.0)
            world.edit(suspend=True)
            await world.until(lambda: not world.cluster.at_once, 5.0)

    run(story())


# -- workers that nobody reaches -------------------------------------------------------------------


def test_a_worker_that_nobody_reaches_is_told_of_once_it_may_be_stalled():
    async def story():
        async with world_of(Attempt(seconds=6000.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            began = now()
            await world.until(
                lambda: condition(world, "Stalled") == ("Unknown", "WorkerUnreachable"), 2500.0
            )
            stall_seconds = OperatorSettings().stall_seconds
            assert now() - began == pytest.approx(stall_seconds, abs=15.0)

    run(story())
