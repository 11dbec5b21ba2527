"""What the chart's values give to every worker's pod reaches the operator as it was written."""

import json
from typing import Any

import pytest
from chart_manifests import CHART, Manifest, Refusal, Render

from voicejob_operator.settings import OperatorSettings, WorkerSettings
from voicejob_operator.worker_pod import OWN_LABELS, OWN_VARIABLES

VALUES: dict[str, Any] = {
    "nodeSelector": {"pool": "speech"},
    "tolerations": [{"key": "spot", "operator": "Exists"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]
            }
        }
    },
    "runtimeClassName": "gvisor",
    "gpu": {"runtimeClassName": "nvidia"},
    "priorityClassName": "batch",
    "labels": {"cost-centre": "42"},
    "annotations": {"linkerd.io/inject": "disabled"},
    "env": [
        {"name": "HTTPS_PROXY", "value": "http://proxy:3128"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}},
    ],
    "caBundle": {"configMap": "company-ca"},
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
}


def worker(environment: Manifest, monkeypatch: pytest.MonkeyPatch) -> WorkerSettings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value if isinstance(value, str) else "from a Secret")
    return OperatorSettings().worker


def test_every_field_reaches_the_operator(render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    pod = worker(render({"worker": VALUES}).environment(), monkeypatch).pod
    assert pod.node_selector == {"pool": "speech"}
    assert pod.tolerations[0].key == "spot"
    assert pod.affinity.to_manifest() == VALUES["affinity"]
    assert (pod.runtime_class_name, pod.gpu_runtime_class_name) == ("gvisor", "nvidia")
    assert pod.priority_class_name == "batch"
    assert (pod.labels, pod.annotations) == (VALUES["labels"], VALUES["annotations"])
    assert [each.to_manifest() for each in pod.env] == VALUES["env"]
    assert pod.topology_spread == (VALUES["topologySpreadConstraints"][0],)
    assert (pod.ca_bundle.config_map, pod.ca_bundle.key) == ("company-ca", "ca.crt")
    assert pod.model_fields_set == set(type(pod).model_fields), "a field that no value sets"


@pytest.mark.parametrize("secrets", [[{"name": "one"}, {"name": "two"}], ["one", "two"]])
def test_pull_secrets_are_written_as_everywhere_or_by_their_names(
    render: Render, monkeypatch: pytest.MonkeyPatch, secrets: list[object]
) -> None:
    manifests = render({"worker": {"imagePullSecrets": secrets}, "imagePullSecrets": secrets})
    assert worker(manifests.environment(), monkeypatch).image_pull_secrets == ("one", "two")
    for deployment in manifests.of("Deployment"):
        spec = deployment["spec"]["template"]["spec"]
        assert spec["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]


class TestProxy:
    PROXY = {"name": "HTTP_PROXY", "value": "http://proxy:3128"}

    def test_that_would_swallow_the_stores_traffic_is_refused(self, refusal: Refusal) -> None:
        for spared in ([], [{"name": "NO_PROXY", "value": "10.0.0.0/8"}]):
            said = refusal({"worker": {"env": [self.PROXY, *spared]}})
            assert 'add {name: NO_PROXY, value: ".svc,.cluster.local"}' in said

    def test_that_spares_the_store_is_taken(self, render: Render) -> None:
        for value in (".svc,.cluster.local", "*"):
            spared = {"name": "NO_PROXY", "value": value}
            render({"worker": {"env": [self.PROXY, spared]}})
        elsewhere = {"embedded": {"enabled": False}}
        render({"worker": {"env": [self.PROXY]}, "store": elsewhere})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"env": [{"name": "VOICEJOB_GUARD_ADDRESSES", "value": "false"}]}, "/worker/env/0/name"),
        ({"env": [{"name": "A-B", "value": "x"}]}, "/worker/env/0/name"),
        ({"env": [{"name": "A", "value": 1}]}, "/worker/env/0/value"),
        ({"labels": {"voicejob.dev/uid": "x"}}, "propertyName 'voicejob.dev/uid'"),
        ({"tolerations": [{"operator": "Exists"}]}, "missing property 'key'"),
        ({"affinity": {"nodes": {}}}, "additional properties 'nodes' not allowed"),
        ({"imagePullSecrets": [{"nam": "x"}]}, "/worker/imagePullSecrets/0"),
        ({"caBundle": {"configMap": "a", "secret": "b"}}, "write one of them"),
    ],
)
def test_what_no_worker_could_use_is_refused(refusal: Refusal, values: Manifest, said: str) -> None:
    assert said in refusal({"worker": values})


def test_the_schema_refuses_what_the_operator_would() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = schema["properties"]["worker"]["properties"]
    name = values["env"]["items"]["properties"]["name"]
    assert set(name["not"]["enum"]) == OWN_VARIABLES
    assert set(values["labels"]["propertyNames"]["not"]["enum"]) == OWN_LABELS
