"""What chart and images repeat of the code says the same there: nothing else ties them."""

import json
import re
from collections.abc import Iterator
from ipaddress import collapse_addresses, ip_network

import pytest
import yaml
from chart_manifests import CHART, RELEASE, Manifest, Refusal, Render
from pydantic import ValidationError

from voicejob_api import names, pod
from voicejob_api.resources import LEAST_MEMORY_LIMIT, amount
from voicejob_operator.settings import AllowedSettings, OperatorSettings
from voicejob_worker.device.flavours import FLAVOURS
from voicejob_worker.egress.addresses import KINDS

ROOT = CHART.parents[1]
Bounds = tuple[float | None, float | None]
CHARTS_OWN = {
    "store.embedded.keyVersion",
    "gateway.keyVersion",
    "gateway.maxStreams",
    "gateway.maxStreamsPerCaller",
    "gateway.replicas",
    "gateway.stallSeconds",
    "gateway.streamSeconds",
    "tests.seconds",
    "worker.modelCache.prefetch.activeDeadlineSeconds",
    "worker.modelCache.prefetch.backoffLimit",
    "worker.modelCache.prefetch.ttlSecondsAfterFinished",
}
"""Numbers of which the operator knows nothing."""


def bounds_of_values(node: Manifest, path: str = "") -> Iterator[tuple[str, Bounds]]:
    for name, value in node.get("properties", {}).items():
        if value.get("type") == "integer":
            yield f"{path}{name}", (value.get("minimum"), value.get("maximum"))
        yield from bounds_of_values(value, f"{path}{name}.")


def bounds_of_settings(node: Manifest, whole: Manifest, path: str) -> Iterator[tuple[str, Bounds]]:
    for name, value in node["properties"].items():
        camel = re.sub("_(.)", lambda found: found[1].upper(), name)
        if "$ref" in value:
            inner = whole["$defs"][value["$ref"].rpartition("/")[2]]
            if "properties" in inner:
                outer = "" if path == "operator." else path
                yield from bounds_of_settings(inner, whole, f"{outer}{camel}.")
        elif value.get("type") == "integer":
            yield f"{path}{camel}", (value.get("minimum"), value.get("maximum"))


def test_numbers_have_the_same_bounds_in_values_and_settings() -> None:
    values = dict(bounds_of_values(json.loads((CHART / "values.schema.json").read_text())))
    whole = OperatorSettings.model_json_schema()
    settings = dict(bounds_of_settings(whole, whole, "operator."))
    known = values.keys() & settings.keys()
    assert {name: values[name] for name in known} == {name: settings[name] for name in known}
    assert values.keys() - known == CHARTS_OWN
    assert settings.keys() - known == {"operator.httpPort"}, "the chart's pods have one each"


def test_a_release_with_the_former_number_of_gpus_can_be_upgraded(render: Render) -> None:
    """``helm upgrade --reuse-values`` brings the default of a version before, which was 16."""
    environment = render({"allowed": {"maxGpus": 16}}).environment()
    told = environment["VOICEJOB_OPERATOR_ALLOWED__MAX_GPUS"]
    assert AllowedSettings.model_validate({"max_gpus": told}).max_gpus == 16


@pytest.mark.parametrize("seconds", [599, 604_801])
def test_grants_outlive_the_time_that_a_kubelet_takes_to_bring_them(seconds: int) -> None:
    """Half of the least is 300 s: renewed at the last moment, they are there in time."""
    assert OperatorSettings(grant_seconds=600).grant_seconds == 600
    with pytest.raises(ValidationError, match="grant_seconds"):
        OperatorSettings(grant_seconds=seconds)


def test_the_user_of_the_images_is_the_one_that_the_pods_ask_for(render: Render) -> None:
    """Else what one container has written the other may not read."""
    asked = {
        security[field]
        for deployment in render().of("Deployment")
        for security in [deployment["spec"]["template"]["spec"]["securityContext"]]
        for field in ("runAsUser", "runAsGroup", "fsGroup")
    }
    assert asked == {pod.UID}
    for dockerfile in (ROOT / "docker").glob("*.Dockerfile"):
        text = dockerfile.read_text()
        users = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
        assert users[-1] == f"{pod.UID}:{pod.UID}", dockerfile.name
        assert set(re.findall(r"-[og] (\d+)", text)) <= {str(pod.UID)}, dockerfile.name


