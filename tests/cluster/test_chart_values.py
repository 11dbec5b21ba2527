"""The API server admits what the chart renders of ten sets of values; restricted pods speak."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubectl import Kubectl, Manifest
from rendered_chart import rendered
from voicejobs import RELEASE_NAMESPACE, SENTENCES, VoiceJobs

ROOT = Path(__file__).parents[2]
RESTRICTED = {
    f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")
}
NOT_SERVED = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
"""Kinds of the Prometheus operator's, which the cluster does not know: `test_prometheus.py`."""
DIGEST = f"sha256:{'0' * 64}"
PULL = [{"name": "registry"}]
EXTERNAL = {
    "embedded": {"enabled": False},
    "external": {"endpoint": "https://s3.example.com", "existingSecret": "speech-store"},
}
MODELS = [{"engine": "xtts"}, {"engine": "piper", "language": "pt-BR"}]
POD: Manifest = {
    "nodeSelector": {"pool": "a"},
    "tolerations": [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "x", "operator": "Exists"}]}]
            }
        }
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "imagePullSecrets": PULL,
    "priorityClassName": "",
}
VALUES: dict[str, Callable[[str], dict[str, Any]]] = {
    "as it comes": lambda _: {},
    "for some namespaces alone": lambda namespace: {
        "watchNamespaces": [namespace],
        "gpu": {"discovery": False},
        "rbac": {"aggregateToDefaultRoles": False},
        "admissionPolicy": {"enabled": False},
        "crds": {"install": False},
    },
    "without the internet": lambda _: {
        "global": {"imageRegistry": "registry.example.com:5000/mirror"},
        "image": {"digest": DIGEST},
        "imagePullSecrets": PULL,
        "worker": {"image": {"digest": DIGEST}, "caBundle": {"configMap": "company-ca"}},
    },
    "a store of one's own": lambda _: {
        "store": EXTERNAL,
        "serviceAccount": {"annotations": {"a": "b"}},
    },
    "fenced": lambda namespace: {
        "networkPolicy": {
            "enabled": True,
            "workerNamespaces": [namespace],
            "storeNetworks": ["10.4.0.0/24"],
            "workerIngress": [{"ports": [{"port": "status"}]}],
            "workerEgress": [{"to": [{"ipBlock": {"cidr": "10.5.0.0/24"}}]}],
        },
        "store": EXTERNAL,
        "worker": {"allowedPrivateHosts": ["10.1.0.0/16", "fd00::7", "minio.lan"]},
        "allowed": {"textFromSecrets": "Labelled"},
    },
    "watched": lambda _: {
        "metrics": {
            name: {"enabled": True}
            for name in ("serviceMonitor", "podMonitor", "prometheusRule", "dashboard")
        }
    },
    "placed": lambda _: {
        **POD,
        "worker": {**POD, "priorityClassName": "speech", "labels": {"a": "b"}},
        "priorityClasses": [{"name": "speech", "value": 1000}],
        "strategy": {"type": "RollingUpdate"},
        "store": {"embedded": {name: POD[name] for name in ("nodeSelector", "tolerations")}},
    },
    "with models ahead of time": lambda namespace: {
        "worker": {
            **POD,
            "caBundle": {"configMap": "company-ca"},
            "modelCache": {
                "claimName": "models",
                "namespaces": [namespace],
                "prefetch": {"models": MODELS, "credentialsSecret": "hub"},
            },
        },
        "networkPolicy": {"enabled": True, "workerNamespaces": [namespace]},
    },
    "with a folder of each node": lambda namespace: {
        "worker": {
            "modelCache": {
                "namespaces": [namespace],
                "perNode": {"path": "/var/lib/voicejob/models"},
                "prefetch": {"models": MODELS},
            }
        },
        "networkPolicy": {"enabled": True, "workerNamespaces": [namespace]},
    },
    "in other names, with more beside": lambda namespace: {
        "fullnameOverride": "speech",
        "gateway": {"replicas": 2},
        "commonLabels": {"team": "speech", "app.kubernetes.io/part-of": "media"},
        "extraVolumes": [{"name": "ca", "configMap": {"name": "company-ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca", "readOnly": True}],
        "extraObjects": [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "{{ .Release.Name }}-more", "namespace": namespace},
            }
        ],
        "store": {"embedded": {"persistence": {"enabled": False}}},
    },
}
assert len(VALUES) == 10


