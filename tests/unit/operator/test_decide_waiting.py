"""What a VoiceJob waits for, in whose words, and which deadline ends it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from operator_world import FULL, NEVER, condition, deletes

from voicejob_api.status import Phase
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.effects import (
    EnsureGrants,
    EnsureJob,
)
from voicejob_operator.voicejobs.observed import Cause


def test_the_queue_deadline_counts_from_the_last_attempts_end(world):
    world.spec["deadlines"] = {"queueSeconds": 100}
    world.step()
    world.make_job().wait(90).make_pod().schedule().start().wait(50).end(21).wait(5).step()
    assert world.status.phase is Phase.QUEUED
    world.wait(96).step()
    assert world.status.reason == "QueueDeadlineExceeded"


def test_an_unschedulable_pod_waits_in_the_queue_with_the_schedulers_reason(world):
    world.step()
    world.make_job().make_pod().change_pod(unschedulable=FULL).wait(700).step()
    assert world.status.phase is Phase.QUEUED
    assert condition(world, "Queued").status == "True"
    assert condition(world, "Started").reason == "Unschedulable"
    assert "Insufficient nvidia.com/gpu" in condition(world, "Started").message


def test_the_queue_deadline_ends_a_wait_for_capacity(world):
    world.spec["deadlines"] = {"queueSeconds": 100}
    world.step()
    world.make_job().make_pod().change_pod(unschedulable=FULL)
    decision = world.wait(50).step()
    assert decision.look_again_at == world.now + timedelta(seconds=50)
    decision = world.wait(50).step()
    assert world.status.reason == "QueueDeadlineExceeded"
    assert deletes(world, decision)


@pytest.mark.parametrize(
    "words",
    [
        NEVER,
        "0/1 nodes are available: 1 node(s) didn't match. preemption: 0/1 nodes are available: 1 "
        "Preemption is not helpful for scheduling.",
        "no nodes available to schedule pods",
        "0/2 nodes are available: 2 NodeUnfitPod.",
        "0/1 nodes are available: 1 cannot allocate all claims. still not schedulable",
        "no nodes with enough resources were found: 1 node is not a gpu node",
    ],
)
def test_a_node_that_is_not_there_yet_is_waited_for_until_the_queue_deadline(world, words):
    world.spec["deadlines"] = {"startSeconds": 20, "queueSeconds": 5000}
    world.step()
    world.make_job().make_pod().change_pod(unschedulable=words).step()
    world.wait(4000).step()
    assert world.status.phase is Phase.QUEUED
    assert condition(world, "Queued").message == words
    world.schedule().start().step()
    assert world.status.phase is Phase.RUNNING


def test_a_claim_that_nobody_made_is_waited_for_until_the_start_deadline(world):
    world.spec["deadlines"] = {"startSeconds": 20}
    world.step()
    missing = '0/1 nodes are available: persistentvolumeclaim "x" not found. not found'
    world.make_job().make_pod().change_pod(unschedulable=missing).step()
    assert world.status.phase is Phase.QUEUED
    world.wait(20).step()
    assert world.status.reason == "StartDeadlineExceeded"
    assert 'persistentvolumeclaim "x"' in condition(world, "Failed").message


def test_a_claim_of_the_platforms_is_told_as_what_an_administrator_has_to_make(world):
    world.settings = OperatorSettings.model_validate(
        {"worker": {"model_cache": {"claim_name": "models"}}}
    )
    world.step()
    words = '0/1 nodes are available: persistentvolumeclaim "{}" not found. not found'
    world.make_job().make_pod().change_pod(unschedulable=words.format("models")).step()
    told = condition(world, "Queued").message
    assert told.startswith(words.format("models"))
    assert "worker.modelCache: have its administrator make it in this namespace" in told
    world.change_pod(unschedulable=words.format("mine")).step()
    assert condition(world, "Queued").message == words.format("mine")


def test_the_start_deadline_ends_a_wait_for_an_image(world):
    world.spec["deadlines"] = {"startSeconds": 20}
    world.step()
    world.make_job().make_pod().schedule()
    world.change_pod(waiting=Cause("ImagePullBackOff", "Back-off pulling image")).step()
    assert world.status.phase is Phase.STARTING
    assert condition(world, "Started").reason == "ImagePullBackOff"
    world.wait(20).step()
    assert world.status.phase is Phase.FAILED
    assert "Back-off pulling image" in condition(world, "Failed").message


MISSING = Cause(
    "FailedMount", 'MountVolume.SetUp failed for volume "text" : configmap "boook" not found'
)


def test_a_missing_text_is_a_warning_at_once_and_the_worker_starts_when_it_appears(world):
    del world.spec["text"]
    world.spec["textFrom"] = {"configMapKeyRef": {"name": "boook", "key": "text"}}
    world.step()
    world.make_job().make_pod().schedule()
    world.warnings[world.pods[0].uid] = MISSING
    told = world.step().announcements
    assert [(each.reason, each.warning) for each in told] == [("TextMissing", True)]
    assert 'spec.textFrom names what is not there: configmap "boook"' in told[0].message
    assert world.status.phase is Phase.STARTING
    assert world.status.reason == "TextMissing"
    world.warnings.clear()
    world.start().step()
    assert world.status.phase is Phase.RUNNING


def test_missing_credentials_are_a_warning_at_once(world):
    world.spec["output"] = {"uri": "s3://bucket/a/", "credentialsSecret": "mine"}
    world.step()
    world.make_job().make_pod().schedule()
    world.change_pod(waiting=Cause("CreateContainerConfigError", 'secret "mine" not found'))
    told = world.step().announcements
    assert [each.reason for each in told] == ["CredentialsMissing"]
    assert told[0].message.startswith("spec.output.credentialsSecret names what is not there")
    assert 'secret "mine" not found' in told[0].message


def test_the_operators_own_secret_on_its_way_is_no_trouble(world):
    world.step()
    world.make_job().make_pod().schedule()
    own = 'MountVolume.SetUp failed for volume "job" : secret "hello-1234-grants" not found'
    world.warnings[world.pods[0].uid] = Cause("FailedMount", own)
    assert world.step().announcements == ()
    assert world.status.reason == "ContainerCreating"


def test_a_job_that_can_make_no_pod_waits_with_the_api_servers_words(world):
    world.spec["deadlines"] = {"startSeconds": 20, "queueSeconds": 2000}
    world.step()
    world.make_job()
    world.warnings["job-1"] = Cause("FailedCreate", "exceeded quota: q, requested: cpu=1")
    world.step()
    assert condition(world, "Started").reason == "FailedCreate"
    assert world.wait(1000).step().status.phase is Phase.QUEUED
    world.warnings.clear()
    world.step()
    assert condition(world, "Queued").message == "exceeded quota: q, requested: cpu=1"
    assert world.status.reason == "FailedCreate", "its event is gone after an hour"
    world.make_pod().schedule().start().step()
    assert world.status.phase is Phase.RUNNING


def test_what_is_forbidden_for_now_is_told_and_ended_by_the_queue_deadline_alone(world):
    world.spec["deadlines"] = {"startSeconds": 20, "queueSeconds": 2000}
    quota = Cause("JobForbidden", "exceeded quota: count/jobs.batch=0")
    world.answers = replace(world.answers, hindrance=quota, hindered="EnsureJob")
    world.step()
    assert (world.status.phase, world.status.reason) == (Phase.QUEUED, "JobForbidden")
    assert EnsureJob(number=1, backoff_limit=2) in world.wait(1999).step().effects
    assert world.status.phase is Phase.QUEUED
    world.wait(1).step()
    assert world.status.reason == "QueueDeadlineExceeded"
    assert "exceeded quota" in condition(world, "Failed").message


def test_a_renewal_that_is_refused_never_ends_running_work(world):
    world.run_to_running()
    denied = Cause("SecretForbidden", "admission webhook denied the request")
    world.answers = replace(
        world.answers, grants_good=False, hindrance=denied, hindered="EnsureGrants"
    )
    assert world.wait(7200).step().effects == (EnsureGrants(),)
    assert world.status.phase is Phase.RUNNING


def test_a_bundle_of_certificates_that_is_missing_is_the_platforms_to_bring(world):
    world.step()
    world.make_job().make_pod().schedule()
    missing = 'MountVolume.SetUp failed for volume "ca-bundle" : configmap "company-ca" not found'
    world.warnings[world.pods[0].uid] = Cause("FailedMount", missing)
    told = world.step().announcements
    assert [(each.reason, each.warning) for each in told] == [("CABundleMissing", True)]
    assert 'worker.caBundle names what is not there: configmap "company-ca"' in told[0].message
    assert "have its administrator bring the bundle into this namespace" in told[0].message
