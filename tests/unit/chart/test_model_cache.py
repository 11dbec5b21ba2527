"""Models ahead of time: a Job for each claim, a DaemonSet over a folder of each node."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chart_manifests import NAMESPACE, RELEASE, Manifest, Manifests, Refusal, Render
from making.model_server import File, ModelServer

from voicejob_api import names, pod
from voicejob_api.exit_codes import STOP_JOB_EXIT_CODES, UNCOUNTED_EXIT_CODES
from voicejob_operator.settings import OperatorSettings

MODELS = [
    {"engine": "piper", "language": "pt-BR"},
    {"uri": "https://models.example.com/m.pth", "engine": "rvc", "sha256": "0" * 64},
]
CLAIM = {"claimName": "models", "namespaces": ["a", "b"], "prefetch": {"models": MODELS}}
PATH = "/var/lib/voicejob/models"
PER_NODE = {"perNode": {"path": PATH}, "namespaces": ["a"]}


def cached(cache: Manifest, **worker: Any) -> Manifest:
    return {"worker": {**worker, "modelCache": cache}}


def with_models(cache: Manifest) -> Manifest:
    return {**cache, "prefetch": {"models": MODELS}}


def pods(manifests: Manifests) -> list[Manifest]:
    """Templates of the pods that fetch models."""
    return [
        each["spec"]["template"] for kind in ("Job", "DaemonSet") for each in manifests.of(kind)
    ]


def fetching(template: Manifest) -> Manifest:
    """The container that fetches."""
    spec = template["spec"]
    (found,) = (
        each
        for each in (*spec.get("initContainers", ()), *spec["containers"])
        if each["name"] == "prefetch"
    )
    assert isinstance(found, dict)
    return found


def test_nothing_is_made_where_nobody_asks(render: Render) -> None:
    manifests = render({"watchNamespaces": ["a"], **cached({"claimName": "models"})})
    assert not manifests.kinds() & {"Job", "DaemonSet", "PersistentVolume", "ConfigMap"}


class TestJobs:
    def test_are_one_in_each_namespace_into_its_claim(self, render: Render) -> None:
        jobs = render(cached(CLAIM)).of("Job")
        assert [each["metadata"]["namespace"] for each in jobs] == ["a", "b"]
        for job in jobs:
            spec = job["spec"]["template"]["spec"]
            (models,) = (each for each in spec["volumes"] if each["name"] == "models")
            assert models["persistentVolumeClaim"] == {"claimName": "models"}
            mounts = {
                m["name"]: m["mountPath"] for m in fetching(job["spec"]["template"])["volumeMounts"]
            }
            assert mounts["models"] == str(pod.MODEL_CACHE_DIR)

    def test_are_of_the_watched_namespaces_where_none_are_named(self, render: Render) -> None:
        values = {"watchNamespaces": ["c"], **cached({**CLAIM, "namespaces": []})}
        assert [each["metadata"]["namespace"] for each in render(values).of("Job")] == ["c"]

    def test_end_all_the_same(self, render: Render) -> None:
        spec = render(cached(CLAIM)).of("Job")[0]["spec"]
        assert (spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (6, 21600)
        assert spec["template"]["spec"]["restartPolicy"] == "Never"
        assert "ttlSecondsAfterFinished" not in spec, "Argo CD and Flux would make it anew"
        fail, drained, stopped = spec["podFailurePolicy"]["rules"]
        assert fail["action"] == "FailJob"
        assert fail["onExitCodes"]["values"] == sorted(map(int, STOP_JOB_EXIT_CODES))
        assert drained["onPodConditions"][0]["type"] == "DisruptionTarget"
        assert stopped["onExitCodes"]["values"] == list(map(int, UNCOUNTED_EXIT_CODES))

    def test_may_be_removed_by_themselves(self, render: Render) -> None:
        prefetch = {"models": MODELS, "ttlSecondsAfterFinished": 0}
        spec = render(cached({**CLAIM, "prefetch": prefetch})).of("Job")[0]["spec"]
        assert spec["ttlSecondsAfterFinished"] == 0

    def test_are_others_where_what_they_do_is_another(self, render: Render) -> None:
        """A Job's template cannot be changed: an upgrade would fail."""

        def name(cache: Manifest, **worker: Any) -> str:
            found: str = render(cached(cache, **worker)).of("Job")[0]["metadata"]["name"]
            return found

        first = name(CLAIM)
        assert first == name({**CLAIM, "namespaces": ["a"]})
        assert first == name({**CLAIM, "prefetch": {"models": MODELS, "backoffLimit": 3}})
        others = [
            name({**CLAIM, "prefetch": {"models": MODELS[:1]}}),
            name({**CLAIM, "claimName": "others"}),
            name(CLAIM, image={"tag": "7"}),
            name(CLAIM, labels={"cost-centre": "42"}),
            name(CLAIM, env=[{"name": "HF_ENDPOINT", "value": "https://hub.example.com"}]),
            name(CLAIM, catalogue=[{"engine": "piper", "uri": "https://x.example.com/x.onnx"}]),
        ]
        assert len({first, *others}) == 7

    def test_have_names_that_their_pods_can_have_too(self, render: Render) -> None:
        manifests = render(cached(CLAIM), "r" * 53)
        assert all(len(each["metadata"]["name"]) <= 63 for each in manifests.of("Job"))


