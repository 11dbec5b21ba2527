"""Argo CD and Flux see each recorded status for what it is, and two renderings are one."""

from pathlib import Path
from typing import Any

import lupa.lua51
import pytest
import yaml
from cel_expr_python import cel
from chart_manifests import CHART, NAMESPACE, RELEASE, Helm, Manifest

GITOPS = CHART.parents[1] / "docs" / "gitops"
STATUSES = Path(__file__).with_name("statuses")

EXPECTED = {
    "queued": ("Progressing", "Queued: WaitingForPod", "inProgress"),
    "starting": ("Progressing", "Starting: ContainerCreating", "inProgress"),
    "running": ("Progressing", "Running 42%", "inProgress"),
    "stalled": ("Progressing", "No progress since", "inProgress"),
    "suspended": ("Suspended", "spec.suspend is true", "current"),
    "succeeded": ("Healthy", "audio", "current"),
    "failed": ("Degraded", "no text", "failed"),
    "not_allowed": ("Degraded", "spec.priorityClassName names urgent", "failed"),
    "changed_and_not_seen": ("Progressing", "not seen the last change", "inProgress"),
    "fresh": ("Progressing", "has not looked at it", "inProgress"),
}
"""What Argo CD says, a part of its message, and what Flux says."""


def recorded(name: str) -> Manifest:
    if name == "fresh":
        return {"metadata": {"name": "hello", "generation": 1}, "spec": {"text": "x"}, "status": {}}
    found: Manifest = yaml.safe_load((STATUSES / f"{name}.yaml").read_text())
    return found


def test_every_recorded_status_is_looked_at() -> None:
    assert {file.stem for file in STATUSES.glob("*.yaml")} | {"fresh"} == EXPECTED.keys()


@pytest.fixture(scope="module")
def argo() -> Any:
    """The health check as Argo CD runs it, in Lua 5.1."""
    lua = lupa.lua51.LuaRuntime()
    body = (GITOPS / "health.lua").read_text()
    check = lua.eval(f"function(obj) {body} end")

    def to_lua(value: Any) -> Any:
        if isinstance(value, dict):
            return lua.table_from({key: to_lua(part) for key, part in value.items()})
        if isinstance(value, list):
            return lua.table_from([to_lua(part) for part in value])
        return value

    return lambda manifest: dict(check(to_lua(manifest)))


class TestArgo:
    @pytest.mark.parametrize("name", EXPECTED)
    def test_tells_each_status_for_what_it_is(self, argo: Any, name: str) -> None:
        health = argo(recorded(name))
        status, message, _ = EXPECTED[name]
        assert health["status"] == status
        assert message in health["message"]

    def test_does_not_break_where_there_is_no_status(self, argo: Any) -> None:
        assert argo({"metadata": {"generation": 1}})["status"] == "Progressing"


class TestFlux:
    @pytest.mark.parametrize("name", EXPECTED)
    def test_tells_each_status_for_what_it_is(self, name: str) -> None:
        (check,) = yaml.safe_load((GITOPS / "flux-health.yaml").read_text())
        assert (check["apiVersion"], check["kind"]) == ("voicejob.dev/v1alpha1", "VoiceJob")
        manifest = recorded(name)
        environment = cel.NewEnv(
            variables=dict.fromkeys(("metadata", "spec", "status"), cel.Type.DYN)
        )
        data = {part: manifest[part] for part in ("metadata", "spec", "status")}
        told = {
            said: environment.compile(check[said]).eval(data=data).plain_value()
            for said in ("inProgress", "failed", "current")
        }
        assert [said for said, holds in told.items() if holds] == [EXPECTED[name][2]], told


def test_two_renderings_are_one(run_helm: Helm) -> None:
    """Else Argo CD and Flux would find the cluster changed at each look."""
    values: Manifest = {
        "networkPolicy": {"enabled": True, "workerNamespaces": ["a"]},
        "metrics": {
            kind: {"enabled": True}
            for kind in ("serviceMonitor", "podMonitor", "prometheusRule", "dashboard")
        },
        "commonLabels": {"a": "b", "c": "d"},
        "worker": {
            "modelCache": {
                "namespaces": ["a"],
                "perNode": {
                    "path": "/mnt/models",
                    "nodeSelector": {"pool": "speech", "disk": "nvme"},
                },
                "prefetch": {"models": [{"engine": "xtts"}]},
            }
        },
    }
    first, second = (
        run_helm("template", RELEASE, str(CHART), "--namespace", NAMESPACE, values=values).stdout
        for _ in range(2)
    )
    assert len(first) > 1000
    assert first == second
