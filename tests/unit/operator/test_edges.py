"""What comes in from Kubernetes, and what goes out to it."""

import base64
import json

import pytest
from operator_world import FULL, NEVER

from voicejob_api.catalogue import Catalogue
from voicejob_api.grants import Grants
from voicejob_api.status import VoiceJobStatus
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests import objects as manifests
from voicejob_operator.runtime.api_server import ApiError
from voicejob_operator.runtime.watchdog import Watchdog
from voicejob_operator.settings import ModelCacheSettings, OperatorSettings
from voicejob_operator.store.access import StoreAccess
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


def pod_spec(**spec):
    return manifests.job_manifest(voicejob(**spec), SETTINGS)["spec"]["template"]["spec"]


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


def test_a_worker_pod_has_no_rights_and_no_token():
    spec = pod_spec()
    container = spec["containers"][0]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_a_gpu_becomes_a_limit_and_a_toleration():
    spec = pod_spec(gpu={"count": 2})
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "2"
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in spec[
        "tolerations"
    ]


def test_the_pod_template_of_the_user_is_taken_over():
    template = {
        "metadata": {"labels": {"team": "a", "voicejob.dev/uid": "forged"}},
        "spec": {
            "nodeSelector": {"zone": "b"},
            "tolerations": [{"key": "x", "operator": "Exists"}],
            "runtimeClassName": "nvidia",
        },
    }
    made = manifests.job_manifest(voicejob(podTemplate=template), SETTINGS)["spec"]["template"]
    assert made["metadata"]["labels"]["team"] == "a"
    assert made["metadata"]["labels"]["voicejob.dev/uid"] == "11111111-aaaa"
    assert made["spec"]["nodeSelector"] == {"zone": "b"}
    assert made["spec"]["tolerations"] == [{"key": "x", "operator": "Exists"}]
    assert made["spec"]["runtimeClassName"] == "nvidia"


@pytest.mark.parametrize("name", ["a", "a.b.c", "n" * 63, "x" * 51 + ".-y"])
def test_the_jobs_name_fits_a_pods_host_name(name):
    child = manifests.child_name(voicejob(name))
    assert len(child) + len("-0-abcde") <= 63
    assert "." not in child
    assert "--" not in child


def test_two_voicejobs_of_one_name_share_nothing():
    first, second = voicejob(uid="11111111-a"), voicejob(uid="22222222-b")
    assert manifests.child_name(first) != manifests.child_name(second)
    granter = Granter(StoreAccess(SETTINGS.store), 3600, "cluster")
    uris = [granter.issue(each).outputs["audio"].uri for each in (first, second)]
    assert uris[0] != uris[1]


def test_grants_cover_exactly_what_the_job_writes():
    granter = Granter(StoreAccess(SETTINGS.store), 3600, "cluster")
    grants = granter.issue(voicejob(audio={"format": "mp3", "subtitles": ["srt", "vtt"]}))
    assert set(grants.outputs) == {"audio", "srt", "vtt"}
    assert grants.outputs["audio"].uri.endswith("/hello.mp3")
    assert "very-secret" not in grants.model_dump_json()
    own = granter.issue(voicejob(output={"uri": "s3://mine/here/", "credentialsSecret": "mine"}))
    assert own.outputs == {}


def test_a_grant_never_shows_its_url():
    grants = Granter(StoreAccess(SETTINGS.store), 3600, "cluster").issue(voicejob())
    assert "X-Amz-Signature" not in repr(grants)


def test_the_secret_holds_the_job_file_and_the_grants():
    grants = Granter(StoreAccess(SETTINGS.store), 3600, "cluster").issue(voicejob())
    mine = Catalogue.model_validate({"entries": [{"engine": "piper", "language": "fr"}]})
    data = manifests.secret_manifest(voicejob(), grants, mine)["data"]
    job = json.loads(base64.b64decode(data["job.json"]))
    assert VoiceJob.model_validate(job).spec.text == "hello"
    assert Grants.model_validate_json(base64.b64decode(data["grants.json"])) == grants
    assert Catalogue.model_validate_json(base64.b64decode(data["catalogue.json"])) == mine


def test_users_credentials_reach_the_worker_by_reference_only():
    spec = pod_spec(output={"uri": "s3://mine/here/", "credentialsSecret": "mine"})
    found = {item["name"]: item for item in spec["containers"][0]["env"]}
    assert found["AWS_ACCESS_KEY_ID"]["valueFrom"]["secretKeyRef"] == {
        "name": "mine",
        "key": "AWS_ACCESS_KEY_ID",
        "optional": False,
    }
    assert found["AWS_ENDPOINT_URL"]["valueFrom"]["secretKeyRef"]["optional"] is True


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


def test_a_job_that_is_made_anew_has_only_the_retries_that_are_left():
    def limit(used):
        made = voicejob(retries=3).model_copy(update={"status": VoiceJobStatus(retries_used=used)})
        return manifests.job_manifest(made, SETTINGS)["spec"]["backoffLimit"]

    assert [limit(used) for used in (0, 2, 3, 4)] == [3, 1, 0, 0]


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


