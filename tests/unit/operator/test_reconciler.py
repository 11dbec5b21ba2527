"""One operator and one VoiceJob: what it refuses, what it waits for, whom it believes."""

import asyncio
import itertools
import json

import pytest
from chaos_world import NAME, NAMESPACE, SETTINGS, run, world_of
from fake_api_faults import html
from fake_api_server import error, forbidden
from simulated_workers import Attempt

from voicejob_api.report import WorkerReport
from voicejob_api.status import Progress, Stage
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.names import job_name
from voicejob_operator.resources import VOICEJOBS
from voicejob_operator.settings import GPUSettings
from voicejob_operator.voicejobs.act import JOBS, PODS

INVALID = error(422, "Invalid", "spec.template: Invalid value")
POLICIES = {
    "denies": error(400, "BadRequest", 'admission webhook "x" denied the request: no'),
    "is away": error(500, "InternalError", 'failed calling webhook "x": no endpoints'),
    **{
        f"is a policy that answers {code}": error(
            code,
            reason,
            "jobs.batch \"a\" is forbidden: ValidatingAdmissionPolicy 'x' with binding 'x' denied "
            "request: no",
        )
        for code, reason in (
            (401, "Unauthorized"),
            (403, "Forbidden"),
            (413, "RequestEntityTooLarge"),
            (422, "Invalid"),
        )
    },
}


def started(world):
    found = [c for c in world.status.get("conditions", []) if c["type"] == "Started"]
    return (found[0]["status"], found[0]["reason"]) if found else None


def posts(world, what):
    return [effect for effect in world.effects if effect.what == f"POST {what}"]


# -- what is refused, and what is only forbidden for now -------------------------------------------


def test_a_first_job_that_is_refused_ends_it():
    async def story():
        async with world_of() as world:
            world.server.fail_all(INVALID, method="POST", path="/jobs")
            world.apply()
            world.start()
            await world.until_phase("Failed")
            assert world.status["reason"] == "JobRefused"
            assert "spec.template" in json.dumps(world.status["conditions"])
            await world.until_cleaned_up()

    run(story())


@pytest.mark.parametrize("answer", [INVALID, *POLICIES.values()])
@pytest.mark.parametrize("what", ["second Job", "grants"])
def test_nothing_that_comes_later_is_refused_for_good(what, answer):
    async def story():
        async with world_of(Attempt(20), Attempt()) as world:
            kth = 2
            path = "/jobs" if what == "second Job" else "/secrets"
            fault = world.server.fail(kth, answer, method="POST", path=path, times=10**6)
            world.apply()
            world.start()
            await asyncio.sleep(60.0)
            assert world.phase in ("Queued", "Starting")
            world.server.heal(fault)
            await world.until_succeeded()
            await world.until_cleaned_up()

    run(story())


@pytest.mark.parametrize("how", POLICIES)
def test_a_policy_that_refuses_the_first_job_is_waited_for(how):
    async def story():
        async with world_of() as world:
            fault = world.server.fail_all(POLICIES[how], method="POST", path="/jobs")
            world.apply()
            world.start()
            await asyncio.sleep(40.0)
            assert (world.phase, started(world)) == ("Queued", ("False", "JobForbidden"))
            world.server.heal(fault)
            await world.until_succeeded()

    run(story())


def test_a_job_that_the_status_does_not_name_yet_is_suspended_too():
    """The first Job is made before the status is stored, which waits a moment for its pod."""

    async def story():
        async with world_of(Attempt(seconds=10.0)) as world:
            world.apply()
            world.start()
            await world.until(lambda: world.cluster.jobs)
            assert world.phase == "Pending"
            world.edit(suspend=True)
            await world.until_phase("Suspended")
            await world.until(lambda: world.cluster.jobs[0]["spec"]["suspend"], 5.0)
            world.edit(suspend=False)
            await world.until_succeeded()
            assert len(world.cluster.jobs_made) == 1

    run(story())


def test_what_is_forbidden_is_told_first_and_tried_again_ever_less():
    async def story():
        async with world_of() as world:
            world.server.fail_all(forbidden("exceeded quota: gpus"), method="POST", path="/jobs")
            world.apply()
            world.start()
            await world.until(lambda: started(world) == ("False", "JobForbidden"))
            assert len(posts(world, "jobs")) == 1
            await asyncio.sleep(300.0)
            times = [effect.at for effect in posts(world, "jobs")]
            gaps = [after - before for before, after in itertools.pairwise(times)]
            assert 5 <= len(times) <= 12
            assert gaps[-1] > gaps[0]
            assert max(gaps) < 75

    run(story())


