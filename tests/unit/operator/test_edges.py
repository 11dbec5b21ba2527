"""What comes in from Kubernetes, and what goes out to it."""

import base64
import json

import pytest
from operator_world import FULL, NEVER
from rendering import EVERYTHING

from voicejob_api.spec import VoiceJobSpec
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.access import StoreAccess
from voicejob_operator.store.grants import Granter
from voicejob_operator.voicejobs import document
from voicejob_operator.voicejobs.cluster_events import named
from voicejob_operator.voicejobs.effects import Announcement
from voicejob_operator.voicejobs.ends import cause_of_end
from voicejob_operator.voicejobs.events import event_manifest
from voicejob_operator.voicejobs.observed import Cause
from voicejob_operator.voicejobs.scheduler_message import can_never_be_placed
from voicejob_operator.voicejobs.views import view_job, view_pod, view_voicejob

SETTINGS = OperatorSettings.model_validate(
    {
        "store": {
            "endpoint": "http://store:7070",
            "access_key_id": "AKIATEST",
            "secret_access_key": "very-secret",
        }
    }
)


def voicejob(name="hello", uid="11111111-aaaa", namespace="default", **spec):
    return VoiceJob.model_validate(
        {
            "metadata": {"name": name, "namespace": namespace, "uid": uid},
            "spec": {"text": "hello", **spec},
        }
    )


@pytest.mark.parametrize("message", [FULL, NEVER, "", "no nodes available to schedule pods"])
def test_only_a_claim_that_is_missing_can_never_be_placed(message):
    assert not can_never_be_placed(message)
    assert can_never_be_placed(f'{message} persistentvolumeclaim "x" not found. not found')


def test_two_voicejobs_of_one_name_share_nothing():
    first, second = voicejob(uid="11111111-a"), voicejob(uid="22222222-b")
    granter = Granter(StoreAccess(SETTINGS.store), 3600, "cluster")
    uris = [granter.issue(each).outputs["audio"].uri for each in (first, second)]
    assert uris[0] != uris[1]


def test_grants_cover_exactly_what_the_job_writes():
    granter = Granter(StoreAccess(SETTINGS.store), 3600, "cluster")
    grants = granter.issue(voicejob(audio={"format": "mp3", "subtitles": ["srt", "words"]}))
    assert set(grants.outputs) == {"audio", "srt", "words"}
    assert grants.outputs["words"].uri.endswith("/hello.words.json")
    assert grants.outputs["audio"].uri.endswith("/hello.mp3")
    assert "very-secret" not in grants.model_dump_json()
    own = granter.issue(voicejob(output={"uri": "s3://mine/here/", "credentialsSecret": "mine"}))
    assert own.outputs == {}


def test_a_grant_never_shows_its_url():
    granter = Granter(StoreAccess(SETTINGS.store), 3600, "cluster")
    for given in (voicejob(), many_items()):
        shown = repr(granter.issue(given))
        assert "X-Amz-Signature" not in shown
        assert "AKIATEST" not in shown


def many_items(**spec):
    return VoiceJob.model_validate(
        {
            "metadata": {"name": "lines", "namespace": "default", "uid": "11111111-aaaa"},
            "spec": {"items": [{"id": "a", "text": "One."}], **spec},
        }
    )


def test_grants_with_a_form_end_while_the_store_still_takes_it():
    """versitygw refuses one that was signed over an hour ago."""
    granter = Granter(StoreAccess(SETTINGS.store), 86_400, "cluster")
    grants = granter.issue(many_items())
    assert (grants.expires_at - grants.issued_at).total_seconds() == 3600
    others = granter.issue(voicejob())
    assert (others.expires_at - others.issued_at).total_seconds() == 86_400


def test_items_have_one_form_for_their_own_prefix_however_many_they_are():
    granter = Granter(StoreAccess(SETTINGS.store), 3600, "cluster")
    grants = granter.issue(many_items())
    assert set(grants.outputs) == {"audio"}
    assert grants.outputs["audio"].uri.endswith("/lines/11111111/lines.index.json")
    form = grants.items
    assert form.uri_prefix == "s3://voicejob/audio/default/lines/11111111/items/"
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert ["starts-with", "$key", form.key_prefix] in policy["conditions"]
    assert {"bucket": "voicejob"} in policy["conditions"]
    assert "very-secret" not in grants.model_dump_json()
    assert granter.issue(voicejob()).items is None
    own = granter.issue(many_items(output={"uri": "s3://mine/x/", "credentialsSecret": "mine"}))
    assert own.items is None


