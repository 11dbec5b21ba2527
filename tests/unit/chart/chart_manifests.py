"""What the chart makes of values, as tests look at it."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[3] / "charts" / "voicejob-operator"
RELEASE = "voicejob-operator"
NAMESPACE = "voicejob-system"

Manifest = dict[str, Any]


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, as Flux, kustomize and the API server's own reader do."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Manifest:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"{sorted(twice)} twice, in line {node.start_mark.line + 1}"
        return super().construct_mapping(node, deep)


class Manifests:
    """What `helm template` made."""

    def __init__(self, text: str) -> None:
        documents = yaml.load_all(text, _Strict)
        self.all: list[Manifest] = [m for m in documents if m]

    def kinds(self) -> set[str]:
        return {manifest["kind"] for manifest in self.all}

    def of(self, kind: str) -> list[Manifest]:
        return [manifest for manifest in self.all if manifest["kind"] == kind]

    def one(self, kind: str, name: str = RELEASE) -> Manifest:
        found = [m for m in self.of(kind) if m["metadata"]["name"] == name]
        assert len(found) == 1, f"{kind} {name}: {[m['metadata']['name'] for m in self.of(kind)]}"
        return found[0]

    def environment(self) -> dict[str, Any]:
        """The operator's environment: values, or where they come from."""
        container = self.one("Deployment")["spec"]["template"]["spec"]["containers"][0]
        return {e["name"]: e.get("value", e.get("valueFrom")) for e in container["env"]}


Helm = Callable[..., subprocess.CompletedProcess[str]]
Render = Callable[..., Manifests]
Refusal = Callable[[Manifest], str]
