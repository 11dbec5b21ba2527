"""What people in a namespace, and the workers in their pods, can reach and cannot."""

import hashlib
import json

import pytest
from kubectl import Refused
from voicejobs import long_text, manifest

INSIDE = """
import json, os, pathlib, urllib.error, urllib.request

def status(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code

told = {
    "token": pathlib.Path("/var/run/secrets/kubernetes.io").exists(),
    "secrets in variables": [name for name in os.environ if "SECRET" in name or "TOKEN" in name],
    "listing": status("%(store)s/voicejob?list-type=2"),
    "another's audio": status("%(store)s/voicejob/%(key)s"),
}
print(json.dumps(told))
"""


def test_a_worker_sees_no_token_and_no_other_jobs_object(voicejobs, other_voicejobs, store_address):
    """The metadata address is the network's to close: test_network_policies.py."""
    other_voicejobs.apply("theirs", text="A secret of theirs.")
    audio = other_voicejobs.await_phase("theirs", "Succeeded")["audio"]
    key = audio["uri"].removeprefix("s3://voicejob/")
    voicejobs.apply("mine", text=long_text(400))
    voicejobs.await_phase("mine", "Running")
    (pod,) = [pod["metadata"]["name"] for pod in voicejobs.pods("mine")]
    code = INSIDE % {"store": store_address, "key": key}
    python = "/opt/voicejob/bin/python3"
    told = json.loads(voicejobs.kubectl("exec", pod, "--", python, "-c", code))
    assert told == {
        "token": False,
        "secrets in variables": [],
        "listing": 403,
        "another's audio": 403,
    }
    voicejobs.kubectl("delete", "voicejob", "mine", "--wait=false")


WRITING_OVER = """
import base64, http.client, json, urllib.parse

grants = json.load(open("%(grants)s"))
signer = grants["itemSigner"]

def ask(file, permit=signer["permit"]):
    where = urllib.parse.urlsplit(signer["url"])
    connection = http.client.HTTPConnection(where.netloc, timeout=10)
    headers = {"Authorization": "Bearer " + permit}
    connection.request("POST", where.path, json.dumps({"file": file}), headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())

def put(path, query, netloc):
    connection = http.client.HTTPConnection(netloc, timeout=10)
    connection.request("PUT", path + "?" + query, b"forged")
    return connection.getresponse().status

payload, _, signature = signer["permit"].partition(".")
told = json.loads(base64.urlsafe_b64decode(payload))
wide = base64.urlsafe_b64encode(json.dumps({**told, "prefix": "audio/"}).encode()).decode()
status, granted = ask("own.wav")
address = urllib.parse.urlsplit(granted["url"])
folder = address.path.rpartition("/")[0]
out = "/".join([".."] * (told["prefix"].count("/")))
escaped = out.replace("/", "%%2F") + ".wav"
names = [out + "/%(key)s", "%(key)s", "..", "a/" + out + "/%(key)s", escaped]
paths = [
    folder + "/" + out + "/%(key)s",
    folder + "/" + out.replace(".", "%%2e") + "/%(key)s",
    folder + "/" + (out + "/%(key)s").replace("/", "%%2F"),
    folder + "/own.wav/../" + out + "/%(key)s",
    "/voicejob/%(key)s",
]
print(json.dumps({
    "form": grants.get("items"),
    "own": [status, put(address.path, address.query, address.netloc)],
    "names": [ask(name)[0] for name in names],
    "permit": ask("own.wav", wide + "." + signature)[0],
    "paths": [put(path, address.query, address.netloc) for path in paths],
}))
"""


def test_a_worker_of_items_writes_over_nobody_elses_audio(voicejobs, other_voicejobs):
    """The store resolves `..` in keys; what the worker is given does not let it."""
    other_voicejobs.apply("theirs", text="A sentence of theirs.")
    audio = other_voicejobs.await_phase("theirs", "Succeeded")["audio"]
    items = [{"id": f"line-{number}", "text": long_text(40)} for number in range(40)]
    voicejobs.apply("mine", items=items)
    voicejobs.await_phase("mine", "Running")
    (pod,) = [pod["metadata"]["name"] for pod in voicejobs.pods("mine")]
    key = audio["uri"].removeprefix("s3://voicejob/")
    code = WRITING_OVER % {"grants": "/var/run/voicejob/job/grants.json", "key": key}
    python = "/opt/voicejob/bin/python3"
    told = json.loads(voicejobs.kubectl("exec", pod, "--", python, "-c", code))
    assert told == {
        "form": None,
        "own": [200, 200],
        "names": [400] * 5,
        "permit": 401,
        "paths": [403] * 5,
    }
    assert hashlib.sha256(other_voicejobs.audio("theirs")).hexdigest() == audio["sha256"]
    voicejobs.kubectl("delete", "voicejob", "mine", "--wait=false")


RULES = [
    {"apiGroups": ["voicejob.dev"], "resources": ["voicejobs"], "verbs": ["create", "get"]},
    {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["mine"], "verbs": ["get"]},
]


@pytest.fixture
def tenant(kubectl):
    """A ServiceAccount that may make VoiceJobs and read one Secret; how kubectl speaks as it."""
    kubectl("create", "serviceaccount", "tenant")
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "tenant"}}
    subject = {"kind": "ServiceAccount", "name": "tenant", "namespace": kubectl.namespace}
    named = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "tenant"}
    kubectl.create(
        {**role, "kind": "Role", "rules": RULES},
        {**role, "kind": "RoleBinding", "roleRef": named, "subjects": [subject]},
    )
    return f"--as=system:serviceaccount:{kubectl.namespace}:tenant"


@pytest.mark.parametrize(
    ("field", "spec"),
    [
        ("output", {"output": {"uri": "s3://theirs/", "credentialsSecret": "{}"}}),
        ("model", {"model": {"uri": "s3://theirs/x.onnx", "credentialsSecret": "{}"}}),
    ],
)
def test_who_may_not_read_a_secret_cannot_use_it_by_a_voicejob(kubectl, tenant, field, spec):
    def apply(secret):
        body = manifest(f"with-{secret}", text="hi", suspend=True, **spec)
        text = json.dumps(body).replace("{}", secret)
        return kubectl(tenant, "create", "-f", "-", stdin=text)

    with pytest.raises(Refused, match=f"spec.{field}.credentialsSecret names a Secret that you"):
        apply("theirs")
    assert "created" in apply("mine")
