"""Brings the library in NVML's place into pods, as a device plugin's CDI edits bring the real one.

It needs Python alone: the demo uses it, too.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from making.nvml import LIBRARY

FOLDER = "/usr/local/nvml"
POLICIES = "mutatingadmissionpolicy,mutatingadmissionpolicybinding"
_CONFIG_MAP = "nvml"


def library_in_pods(
    name: str, namespace: str, built: Path, labels: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """What gives each pod of a namespace, or those with these labels, the library and its script.

    Args:
        name: Of the policy and its binding, which are the cluster's: whoever applies them deletes
            them.
        namespace: Where the pods are; the library goes there in a ConfigMap.
        built: The folder with the library and its script.
        labels: Of the pods; none for all.
    """
    files = {file: (built / file).read_bytes() for file in (LIBRARY, "script")}
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": _CONFIG_MAP, "namespace": namespace},
        "binaryData": {file: base64.b64encode(body).decode() for file, body in files.items()},
    }
    return [config_map, *_injection(name, namespace, labels or {})]


def _injection(name: str, namespace: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    variables = {"LD_LIBRARY_PATH": FOLDER, "NVIDIA_VISIBLE_DEVICES": "void"}
    env = ", ".join(
        f'Object.spec.containers.env{{name: "{key}", value: "{value}"}}'
        for key, value in variables.items()
    )
    mount = f'Object.spec.containers.volumeMounts{{name: "{_CONFIG_MAP}", mountPath: "{FOLDER}"}}'
    expression = (
        "Object{spec: Object.spec{"
        f'volumes: [Object.spec.volumes{{name: "{_CONFIG_MAP}", '
        f'configMap: Object.spec.volumes.configMap{{name: "{_CONFIG_MAP}"}}}}], '
        "containers: object.spec.containers.map(c, Object.spec.containers{"
        f"name: c.name, env: [{env}], volumeMounts: [{mount}]"
        "})}}"
    )
    admission, metadata = "admissionregistration.k8s.io/v1", {"name": name}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"]}
    constraints = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "objectSelector": {"matchLabels": labels},
        "resourceRules": [{**rule, "resources": ["pods"]}],
    }
    mutation = {"patchType": "ApplyConfiguration"}
    return [
        {
            "apiVersion": admission,
            "kind": "MutatingAdmissionPolicy",
            "metadata": metadata,
            "spec": {
                "failurePolicy": "Fail",
                "reinvocationPolicy": "Never",
                "matchConstraints": constraints,
                "mutations": [{**mutation, "applyConfiguration": {"expression": expression}}],
            },
        },
        {
            "apiVersion": admission,
            "kind": "MutatingAdmissionPolicyBinding",
            "metadata": metadata,
            "spec": {"policyName": name},
        },
    ]
