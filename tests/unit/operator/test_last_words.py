"""What workers say: whose word it is, and what is done without one."""

import asyncio
import base64
import json

import pytest
from chaos_others import secret_deleted_by_hand
from chaos_world import NAME, NAMESPACE, run, world_of
from fake_api_faults import throttled
from fake_api_server import error, forbidden
from simulated_workers import Attempt

from voicejob_api import names
from voicejob_api.pod import JOB_KEY
from voicejob_api.report import WorkerReport
from voicejob_api.status import Progress, Stage, VoiceJobStatus
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.voicejobs.act import JOBS, PODS
from voicejob_operator.voicejobs.decide import Decision
from voicejob_operator.voicejobs.effects import Announcement
from voicejob_operator.voicejobs.memory import Memory
from voicejob_operator.voicejobs.telling import add_to_tell


def report_of(uid, chunks):
    return WorkerReport(
        voicejob_uid=uid,
        stage=Stage.SPEAKING,
        progress=Progress(chunks_done=chunks, chunks_total=9, percent=chunks * 10),
    ).to_json()


# -- a last word that is missing -------------------------------------------------------------------


def test_work_whose_last_word_was_lost_is_told_from_the_store():
    async def story():
        async with world_of(Attempt(tells=False)) as world:
            world.apply()
            world.start()
            await world.until_succeeded()
            assert world.status["audio"]["uri"].startswith("s3://")
            assert len(world.cluster.begun) == 1

    run(story())


def test_a_store_that_is_away_then_is_waited_for(monkeypatch):
    async def story():
        async with world_of(Attempt(tells=False)) as world:
            world.apply()
            world.start()
            process, away = world.process, True

            async def result_of(voicejob):
                if away:
                    raise StoreError("the store is away")
                return await kept(voicejob)

            kept, process.store.result_of = process.store.result_of, result_of
            await world.until(lambda: world.status.get("reason") == "StoreUnavailable")
            assert world.phase == "Running"
            await asyncio.sleep(60.0)
            away = False
            await world.until_succeeded()
            assert world.status["audio"]

    from voicejob_operator.store.faults import StoreError

    run(story())


def test_work_of_which_nobody_has_a_word_is_done_all_the_same():
    async def story():
        async with world_of(Attempt(tells=False)) as world:
            world.cluster.writes_results = False
            world.apply()
            world.start()
            await world.until_succeeded()
            assert "audio" not in world.status
            (told,) = world.events("Completed")
            assert "nobody can tell" in told["message"]

    run(story())


# -- whose word it is ------------------------------------------------------------------------------


def test_a_pod_with_our_labels_is_neither_asked_nor_believed():
    async def story():
        async with world_of(Attempt(seconds=60.0)) as world:
            world.worker_says = lambda: report_of(world.uids[0], 3)
            world.apply()
            world.start()
            await world.until_phase("Running")
            (real,) = world.cluster.pods
            evil = json.loads(json.dumps(real))
            evil["metadata"] = {
                "name": "evil",
                "namespace": NAMESPACE,
                "labels": real["metadata"]["labels"],
            }
            world.server.put(PODS, evil)
            await asyncio.sleep(20.0)
            assert world.server.asked(path="/pods/evil:") == []
            assert world.server.asked(path=f"/pods/{real['metadata']['name']}:")
            world.server.delete(PODS, NAMESPACE, "evil")
            await world.until_succeeded()

    run(story())


def test_a_word_that_is_of_another_voicejobs_worker_is_passed_over():
    """Its address was another's before."""

    async def story():
        async with world_of(Attempt(seconds=40.0)) as world:
            world.worker_says = lambda: report_of("another", 7)
            world.apply()
            world.start()
            await world.until_phase("Running")
            await asyncio.sleep(20.0)
            assert not world.status.get("progress", {}).get("chunksDone")
            world.worker_says = lambda: report_of(world.uids[0], 4)
            await world.until(lambda: world.status.get("progress", {}).get("chunksDone") == 4, 60.0)

    run(story())


# -- what the API server does not take -------------------------------------------------------------


def test_a_status_that_is_refused_for_a_workers_figures_is_written_without_them():
    async def story():
        async with world_of(Attempt(seconds=30.0)) as world:
            invalid = error(422, "Invalid", "status.progress: Invalid value")
            world.worker_says = lambda: report_of(world.uids[0], 3)
            world.server.refuse_where(tells_of_chunks, invalid)
            world.apply()
            world.start()
            await world.until_succeeded()
            assert world.status["audio"]
            assert len(world.writes) < 60

    run(story())


def tells_of_chunks(asked):
    is_status = asked.method == "PATCH" and asked.path.endswith(f"/{NAME}/status")
    return is_status and "chunksDone" in json.dumps(asked.body)


def test_events_that_nobody_takes_hold_up_nothing():
    async def story():
        async with world_of(Attempt(seconds=10.0, sidecar=True)) as world:
            world.server.fail_all(
                forbidden("exceeded quota: events"), method="POST", path="/events"
            )
            world.apply()
            world.start()
            await world.until_phase("Succeeded")
            await world.until_cleaned_up()
            assert len([e for e in world.effects if e.what == "POST events"]) < 40

    run(story())


def test_an_event_that_waits_is_noted_once_however_often_it_is_asked_for():
    sidecar = Announcement("SidecarKeptPodAlive", "proxy runs on", True, "pod-1")
    decision, memory = Decision(VoiceJobStatus(), announcements=(sidecar,)), Memory()
    for _ in range(3):
        add_to_tell(decision, memory)
    assert memory.to_tell == (sidecar,)


