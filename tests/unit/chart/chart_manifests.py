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


class Manifests:
    """What `helm template` made."""

    def __init__(self, text: str) -> None:
        self.all: list[Manifest] = [m for m in yaml.safe_load_all(text) if m]

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