def test_a_job_of_that_name_that_is_anothers_is_told_and_waited_for():
    async def story():
        async with world_of() as world:
            body = world.apply()
            name = job_name(VoiceJob.model_validate_json(json.dumps(only_known(body))), 1)
            foreign = {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": {}}
            world.server.put(JOBS, {**foreign, "spec": {"suspend": True, "template": {}}})
            world.start()
            await world.until(lambda: started(world) == ("False", "JobNameTaken"))
            world.server.delete(JOBS, NAMESPACE, name)
            await world.until_succeeded()

    run(story())


def only_known(body):
    return {"metadata": body["metadata"], "spec": body["spec"]}


# -- whom it believes ------------------------------------------------------------------------------


@pytest.mark.parametrize("namespace", [NAMESPACE, "elsewhere"])
def test_a_foreign_pod_with_its_labels_and_exit_0_changes_nothing(namespace):
    async def story():
        async with world_of(Attempt(seconds=60.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            (own,) = world.cluster.pods
            ended = {"exitCode": 0, "startedAt": "2026-11-28T09:00:00Z", "reason": "Completed"}
            ended |= {"finishedAt": "2026-11-28T09:00:01Z"}
            state = {"name": "worker", "state": {"terminated": ended}}
            owners = own["metadata"]["ownerReferences"] if namespace != NAMESPACE else []
            metadata = {
                "name": "aaa",
                "namespace": namespace,
                "labels": own["metadata"]["labels"],
                "ownerReferences": owners,
            }
            status = {"phase": "Succeeded", "containerStatuses": [state]}
            foreign = {"metadata": metadata, "spec": own["spec"], "status": status}
            world.server.put(PODS, foreign)
            await asyncio.sleep(20.0)
            assert world.phase == "Running"
            assert [a["pod"] for a in world.status["attempts"]] == [own["metadata"]["name"]]

    run(story())


def test_before_the_store_is_asked_the_job_itself_is_looked_at():
    """A Job that no watch shows, for its label was removed, is not made a second time."""

    async def story():
        async with world_of(Attempt(seconds=20.0)) as world:
            world.apply()
            world.start()
            await world.until_phase("Running")
            (job,), (pod,) = world.cluster.jobs, world.cluster.pods
            unlabelled = {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}}
            where = NAMESPACE, job["metadata"]["name"]
            world.objects.merge("batch", "jobs", *where, unlabelled)
            world.cluster.vanish("pods", pod)
            world.cluster.is_full = True
            await asyncio.sleep(60.0)
            assert len([e for e in world.effects if e.what.startswith("GET jobs")]) < 15
            world.cluster.is_full = False
            await world.until_succeeded()
            assert len(world.cluster.jobs_made) == 1
            assert "store result_of" not in [effect.what for effect in world.effects]

    run(story())


def test_a_claims_template_goes_although_its_job_was_never_made():
    async def story():
        async with world_of() as world:
            world.server.fail_all(forbidden("exceeded quota"), method="POST", path="/jobs")
            world.apply(gpu={"deviceClassName": "gpu.nvidia.com"}, deadlines={"queueSeconds": 20})
            world.start()
            await world.until(
                lambda: world.cluster.all("resourceclaimtemplates", "resource.k8s.io")
            )
            await world.until_phase("Failed")
            await world.until_cleaned_up()

    run(story())


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_claims_template_of_a_version_that_is_not_served_is_told_and_waited_for(is_seen):
    """Kubernetes 1.31 to 1.33 serve v1beta1 alone, and answer without an object of the API's."""

    async def story():
        async with world_of() as world:
            not_served = world.server.fail_all(
                html(404), method="POST", path="/resourceclaimtemplates"
            )
            world.apply(gpu={"deviceClassName": "gpu.nvidia.com"})
            world.start(SETTINGS.model_copy(update={"gpu": GPUSettings(discovery=is_seen)}))
            await world.until_phase("Queued")
            told = "GPUAllocation" if is_seen else "ResourceClaimTemplate"
            await world.until(lambda: world.status["reason"] == f"{told}Unavailable")
            await asyncio.sleep(120.0)
            assert world.status["reason"] == f"{told}Unavailable"
            assert not world.cluster.jobs_made
            asked = world.server.asked("POST", "/resourceclaimtemplates")
            assert 3 <= len(asked) < 10
            world.server.heal(not_served)
            await world.until_succeeded()

    run(story())


def test_one_that_is_not_understood_is_told_so_and_keeps_its_checkpoint():
    async def story():
        async with world_of() as world:
            strange = world.apply(engine="of-tomorrow")
            key = NAMESPACE, strange["metadata"]["uid"]
            world.cluster.store.checkpoints.add(key)
            world.start()
            await world.until(lambda: world.status.get("reason") == "NotUnderstood")
            (accepted,) = world.status["conditions"]
            assert (accepted["type"], accepted["status"]) == ("Accepted", "False")
            assert "engine" in accepted["message"]
            await asyncio.sleep(200.0)
            assert key in world.cluster.store.checkpoints
            assert len(world.writes) == 1
            world.server.delete(VOICEJOBS, NAMESPACE, NAME)
            await world.until(lambda: not world.cluster.store.checkpoints, seconds=100.0)

    run(story())


# -- how often it writes ---------------------------------------------------------------------------


def test_the_first_status_comes_with_the_pod_and_progress_every_few_seconds():
    async def story():
        async with world_of(Attempt(seconds=60.0)) as world:
            loop = asyncio.get_running_loop()
            world.worker_says = lambda: speaking(int(loop.time()))
            world.apply()
            world.start()
            await world.until(lambda: world.status)
            assert world.status["reason"] != "WaitingForPod"
            await world.until_phase("Running")
            before = len(status_writes(world))
            await asyncio.sleep(50.0)
            assert world.status["stage"] == "Speaking"
            assert 8 <= len(status_writes(world)) - before <= 12
            world.worker_says = None
            await world.until_succeeded()

    run(story())


def speaking(done):
    progress = Progress(percent=min(done, 99), chunks_done=done, chunks_total=1000)
    return WorkerReport(stage=Stage.SPEAKING, progress=progress).termination_message()


def status_writes(world):
    return [effect for effect in world.effects if effect.what.endswith("/status")]


@pytest.mark.parametrize(
    ("spec", "times"), [({}, 1), ({"output": {"persistentVolumeClaim": {"claimName": "d"}}}, 0)]
)
def test_that_its_audio_is_this_clusters_is_noted_with_its_first_grants(spec, times):
    async def story():
        async with world_of() as world:
            uid = world.apply(**spec)["metadata"]["uid"]
            granted = []
            world.start().operator._sweeper.granted = lambda *whose: granted.append(whose)
            await world.until_phase("Running")
            world.credentials_id = "others"
            await world.until_succeeded()
            assert granted == [(NAMESPACE, NAME, uid)] * times

    run(story())