def test_an_event_that_is_refused_for_a_moment_is_told_later():
    async def story():
        async with world_of() as world:
            fault = world.server.fail_all(error(500), method="POST", path="/events")
            world.apply()
            world.start()
            await world.until_phase("Succeeded")
            world.server.heal(fault)
            await world.until(lambda: world.events("Completed"), seconds=60.0)

    run(story())


@pytest.mark.parametrize(
    "answer",
    [forbidden("a policy forbids it"), error(500, "InternalError", "failed calling webhook: x")],
)
def test_a_job_that_must_not_be_deleted_is_told_and_waited_for(answer):
    async def story():
        async with world_of(Attempt(20), Attempt()) as world:
            fault = world.server.fail_all(answer, method="DELETE", path="/jobs/")
            world.apply(retries=1)
            world.start()
            await world.until(lambda: world.status.get("reason") == "JobForbidden", 120.0)
            assert world.phase != "Failed"
            world.server.heal(fault)
            await world.until_succeeded()

    run(story())


# -- a VoiceJob that goes --------------------------------------------------------------------------


@pytest.mark.parametrize(("finalizers", "ends"), [(["else/keeps"], True), (["orphan"], False)])
def test_the_work_of_a_voicejob_that_a_finalizer_keeps_is_ended(finalizers, ends):
    async def story():
        async with world_of(Attempt(seconds=3000.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            gone = {"deletionTimestamp": "2026-11-28T09:00:10Z", "finalizers": finalizers}
            where = VOICEJOBS.group, VOICEJOBS.plural, NAMESPACE, NAME
            world.objects.merge(*where, {"metadata": gone})
            await asyncio.sleep(30.0)
            assert bool(world.server.all(JOBS)) is not ends

    run(story())


def test_a_time_to_live_that_was_raised_a_moment_ago_is_seen():
    async def story():
        async with world_of() as world:
            world.apply(ttlSecondsAfterFinished=120)
            world.start()
            await world.until_succeeded()

            def is_raised_just_before(asked):
                if asked.method == "DELETE" and asked.path.endswith(f"/{names.PLURAL}/{NAME}"):
                    world.edit(ttlSecondsAfterFinished=7200)
                return False

            world.server.refuse_where(is_raised_just_before, error(500))
            await asyncio.sleep(300.0)
            assert world.voicejob is not None
            assert world.server.asked("DELETE", f"/{names.PLURAL}/{NAME}")

    run(story())


# -- another definition of the resource ------------------------------------------------------------


def test_work_for_several_gpus_goes_on_and_so_does_its_job_file_that_is_written_anew():
    async def story():
        async with world_of(Attempt(starts_after=5.0)) as world:
            deleting = asyncio.create_task(secret_deleted_by_hand("-job")(world))
            world.apply(gpu={"count": 2}, device="cuda:1")
            world.start()
            await world.until_phase("Running")
            await deleting
            (job_file,) = [
                json.loads(base64.b64decode(secret["data"][JOB_KEY]))
                for secret in world.cluster.all("secrets")
                if JOB_KEY in secret["data"]
            ]
            assert (job_file["spec"]["gpu"]["count"], job_file["spec"]["device"]) == (1, "cuda")
            await world.until_succeeded()

    run(story())


def test_work_that_has_begun_goes_on_when_a_newer_version_brings_another_field():
    """The API server puts the defaults of a new definition into each object that it answers."""

    async def story():
        async with world_of(Attempt(seconds=60.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            world.edit(audio={"ofTomorrow": 1}, ofTomorrow="a default")
            await asyncio.sleep(5.0)
            assert world.status["reason"] != "NotUnderstood"
            await world.until_succeeded()
            assert world.status["audio"]

    run(story())


def test_an_event_that_is_throttled_holds_back_all_for_as_long_as_is_asked():
    async def story():
        async with world_of(Attempt(seconds=2.0)) as world:
            world.server.fail(1, throttled(5), method="POST", path="/events")
            world.apply()
            world.start()
            await world.until(lambda: world.server.asked("POST", "/events"))
            at = world.server.asked("POST", "/events")[0].at
            await world.until_succeeded()
            of_it = [a for a in world.server.requests if f"/namespaces/{NAMESPACE}/" in a.path]
            early = [a.path for a in of_it if at < a.at < at + 4.9 and "/proxy/" not in a.path]
            assert early == []
            assert world.events("Completed")

    run(story())


@pytest.mark.parametrize("ttl", [0, 1, 5, 45])
@pytest.mark.parametrize("code", [0, 10])
def test_a_time_to_live_of_any_length_ends(ttl, code):
    async def story():
        async with world_of(Attempt(code)) as world:
            world.apply(ttlSecondsAfterFinished=ttl)
            world.start()
            await world.until(lambda: world.voicejob is None, seconds=120.0)

    run(story())


@pytest.mark.parametrize("ttl", [0, 1, 5])
def test_one_that_ends_in_the_queue_goes_after_its_time_to_live(ttl):
    """Nothing happens after its end that would ask for another look."""

    async def story():
        async with world_of() as world:
            world.cluster.is_full = True
            world.apply(ttlSecondsAfterFinished=ttl, deadlines={"queueSeconds": 5})
            world.start()
            await world.until(lambda: world.voicejob is None, seconds=120.0)
            assert len(world.server.asked("DELETE", f"/{names.PLURAL}/{NAME}")) == 1

    run(story())