def pod_body(**status):
    return {
        "metadata": {
            "name": "p",
            "uid": "u",
            "namespace": "default",
            "creationTimestamp": "2026-11-21T09:00:00Z",
            "labels": {"voicejob.dev/uid": "v", "voicejob.dev/name": "hello"},
            "ownerReferences": [
                {"kind": "Note", "uid": "other"},
                {"kind": "Job", "name": "j", "uid": "job-1", "controller": True},
            ],
        },
        "spec": {"nodeName": "n", "containers": [{"name": "worker"}]},
        "status": status,
    }


def test_of_a_pod_whose_node_is_gone_only_a_condition_tells_the_end():
    target = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC"}
    worker = {"name": "worker", "state": {"running": {"startedAt": "2026-11-21T09:00:01Z"}}}
    told = {"phase": "Failed", "containerStatuses": [worker]}
    seen = view_pod(pod_body(**told, conditions=[{**target, "message": "node no longer exists"}]))
    assert cause_of_end(seen) == Cause("DeletionByPodGC", "node no longer exists")
    assert not seen.uses_a_retry
    silent = cause_of_end(view_pod(pod_body(**told)))
    assert silent.reason == "WorkerDied"
    assert "None" not in silent.message


def test_an_init_container_that_fails_is_named():
    state = {"terminated": {"exitCode": 3, "reason": "Error"}}
    init = [{"name": "vault", "state": state}]
    cause = cause_of_end(view_pod(pod_body(phase="Failed", initContainerStatuses=init)))
    assert cause == Cause("InitContainerFailed", "Init container vault ended with exit code 3")


def test_a_node_without_the_schedulers_word_is_a_node_all_the_same():
    assert view_pod(pod_body(phase="Pending")).scheduled_at is not None
    waits = pod_body(phase="Pending")
    del waits["spec"]["nodeName"]
    assert view_pod(waits).scheduled_at is None


def test_a_termination_message_that_is_no_report_is_passed_over():
    state = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": "{ broken"}}
    seen = view_pod(pod_body(containerStatuses=[{"name": "worker", "state": state}]))
    assert seen.ended
    assert seen.report is None
    assert seen.end.reason == "OOMKilled"


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        ({"limits": {"memory": "120Mi"}}, ("limit of 120Mi", "spec.resources.limits.memory")),
        ({"limits": {"nvidia.com/gpu": "1"}}, ("spec.resources.requests.memory",)),
        ({}, ("spec.resources.requests.memory",)),
    ],
)
def test_a_worker_killed_for_its_memory_is_told_with_what_to_raise(resources, told):
    state = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    body = pod_body(containerStatuses=[{"name": "worker", "state": state}])
    body["spec"]["containers"][0]["resources"] = resources
    cause = cause_of_end(view_pod(body))
    assert cause.reason == "OOMKilled"
    assert all(words in cause.message for words in told)


def test_a_pod_knows_the_job_that_made_it():
    assert view_pod(pod_body()).owner == "job-1"


def test_a_pod_that_only_its_labels_call_ours_is_nobodys():
    body = pod_body()
    body["metadata"]["ownerReferences"] = [
        {"kind": "ReplicaSet", "name": "r", "uid": "job-1", "controller": True}
    ]
    assert view_pod(body).owner == ""


def test_containers_that_keep_a_pod_after_its_worker_are_known_by_name():
    ended = {"name": "worker", "state": {"terminated": {"exitCode": 0}}}
    proxy = {"name": "istio-proxy", "state": {"running": {}}}
    seen = view_pod(pod_body(phase="Running", containerStatuses=[ended, proxy]))
    assert (seen.ended, seen.kept_alive_by) == (True, ("istio-proxy",))
    over = view_pod(pod_body(phase="Failed", containerStatuses=[ended, proxy]))
    assert over.kept_alive_by == ()


def voicejob_body(status, **spec):
    return {
        "metadata": {
            "name": "hello",
            "namespace": "default",
            "uid": "u",
            "generation": 2,
            "resourceVersion": "7",
            "managedFields": ["x" * 1000],
        },
        "spec": {"text": "long " * 1000, **spec},
        "status": status,
    }


