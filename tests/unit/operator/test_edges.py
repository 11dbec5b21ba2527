"""What comes in from Kubernetes, and what goes out to it."""

import pytest
from operator_world import FULL, NEVER

from voicejob_api.voicejob import VoiceJob
from voicejob_operator.runtime.api_server import ApiError
from voicejob_operator.runtime.watchdog import Watchdog
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.store.grants import Granter
from voicejob_operator.voicejobs import document
from voicejob_operator.voicejobs.cluster_events import newest_trouble
from voicejob_operator.voicejobs.effects import Announcement
from voicejob_operator.voicejobs.events import event_manifest
from voicejob_operator.voicejobs.observed import view_job, view_pod
from voicejob_operator.voicejobs.scheduler_message import waits_for_capacity
from voicejob_operator.voicejobs.situation import cause_of_end

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


@pytest.mark.parametrize(
    ("message", "waits"),
    [
        (FULL, True),
        (NEVER, False),
        (
            "0/3 nodes are available: 3 Insufficient cpu. preemption: not eligible due to "
            "preemptionPolicy=Never.",
            True,
        ),
        ('persistentvolumeclaim "x" not found. not found', False),
        ("", True),
    ],
)
def test_the_scheduler_tells_a_full_cluster_from_an_unfit_one(message, waits):
    assert waits_for_capacity(message) is waits


def test_two_voicejobs_of_one_name_share_nothing():
    first, second = voicejob(uid="11111111-a"), voicejob(uid="22222222-b")
    granter = Granter(SETTINGS.store, 3600)
    uris = [granter.issue(each).outputs["audio"].uri for each in (first, second)]
    assert uris[0] != uris[1]


def test_grants_cover_exactly_what_the_job_writes():
    granter = Granter(SETTINGS.store, 3600)
    grants = granter.issue(voicejob(audio={"format": "mp3", "subtitles": ["srt", "vtt"]}))
    assert set(grants.outputs) == {"audio", "srt", "vtt"}
    assert grants.outputs["audio"].uri.endswith("/hello.mp3")
    assert "very-secret" not in grants.model_dump_json()
    own = granter.issue(voicejob(output={"uri": "s3://mine/here/", "credentialsSecret": "mine"}))
    assert own.outputs == {}


def test_a_grant_never_shows_its_url():
    grants = Granter(SETTINGS.store, 3600).issue(voicejob())
    assert "X-Amz-Signature" not in repr(grants)


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
                {"kind": "Job", "uid": "job-1", "controller": True},
            ],
        },
        "spec": {"nodeName": "n", "containers": [{"name": "worker"}]},
        "status": status,
    }


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
    assert view_pod(pod_body()).job == "job-1"


def test_an_evicted_pod_has_ended_with_the_kubelets_reason():
    seen = view_pod(pod_body(phase="Failed", reason="Evicted", message="low on disk"))
    assert seen.ended
    assert seen.exit_code is None
    assert seen.end.message == "low on disk"


def test_a_failed_job_tells_why():
    body = {
        "metadata": {"name": "j", "uid": "u"},
        "spec": {},
        "status": {
            "conditions": [
                {"type": "Failed", "status": "True", "reason": "PodFailurePolicy", "message": "m"}
            ]
        },
    }
    assert view_job(body).failure.reason == "PodFailurePolicy"


def test_a_missing_config_map_is_told_as_a_missing_text():
    message = 'MountVolume.SetUp failed for volume "text" : configmap "book" not found'
    events = [
        {"type": "Normal", "reason": "Scheduled", "lastTimestamp": "2026-11-21T09:00:09Z"},
        {
            "type": "Warning",
            "reason": "FailedMount",
            "message": message,
            "lastTimestamp": "2026-11-21T09:00:05Z",
        },
    ]
    found = newest_trouble(events)
    assert found.reason == "TextMissing"
    assert 'configmap "book" not found' in found.message


def test_an_events_name_is_made_of_what_it_tells():
    told = Announcement("Started", "message", False, "pod-1")
    first, again = event_manifest(told, voicejob()), event_manifest(told, voicejob())
    assert first["metadata"]["name"] == again["metadata"]["name"]
    other = event_manifest(Announcement("Started", "message", False, "pod-2"), voicejob())
    assert other["metadata"]["name"] != first["metadata"]["name"]


def test_an_events_message_fits_the_api_server():
    made = event_manifest(Announcement("Failed", "é" * 2000, True, "p"), voicejob())
    assert len(made["message"].encode()) <= 1024


def test_the_watchdog_finds_a_watch_that_stopped_and_forgives_one_that_caught_up():
    now, cached = [0.0], {"a": "5"}
    dog = Watchdog(None, (), lambda: cached, clock=lambda: now[0])
    dog.compare({"a": "6"})
    now[0] = 100.0
    dog.compare({"a": "7"})
    assert dog.behind_seconds() == 100.0
    cached["a"] = "7"
    dog.compare({"a": "7"})
    assert dog.behind_seconds() == 0.0


def test_the_watchdog_counts_a_strange_ca_or_a_dead_token_and_not_an_api_server_that_is_away():
    now = [0.0]
    dog = Watchdog(None, (), dict, clock=lambda: now[0])
    dog.missed(ApiError(0, "ClientConnectorError", "the API server did not answer"))
    now[0] = 50.0
    assert dog.estranged_seconds() == 0.0
    dog.missed(ApiError(0, "ClientConnectorCertificateError", "the API server did not answer"))
    now[0] = 120.0
    dog.missed(ApiError(401, "Unauthorized", "Unauthorized"))
    assert dog.estranged_seconds() == 70.0
    dog.compare({})
    assert dog.estranged_seconds() == 0.0


def test_the_page_about_the_state_machine_is_current():
    assert document.TARGET.read_text() == document.render()


def test_a_missing_recording_is_told_as_a_missing_reference():
    message = 'MountVolume.SetUp failed for volume "reference" : configmap "voices" not found'
    found = newest_trouble([{"type": "Warning", "reason": "FailedMount", "message": message}])
    assert found.reason == "ReferenceMissing"
    assert "spec.voice.reference" in found.message