CLONED = {
    "engine": "f5-tts",
    "model": {"uri": "pvc://models/f5"},
    "voice": {"reference": {"uri": "pvc://voices/ana.wav", "transcript": "Bom dia."}},
}


def volume(spec, name):
    return next(volume for volume in spec["volumes"] if volume["name"] == name)


def test_an_engine_with_torch_gets_the_gpu_flavour_and_its_resources():
    container = pod_spec(**CLONED)["containers"][0]
    assert container["image"] == SETTINGS.worker.gpu_image
    assert container["resources"]["limits"]["memory"] == "8Gi"
    assert pod_spec()["containers"][0]["image"] == SETTINGS.worker.image


def test_model_and_voice_are_mounted_read_only_from_their_claims():
    spec = pod_spec(**CLONED, quality={"transcribe": True, "recogniser": {"uri": "pvc://w/x"}})
    mounts = {mount["name"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    for name, claim in (("model", "models"), ("reference", "voices"), ("recogniser", "w")):
        assert volume(spec, name)["persistentVolumeClaim"]["claimName"] == claim
        assert mounts[name]["readOnly"] is True


def test_a_recording_in_a_config_map_is_mounted_as_one_file():
    ref = {"configMapKeyRef": {"name": "voices", "key": "ana.wav"}, "transcript": "Bom dia."}
    source = volume(pod_spec(**{**CLONED, "voice": {"reference": ref}}), "reference")
    assert source["configMap"]["items"] == [{"key": "ana.wav", "path": "reference"}]


def test_a_missing_recording_is_told_as_a_missing_reference():
    message = 'MountVolume.SetUp failed for volume "reference" : configmap "voices" not found'
    found = newest_trouble([{"type": "Warning", "reason": "FailedMount", "message": message}])
    assert found.reason == "ReferenceMissing"
    assert "spec.voice.reference" in found.message


CONVERTED = {"voice": {"conversion": {"modelUri": "pvc://rvc/ana.pth"}}}


def environment(spec):
    return {item["name"]: item for item in spec["containers"][0]["env"]}


def test_a_conversion_takes_the_gpu_flavour_whatever_speaks():
    assert pod_spec(**CONVERTED)["containers"][0]["image"] == SETTINGS.worker.gpu_image


@pytest.mark.parametrize(
    "addresses",
    [
        {"modelUri": "pvc://rvc/ana.pth"},
        {"modelUri": "pvc://rvc/ana.pth", "indexUri": "hf://me/voices/ana.index"},
        {"modelUri": "hf://me/voices/ana.pth", "indexUri": "pvc://rvc/ana.index"},
    ],
)
def test_the_claim_of_a_conversion_is_mounted_read_only(addresses):
    spec = pod_spec(voice={"conversion": addresses})
    mounts = {mount["name"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    assert volume(spec, "conversion")["persistentVolumeClaim"]["claimName"] == "rvc"
    assert mounts["conversion"]["readOnly"] is True


def test_a_model_from_an_address_is_not_mounted_but_fetched():
    spec = pod_spec(model={"uri": "https://example.com/faber.onnx"})
    names = {volume["name"] for volume in spec["volumes"]}
    assert "model" not in names
    assert volume(spec, "models")["emptyDir"] == {"sizeLimit": "20Gi"}


def test_workers_share_a_claim_for_models_where_there_is_one():
    shared = SETTINGS.worker.model_copy(
        update={"model_cache": ModelCacheSettings(claim_name="models")}
    )
    settings = SETTINGS.model_copy(update={"worker": shared})
    made = manifests.job_manifest(voicejob(), settings)["spec"]["template"]["spec"]
    assert volume(made, "models")["persistentVolumeClaim"] == {"claimName": "models"}


def test_credentials_of_a_model_reach_the_worker_by_reference():
    hub = environment(pod_spec(model={"uri": "hf://me/mine/v.onnx", "credentialsSecret": "hub"}))
    assert hub["HF_TOKEN"]["valueFrom"]["secretKeyRef"] == {
        "name": "hub",
        "key": "HF_TOKEN",
        "optional": False,
    }
    bucket = environment(pod_spec(model={"uri": "s3://bbb/v.onnx", "credentialsSecret": "s"}))
    assert bucket["VOICEJOB_MODEL_AWS_ACCESS_KEY_ID"]["valueFrom"]["secretKeyRef"]["name"] == "s"
    assert "HF_TOKEN" not in bucket


def test_what_is_set_for_workers_reaches_every_worker():
    told = {"accepted_licences": ("CPML",), "checkpoint_seconds": 7}
    worker = SETTINGS.worker.model_copy(update=told)
    settings = SETTINGS.model_copy(update={"worker": worker})
    made = manifests.job_manifest(voicejob(), settings)["spec"]["template"]["spec"]
    assert environment(made)["VOICEJOB_ACCEPTED_LICENCES"]["value"] == '["CPML"]'
    assert environment(made)["VOICEJOB_CHECKPOINT_SECONDS"]["value"] == "7"
    assert "VOICEJOB_ACCEPTED_LICENCES" not in environment(pod_spec())
