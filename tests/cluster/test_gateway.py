"""Audio through the gateway, as people without any right to the operator get it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account import write_kubeconfig
from kubectl import Kubectl, Manifest, eventually
from through_gateway import GATEWAY, ask, led, opened
from voicejobs import RELEASE_NAMESPACE, SENTENCES, VoiceJobs, manifest

from voicejob_api.capability import HEADER, audio_path, secret_name, voicejob_path


@pytest.fixture
def forwarded() -> Iterator[str]:
    with led("--namespace", RELEASE_NAMESPACE, "port-forward", GATEWAY, ":80") as address:
        yield address


def spoken(voicejobs: VoiceJobs, *names: str) -> list[Manifest]:
    for number, name in enumerate(names):
        voicejobs.apply(name, text=SENTENCES[number], audio={"format": "mp3", "subtitles": ["srt"]})
    for name in names:
        voicejobs.await_phase(name, "Succeeded")
    return [voicejobs.get(name) for name in names]


def grant(kubectl: Kubectl, account: str, *resources: str) -> None:
    """A ServiceAccount that may get these of the API group voicejob.dev in its namespace."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": account},
        "rules": [{"apiGroups": ["voicejob.dev"], "resources": [*resources], "verbs": ["get"]}],
    }
    binding = {
        **role,
        "kind": "RoleBinding",
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": account,
        },
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": kubectl.namespace}],
    }
    del binding["rules"]
    made = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
    kubectl.create(made, *([role, binding] if resources else []))


def test_a_capability_opens_its_voicejobs_audio_through_the_api_server(
    voicejobs: VoiceJobs, tmp_path: Path
) -> None:
    """By somebody who has no right at all but to have been told the capability."""
    kubectl = voicejobs.kubectl
    letter, other = spoken(voicejobs, "letter", "other")
    audio = letter["status"]["audio"]
    key, others = opened(kubectl, letter), opened(kubectl, other)
    grant(kubectl, "stranger")
    stranger = write_kubeconfig(kubectl, "stranger", tmp_path / "stranger")
    with led("--kubeconfig", str(stranger), "proxy", "--port=0") as api:
        base = api + key["proxyPath"]
        path = base + audio_path(kubectl.namespace, "letter")
        mine = {HEADER: key["capability"]}
        whole = ask(path, **mine)
        assert whole[0] == 200, whole
        assert hashlib.sha256(whole[2]).hexdigest() == audio["sha256"]
        assert whole[1]["content-type"] == "audio/mpeg"
        assert whole[1]["etag"] == f'"{audio["sha256"]}"'

        some = ask(path, **mine, Range="bytes=100-", If_Range=whole[1]["etag"])
        assert (some[0], some[2]) == (206, whole[2][100:])
        head = ask(path, "HEAD", **mine)
        assert (head[0], head[1]["content-length"]) == (200, str(audio["sizeBytes"]))
        subtitles = ask(base + audio_path(kubectl.namespace, "letter", "srt"), **mine)
        assert (subtitles[0], subtitles[2][:2]) == (200, b"1\n")
        told = ask(base + voicejob_path(kubectl.namespace, "letter"), **mine)
        assert json.loads(told[2])["status"] == letter["status"]

        foreign = ask(path, **{HEADER: others["capability"]})
        assert (foreign[0], json.loads(foreign[2])["error"]) == (403, "CapabilityRefused")
        assert ask(path)[0] == 401
        for part in ("../../other/x", "../letter.mp3", "%2e%2e"):
            outside = ask(base + audio_path(kubectl.namespace, "letter", part), **mine)
            assert outside[0] == 404, outside
        assert ask(path, "POST", **mine)[0] in (403, 405)
        metrics = path.replace(":http/proxy", ":metrics/proxy")
        assert metrics != path
        assert ask(metrics, **mine)[0] == 403, "the API server lets nobody to the other port"