def test_network_policies_know_workers_by_the_label_that_the_operator_writes(
    render: Render,
) -> None:
    """By another they would let nobody ask for progress, and no worker reach the store."""
    workers = {names.LABEL_APP: names.WORKER_APP}
    policies = {
        policy["metadata"]["name"]: policy["spec"]
        for policy in render(
            {"networkPolicy": {"enabled": True}, "watchNamespaces": ["speech"]}
        ).of("NetworkPolicy")
    }
    asked = [to["podSelector"] for to in peers(policies[RELEASE]["egress"], "to")]
    let_in = [by["podSelector"] for by in peers(policies[f"{RELEASE}-store"]["ingress"], "from")]
    assert {"matchLabels": workers} in asked
    assert {"matchLabels": workers} in let_in
    assert policies[f"{RELEASE}-worker"]["podSelector"] == {"matchLabels": workers}


def test_network_policies_let_the_operator_ask_where_workers_listen(render: Render) -> None:
    policies = render({"networkPolicy": {"enabled": True}, "watchNamespaces": ["speech"]})
    asked = yaml.safe_dump(policies.one("NetworkPolicy")["spec"]["egress"])
    assert f"port: {pod.STATUS_PORT}\n" in asked
    (rule,) = policies.one("NetworkPolicy", f"{RELEASE}-worker")["spec"]["ingress"]
    assert rule["ports"] == [{"port": pod.STATUS_PORT_NAME}]


def test_network_policies_call_those_addresses_public_which_workers_do(render: Render) -> None:
    policies = render({"networkPolicy": {"enabled": True}, "watchNamespaces": ["speech"]})
    rules = policies.one("NetworkPolicy", f"{RELEASE}-worker")["spec"]["egress"]
    blocks = [to["ipBlock"] for rule in rules for to in rule.get("to", ()) if "ipBlock" in to]
    for block in blocks:
        whole = ip_network(block["cidr"])
        refused = [each for each, _ in KINDS if each.version == whole.version]
        within = [each for each in refused if each.subnet_of(whole)]  # type: ignore[arg-type]
        kept_out = map(ip_network, block["except"])
        assert list(collapse_addresses(kept_out)) == list(collapse_addresses(within))
    assert len(blocks) == 2


def peers(rules: list[Manifest], side: str) -> Iterator[Manifest]:
    """The pods that rules are about."""
    for rule in rules:
        yield from (peer for peer in rule.get(side, ()) if "podSelector" in peer)


@pytest.mark.parametrize("flavour", ["gpu", "gpu-cu126"])
def test_the_worker_for_gpus_is_of_the_flavour_that_the_values_name(
    render: Render, flavour: str
) -> None:
    environment = render({"worker": {"gpu": {"flavour": flavour}}}).environment()
    assert environment["VOICEJOB_OPERATOR_WORKER__GPU_IMAGE"].endswith(f"-{flavour}")


def test_the_values_know_each_flavour_for_gpus() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    gpu = schema["properties"]["worker"]["properties"]["gpu"]
    assert gpu["properties"]["flavour"]["enum"] == [flavour.name for flavour in FLAVOURS]


def required(schema: Manifest, values: Manifest, path: str = "") -> Iterator[str]:
    """Where what is required is not what the chart has a default for."""
    if path.endswith("resources.") or "properties" not in schema:
        return
    if set(schema.get("required", ())) != schema["properties"].keys() & values.keys():
        yield path
    for name, value in schema["properties"].items():
        if isinstance(values.get(name), dict):
            yield from required(value, values[name], f"{path}{name}.")


def test_a_value_that_is_left_blank_is_refused_by_its_place(refusal: Refusal) -> None:
    """A blank one takes the default away, and leaves the operator a setting that is none."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert not [*required(schema, yaml.safe_load((CHART / "values.yaml").read_text()))]
    told = refusal({"worker": {"nodeSelector": None}})
    assert "at '/worker': missing property 'nodeSelector'" in told


def test_the_least_memory_of_a_worker_is_that_of_a_voicejob() -> None:
    schema = (CHART / "values.schema.json").read_text()
    bytes_at_least = {int(found) for found in re.findall(r'"minimum": ([0-9]{7,9})\b', schema)}
    assert bytes_at_least == {int(amount(LEAST_MEMORY_LIMIT) or 0)}