def test_a_finished_voicejob_is_kept_in_a_few_hundred_bytes():
    status = {
        "phase": "Succeeded",
        "observedGeneration": 2,
        "completionTime": "2026-11-21T09:00:00Z",
    }
    view = view_voicejob(voicejob_body(status | {"reason": "Completed"}, ttlSecondsAfterFinished=9))
    assert len(view.document) < 400
    assert view.voicejob().spec.ttl_seconds_after_finished == 9
    edited = view_voicejob(voicejob_body(status | {"observedGeneration": 1, "reason": "Completed"}))
    assert edited.voicejob().status.reason == "Completed"


def test_one_that_waits_is_kept_small_and_read_as_it_was():
    words = "0/6 nodes are available: 1 Insufficient cpu, 5 node(s) didn't match. " * 4
    condition = {"type": "Queued", "status": "True", "reason": "Unschedulable", "message": words}
    condition["lastTransitionTime"] = "2026-11-21T09:00:00Z"
    status = {
        "phase": "Queued",
        "jobs": [{"number": 1, "name": "j"}],
        "conditions": [condition] * 3,
    }
    view = view_voicejob(voicejob_body(status))
    assert len(view.document) < len(words) * 2
    read = view.voicejob()
    assert [each.message for each in read.status.conditions] == [words] * 3
    assert view.conditions() == read.status.conditions


def test_the_text_is_kept_until_the_job_file_has_it():
    assert view_voicejob(voicejob_body({})).voicejob().spec.text.startswith("long long")
    named_job = view_voicejob(voicejob_body({"jobs": [{"number": 1, "name": "j"}]}))
    assert (named_job.has_text, len(named_job.document) < 400) == (False, True)
    assert named_job.voicejob().spec.text == "…"


def test_several_gpus_that_a_definition_before_let_through_are_read_as_one():
    """The spec cannot be changed: refused, a VoiceJob that runs would be abandoned."""
    body = voicejob_body({}, gpu={"count": 4, "resourceName": "nvidia.com/gpu"}, device="cuda:3")
    spec = view_voicejob(body).voicejob().spec
    assert (spec.gpu.count, spec.gpu.resource_name, spec.device) == (1, "nvidia.com/gpu", "cuda")
    assert body["spec"]["gpu"]["count"] == 4


def test_an_evicted_pod_has_ended_with_the_kubelets_reason():
    seen = view_pod(pod_body(phase="Failed", reason="Evicted", message="low on disk"))
    assert seen.ended
    assert seen.exit_code is None
    assert seen.end.message == "low on disk"


def test_a_failed_job_tells_why():
    body = {
        "metadata": {"name": "j", "uid": "u", "namespace": "default"},
        "spec": {},
        "status": {
            "conditions": [
                {"type": "Failed", "status": "True", "reason": "PodFailurePolicy", "message": "m"}
            ]
        },
    }
    assert view_job(body).failure.reason == "PodFailurePolicy"


@pytest.mark.parametrize(
    ("volume", "reason", "field"),
    [
        ("text", "TextMissing", "spec.textFrom"),
        ("reference", "ReferenceMissing", "spec.voice.reference"),
        ("cover", "CoverMissing", "spec.audio.cover"),
    ],
)
def test_what_a_volume_misses_is_told_with_the_field_that_names_it(volume, reason, field):
    message = f'MountVolume.SetUp failed for volume "{volume}" : configmap "book" not found'
    found = named(Cause("FailedMount", message), VoiceJobSpec.model_validate(EVERYTHING))
    assert found.reason == reason
    assert found.message == f'{field} names what is not there: configmap "book" not found'


def test_an_events_name_is_made_of_what_it_tells():
    told = Announcement("Started", "message", False, "pod-1")
    first, again = event_manifest(told, voicejob()), event_manifest(told, voicejob())
    assert first["metadata"]["name"] == again["metadata"]["name"]
    other = event_manifest(Announcement("Started", "message", False, "pod-2"), voicejob())
    assert other["metadata"]["name"] != first["metadata"]["name"]


def test_an_events_message_fits_the_api_server():
    made = event_manifest(Announcement("Failed", "é" * 2000, True, "p"), voicejob())
    assert len(made["message"].encode()) <= 1024


def test_the_page_about_the_state_machine_is_current():
    assert document.TARGET.read_text() == document.render()