@pytest.fixture
def restricted(kubectl: Kubectl) -> Kubectl:
    """A namespace that lets in restricted pods alone, and warns of whatever would make others."""
    labels = [f"{key}={value}" for key, value in RESTRICTED.items()]
    kubectl("label", "namespace", kubectl.namespace, *labels)
    return kubectl


@pytest.mark.parametrize("title", VALUES)
def test_the_api_server_admits_what_is_rendered(restricted: Kubectl, title: str) -> None:
    values = VALUES[title](restricted.namespace)
    manifests = rendered("checked", restricted.namespace, values).all
    admitted = [each for each in manifests if each["kind"] not in NOT_SERVED]
    assert len(admitted) > 5
    # A pod is admitted only where its ServiceAccount is.
    restricted.create(*(each for each in admitted if each["kind"] == "ServiceAccount"))
    command = ["kubectl", "apply", "--server-side", "--force-conflicts", "--dry-run=server"]
    done = subprocess.run(
        [*command, "--filename", "-"],
        input=yaml.safe_dump_all(admitted),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, "the pods would not be restricted"
    assert len(done.stdout.splitlines()) == len(admitted)


def test_a_pod_that_is_not_restricted_would_be_told_of(restricted: Kubectl) -> None:
    """Else the test above could not fail."""
    manifests = rendered("checked", restricted.namespace, {}).all
    (operator,) = (
        each
        for each in manifests
        if each["kind"] == "Deployment"
        and each["metadata"]["labels"]["app.kubernetes.io/component"] == "operator"
    )
    operator["spec"]["template"]["spec"]["hostNetwork"] = True
    done = subprocess.run(
        ("kubectl", "apply", "--server-side", "--dry-run=server", "--filename", "-"),
        input=yaml.safe_dump(operator),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "would violate PodSecurity" in done.stderr


def test_workers_speak_where_pods_must_be_restricted(restricted: Kubectl) -> None:
    voicejobs = VoiceJobs(restricted)
    voicejobs.apply("hello", text=SENTENCES[0])
    status = voicejobs.await_phase("hello", "Succeeded", seconds=120)
    assert status["audio"]["durationSeconds"] > 1


def test_the_releases_own_namespace_could_be_restricted(release: Kubectl) -> None:
    label = "pod-security.kubernetes.io/enforce=restricted"
    done = subprocess.run(
        (
            "kubectl",
            "label",
            "--dry-run=server",
            "--overwrite",
            "namespace",
            RELEASE_NAMESPACE,
            label,
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "violate" not in done.stderr


class TestRoles:
    """What an account may do that has a role of the cluster's in its namespace, and no other."""

    @pytest.fixture
    def may(self, kubectl: Kubectl) -> Callable[[str, str, str], bool]:
        def may(role: str, verb: str, subresource: str) -> bool:
            account = f"{kubectl.namespace}:{role}"
            if kubectl.get("serviceaccount", role) is None:
                kubectl("create", "serviceaccount", role)
                kubectl(
                    "create",
                    "rolebinding",
                    role,
                    f"--clusterrole={role}",
                    f"--serviceaccount={account}",
                )
            done = subprocess.run(
                (
                    *("kubectl", "auth", "can-i", verb, "voicejobs.voicejob.dev"),
                    f"--subresource={subresource}",
                    *("--namespace", kubectl.namespace, f"--as=system:serviceaccount:{account}"),
                ),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            return done.stdout.strip() == "yes"

        return may

    def test_view_sees_and_edit_makes_and_hears(self, may: Callable[[str, str, str], bool]) -> None:
        asked = {"see": ("list", ""), "make": ("create", ""), "hear": ("get", "audio")}
        told = {
            role: {name for name, what in asked.items() if may(role, *what)}
            for role in ("view", "edit", "admin")
        }
        assert told == {"view": {"see"}, "edit": set(asked), "admin": set(asked)}


def test_the_definition_carries_what_the_operator_compares(release: Kubectl) -> None:
    found = json.loads(release("get", "crd", "voicejobs.voicejob.dev", "-o", "json"))
    generated = yaml.safe_load((ROOT / "crds" / "voicejobs.voicejob.dev.yaml").read_text())
    marks = generated["metadata"]["annotations"]
    assert marks.items() <= found["metadata"]["annotations"].items()