def test_a_token_opens_what_its_user_may_hear(voicejobs: VoiceJobs, forwarded: str) -> None:
    kubectl = voicejobs.kubectl
    (letter,) = spoken(voicejobs, "letter")
    grant(kubectl, "listener", "voicejobs/audio", "voicejobs")
    grant(kubectl, "viewer", "voicejobs")

    def token(account: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {kubectl('create', 'token', account).strip()}"}

    path = forwarded + audio_path(kubectl.namespace, "letter")
    heard = ask(path, **token("listener"))
    assert heard[0] == 200, heard
    assert hashlib.sha256(heard[2]).hexdigest() == letter["status"]["audio"]["sha256"]

    viewer = token("viewer")
    refused = ask(path, **viewer)
    assert refused[0] == 403
    assert "may not get voicejobs/audio" in json.loads(refused[2])["message"]
    seen = ask(forwarded + voicejob_path(kubectl.namespace, "letter"), **viewer)
    assert json.loads(seen[2])["spec"]["text"] == SENTENCES[0]
    elsewhere = ask(forwarded + audio_path(RELEASE_NAMESPACE, "letter"), **token("listener"))
    assert elsewhere[0] == 403
    assert ask(path, Authorization="Bearer nobodys")[0] == 401
    listed = ask(f"{forwarded}/api/v1/namespaces", **token("listener"))
    assert json.loads(listed[2])["namespaces"] == []


def test_what_lies_on_a_claim_is_told_and_not_opened(
    voicejobs: VoiceJobs, volume: Any, forwarded: str
) -> None:
    kubectl = voicejobs.kubectl
    output = {"persistentVolumeClaim": {"claimName": volume.claim}}
    kubectl.create(manifest("disk", text=SENTENCES[0], output=output))
    voicejobs.await_phase("disk", "Succeeded")
    names = [secret["metadata"]["name"] for secret in kubectl.list("secret")]
    assert not [name for name in names if name.endswith("-audio")]
    grant(kubectl, "listener", "voicejobs/audio")
    token = kubectl("create", "token", "listener").strip()
    path = forwarded + audio_path(kubectl.namespace, "disk")
    refused = ask(path, Authorization=f"Bearer {token}")
    assert refused[0] == 409
    assert "kubectl cp" in json.loads(refused[2])["message"]


def test_a_voicejob_takes_its_capability_with_it(voicejobs: VoiceJobs, forwarded: str) -> None:
    """And the next one of the name is not opened by it."""
    kubectl = voicejobs.kubectl
    (letter,) = spoken(voicejobs, "letter")
    key = {HEADER: opened(kubectl, letter)["capability"]}
    path = forwarded + audio_path(kubectl.namespace, "letter")
    assert ask(path, **key)[0] == 200
    kubectl("delete", "voicejob", "letter")
    metadata = letter["metadata"]
    name = secret_name(metadata["name"], metadata["uid"])
    eventually("the Secret is gone", lambda: kubectl.get("secret", name) is None, 60)
    spoken(voicejobs, "letter")
    assert ask(path, **key)[0] == 403


def test_the_stores_account_of_the_gateway_reads_audio_alone(release: Kubectl) -> None:
    """As the gateway's own pod is placed, with what it holds."""
    script = (
        "import botocore.session as b, os, pathlib;"
        "d = pathlib.Path(os.environ['VOICEJOB_GATEWAY_STORE__CREDENTIALS_DIR']);"
        "c = b.get_session().create_client('s3', region_name='us-east-1',"
        " endpoint_url=os.environ['VOICEJOB_GATEWAY_STORE__ENDPOINT'],"
        " aws_access_key_id=(d / 'access-key-id').read_text(),"
        " aws_secret_access_key=(d / 'secret-access-key').read_text());"
        "t = {'Bucket': 'voicejob', 'Key': 'audio/x/planted'};"
        "calls = [lambda: c.put_object(**t, Body=b'x'), lambda: c.delete_object(**t),"
        " lambda: c.list_objects_v2(Bucket='voicejob'),"
        " lambda: c.get_object(Bucket='voicejob', Key='checkpoints/x')]\n"
        "for call in calls:\n"
        "  try: call(); print('let in')\n"
        "  except c.exceptions.ClientError as e:"
        " print(e.response['ResponseMetadata']['HTTPStatusCode'])\n"
    )
    said = release(
        "exec", "deploy/voicejob-operator-gateway", "--", "/opt/voicejob/bin/python3", "-c", script
    )
    assert said.split() == ["403"] * 4