class TestPods:
    @pytest.fixture(params=["claim", "per node"])
    def cache(self, request: pytest.FixtureRequest) -> Manifest:
        return CLAIM if request.param == "claim" else with_models(PER_NODE)

    def test_run_without_any_privilege_and_token(self, render: Render, cache: Manifest) -> None:
        for template in pods(render(cached(cache))):
            spec = template["spec"]
            assert spec["automountServiceAccountToken"] is False
            assert spec["securityContext"]["runAsNonRoot"] is True
            assert spec["securityContext"]["fsGroup"] == pod.UID
            assert not any("hostPath" in volume for volume in spec["volumes"])
            for container in (*spec.get("initContainers", ()), *spec["containers"]):
                assert container["securityContext"] == {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                }
                assert {"requests", "limits"} <= container["resources"].keys()

    def test_are_placed_and_told_as_workers_are(self, render: Render, cache: Manifest) -> None:
        terms = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "x", "operator": "Exists"}]}]}
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
        worker: Manifest = {
            "nodeSelector": {"pool": "speech"},
            "tolerations": [{"key": "spot", "operator": "Exists"}],
            "affinity": {**affinity, "podAntiAffinity": {}},
            "runtimeClassName": "gvisor",
            "annotations": {"sidecar.istio.io/inject": "false"},
            "imagePullSecrets": ["registry"],
            "acceptedLicences": ["CPML"],
            "env": [
                {"name": "HTTPS_PROXY", "value": "http://proxy:3128"},
                {"name": "SSL_CERT_FILE", "value": "/mine"},
            ],
            "caBundle": {"configMap": "company-ca"},
        }
        manifests = render({"imagePullSecrets": ["registry"], **cached(cache, **worker)})
        for template in pods(manifests):
            spec = template["spec"]
            assert template["metadata"]["annotations"] == worker["annotations"]
            assert spec["nodeSelector"].items() >= worker["nodeSelector"].items()
            assert worker["tolerations"][0] in spec["tolerations"]
            assert spec["affinity"] == affinity
            assert spec["runtimeClassName"] == "gvisor"
            assert spec["imagePullSecrets"] == [{"name": "registry"}]
            told = fetching(template)["env"]
            environment = {each["name"]: each.get("value") for each in told}
            assert len(environment) == len(told), "a name stands there once"
            assert environment["HTTPS_PROXY"] == "http://proxy:3128"
            assert environment["VOICEJOB_ACCEPTED_LICENCES"] == '["CPML"]'
            assert environment["AWS_CA_BUNDLE"] == str(pod.CA_FILE)
            assert environment.keys() >= set(pod.CA_VARIABLES)
            assert environment["SSL_CERT_FILE"] == "/mine"
            mounts = [each["mountPath"] for each in fetching(template)["volumeMounts"]]
            assert str(pod.CA_FILE.parent) in mounts

    def test_get_credentials_by_the_names_that_workers_know(
        self, render: Render, cache: Manifest
    ) -> None:
        prefetch = {**cache["prefetch"], "credentialsSecret": "hub"}
        for template in pods(render(cached({**cache, "prefetch": prefetch}))):
            found = {
                each["name"]: each["valueFrom"]["secretKeyRef"]
                for each in fetching(template)["env"]
                if "valueFrom" in each
            }
            known = (*pod.CREDENTIAL_VARIABLES, *pod.OPTIONAL_CREDENTIAL_VARIABLES)
            assert found.keys() == {pod.TOKEN_VARIABLE, *known}
            for name, reference in found.items():
                assert reference == {"name": "hub", "key": name, "optional": True}

    def test_are_no_workers(self, render: Render, cache: Manifest) -> None:
        """The operator would ask them for progress, and spread constraints count them."""
        for template in pods(render(cached(cache, labels={"cost-centre": "42"}))):
            labels = template["metadata"]["labels"]
            assert labels["cost-centre"] == "42"
            assert labels[names.LABEL_APP] != names.WORKER_APP

    def test_may_connect_where_workers_may_but_to_the_store(
        self, render: Render, cache: Manifest
    ) -> None:
        rule = {"to": [{"ipBlock": {"cidr": "10.5.0.0/24"}}]}
        manifests = render(
            {
                "networkPolicy": {
                    "enabled": True,
                    "workerNamespaces": ["a", "b"],
                    "workerEgress": [rule],
                },
                **cached(cache, allowedPrivateHosts=["10.1.0.0/16"]),
            }
        )
        policies = {
            (each["metadata"]["name"], each["metadata"]["namespace"]): each["spec"]
            for each in manifests.of("NetworkPolicy")
        }
        worker = policies[f"{RELEASE}-worker", "a"]["egress"]
        pods = [each for each in worker if "podSelector" in each.get("to", [{}])[0]]
        assert len(pods) == 2  # the store and its signer
        for kind in ("Job", "DaemonSet"):
            for each in manifests.of(kind):
                policy = policies[f"{RELEASE}-prefetch", each["metadata"]["namespace"]]
                labels = each["spec"]["template"]["metadata"]["labels"]
                assert policy["podSelector"]["matchLabels"].items() <= labels.items()
                assert policy["egress"] == [rule for rule in worker if rule not in pods]
                assert policy["policyTypes"] == ["Ingress", "Egress"]
                assert "ingress" not in policy


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def test_the_worker_fetches_what_is_rendered(
    render: Render, server: ModelServer, tmp_path: Path
) -> None:
    """Its very arguments and files; the pod's folders lie below another one."""
    server.files["/de.onnx"] = server.files["/de.onnx.json"] = File(b"{}")
    server.files["/m.pth"] = File(b"model")
    house = {"engine": "piper", "language": "de", "uri": f"{server.address}/de.onnx"}
    models = [
        {"engine": "piper", "language": "de-DE"},
        {"uri": f"{server.address}/m.pth", "engine": "rvc"},
    ]
    manifests = render(
        cached({**CLAIM, "prefetch": {"models": models}}, catalogue=[{**house, "sizeBytes": 2}])
    )
    template = pods(manifests)[0]
    container, spec = fetching(template), template["spec"]
    (listed,) = (each["configMap"]["name"] for each in spec["volumes"] if each["name"] == "list")
    held = next(each for each in manifests.of("ConfigMap") if each["metadata"]["name"] == listed)
    assert held["immutable"] is True
    mounted = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    for name, content in held["data"].items():
        (tmp_path / name).write_text(content)
    places = {mounted["list"]: tmp_path, mounted["models"]: tmp_path / "models"}
    arguments = list(container["args"])
    for there, here in places.items():
        arguments = [each.replace(there, str(here)) for each in arguments]
    assert container["command"] == ["voicejob-worker"]
    done = subprocess.run(
        [sys.executable, "-m", "voicejob_worker", *arguments],
        env={
            **{each["name"]: each["value"] for each in container["env"]},
            "PATH": os.environ["PATH"],
            "PYTHONPATH": ":".join(sys.path),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kept = {path.name for path in (tmp_path / "models").rglob("*") if path.is_file()}
    assert {"de.onnx", "de.onnx.json", "m.pth"} <= kept


class TestPerNode:
    def claim(self, manifests: Manifests, monkeypatch: pytest.MonkeyPatch) -> str:
        """The one that the operator gives to workers."""
        for name, value in manifests.environment().items():
            monkeypatch.setenv(name, value if isinstance(value, str) else "from a Secret")
        cache = OperatorSettings().worker.model_cache
        assert not cache.keeps_voices
        return cache.claim_name

    def test_is_a_local_volume_and_a_claim_for_each_namespace(
        self, render: Render, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = {**with_models(PER_NODE), "size": "300Gi"}
        manifests = render(cached(cache))
        claims = [
            each for each in manifests.of("PersistentVolumeClaim") if each["spec"].get("volumeName")
        ]
        name = self.claim(manifests, monkeypatch)
        assert {each["metadata"]["name"] for each in claims} == {name}
        assert [each["metadata"]["namespace"] for each in claims] == ["a", NAMESPACE]
        volumes = {
            each["metadata"]["name"]: each["spec"] for each in manifests.of("PersistentVolume")
        }
        assert len(volumes) == 2
        for claim in claims:
            volume = volumes[claim["spec"]["volumeName"]]
            assert volume["claimRef"]["namespace"] == claim["metadata"]["namespace"]
            assert volume["claimRef"]["name"] == name
            assert volume["local"] == {"path": PATH}
            assert volume["persistentVolumeReclaimPolicy"] == "Retain"
            (term,) = volume["nodeAffinity"]["required"]["nodeSelectorTerms"]
            (linux,) = term["matchExpressions"]
            assert linux == {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}
            assert volume["capacity"] == claim["spec"]["resources"]["requests"]
            assert volume["accessModes"] == claim["spec"]["accessModes"]

    def test_is_filled_on_each_of_its_nodes(self, render: Render) -> None:
        cache = {
            **with_models(PER_NODE),
            "perNode": {"path": PATH, "nodeSelector": {"disk": "nvme"}},
        }
        manifests = render(cached(cache, nodeSelector={"pool": "speech"}))
        assert not manifests.of("Job")
        (daemons,) = manifests.of("DaemonSet")
        assert daemons["metadata"]["namespace"] == NAMESPACE
        template = daemons["spec"]["template"]
        nodes = {"disk": "nvme", "pool": "speech", "kubernetes.io/os": "linux"}
        assert template["spec"]["nodeSelector"] == nodes
        assert {"key": "nvidia.com/gpu", "operator": "Exists"} in template["spec"]["tolerations"]
        selected = daemons["spec"]["selector"]["matchLabels"]
        assert selected.items() <= template["metadata"]["labels"].items()

    def test_is_another_claim_where_it_is_another_folder(
        self, render: Render, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A volume's source cannot be changed: an upgrade would fail."""
        changed = [
            {},
            {"perNode": {"path": "/mnt/models"}},
            {"perNode": {"path": PATH, "nodeSelector": {"disk": "nvme"}}},
            {"size": "1Ti"},
        ]
        found = {self.claim(render(cached({**PER_NODE, **each})), monkeypatch) for each in changed}
        assert len(found) == len(changed)

    def test_makes_the_folder_only_where_that_is_asked_for(self, render: Render) -> None:
        assert not render(cached(PER_NODE)).of("DaemonSet")
        cache = {**PER_NODE, "perNode": {"path": PATH, "createFolder": True}}
        for given in (cache, with_models(cache)):
            (template,) = pods(render(cached(given)))
            (folder,) = (each for each in template["spec"]["volumes"] if "hostPath" in each)
            assert folder["hostPath"] == {"path": PATH, "type": "DirectoryOrCreate"}
            (idle,) = template["spec"]["containers"]
            # The kubelet makes no volume that no container mounts.
            (mount,) = idle["volumeMounts"]
            assert (mount["name"], mount["readOnly"]) == (folder["name"], True)


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        ({**PER_NODE, "claimName": "models"}, "both claimName and perNode.path: write one of them"),
        (
            {"perNode": {"path": PATH}},
            "list those of your VoiceJobs in worker.modelCache.namespaces",
        ),
        (
            {**CLAIM, "namespaces": []},
            "list those of your VoiceJobs in worker.modelCache.namespaces",
        ),
        ({**CLAIM, "claimName": ""}, "has nowhere to be kept, for an emptyDir ends with its pod"),
        ({"perNode": {"createFolder": True}}, "say which folder"),
        ({**PER_NODE, "perNode": {"path": "/etc/models"}}, "name a folder of its own"),
        ({**PER_NODE, "perNode": {"path": "/var/lib"}}, "name a folder of its own"),
        ({**PER_NODE, "perNode": {"path": "/var/lib/kubelet/x"}}, "name a folder of its own"),
        ({**PER_NODE, "perNode": {"path": "/a/../etc"}}, "/worker/modelCache/perNode/path"),
        ({**PER_NODE, "perNode": {"path": "models"}}, "/worker/modelCache/perNode/path"),
        ({**PER_NODE, "perNode": {"path": "/"}}, "/worker/modelCache/perNode/path"),
        ({"hostPath": PATH}, "additional properties 'hostPath' not allowed"),
        ({**CLAIM, "namespaces": ["A"]}, "/worker/modelCache/namespaces/0"),
        ({**CLAIM, "prefetch": {"models": ["pt-BR"]}}, "got string, want object"),
        ({**CLAIM, "prefetch": {"models": [{"url": "hf://a/b"}]}}, "'url' not allowed"),
        ({**CLAIM, "prefetch": {"models": [{"language": "de"}]}}, "properties 'engine' required"),
        ({**CLAIM, "prefetch": {"models": [{"engine": "bark"}]}}, "/models/0/engine"),
        ({**CLAIM, "prefetch": {"models": [{"uri": "pvc://a/b"}]}}, "/models/0/uri"),
    ],
)
def test_what_cannot_work_is_refused_with_what_to_write(
    refusal: Refusal, cache: Manifest, said: str
) -> None:
    assert said in refusal(cached(cache))
