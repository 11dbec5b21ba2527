"""The gateway as the chart sets it up: what it may, what it is given, who may reach it."""

import json
from pathlib import Path
from typing import Any

import pytest
from chart_manifests import NAMESPACE, RELEASE, Manifest, Manifests, Refusal, Render

from voicejob_api.capability import COMPONENT, SERVICE_PORT, proxy_path
from voicejob_gateway.settings import GatewaySettings
from voicejob_operator.settings import OperatorSettings

GATEWAY = f"{RELEASE}-gateway"
KEY = f"{GATEWAY}-key-1"
ACCOUNT = {"kind": "ServiceAccount", "name": GATEWAY, "namespace": NAMESPACE}


def spec(manifests: Manifests, name: str = GATEWAY) -> Manifest:
    found: Manifest = manifests.one("Deployment", name)["spec"]["template"]["spec"]
    return found


def environment(manifests: Manifests) -> dict[str, str]:
    return {one["name"]: one["value"] for one in spec(manifests)["containers"][0]["env"]}


def rules(role: Manifest) -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def secrets_of(pod: Manifest) -> dict[str, set[str]]:
    """Keys of Secrets that a pod has, by the Secret."""
    found: dict[str, set[str]] = {}
    for volume in pod["volumes"]:
        sources = [volume, *volume.get("projected", {}).get("sources", ())]
        for secret in (source["secret"] for source in sources if "secret" in source):
            name = secret.get("secretName") or secret["name"]
            keys = {item["key"] for item in secret.get("items", [{"key": "*"}])}
            found.setdefault(name, set()).update(keys)
    return found


REVIEWS = {
    ("authentication.k8s.io", "tokenreviews", "create"),
    ("authorization.k8s.io", "subjectaccessreviews", "create"),
}
READS = {("voicejob.dev", "voicejobs", "get"), ("voicejob.dev", "voicejobs", "list")}


class TestRights:
    def test_are_to_ask_and_to_read_voicejobs(self, render: Render) -> None:
        role = render().one("ClusterRole", f"{NAMESPACE}-{GATEWAY}")
        assert rules(role) == {*REVIEWS, *READS, ("", "namespaces", "list")}

    def test_end_at_the_named_namespaces(self, render: Render) -> None:
        manifests = render({"watchNamespaces": ["speech"]})
        assert rules(manifests.one("ClusterRole", f"{NAMESPACE}-{GATEWAY}")) == REVIEWS
        role = manifests.one("Role", GATEWAY)
        assert (role["metadata"]["namespace"], rules(role)) == ("speech", READS)
        assert json.loads(environment(manifests)["VOICEJOB_GATEWAY_WATCH_NAMESPACES"]) == ["speech"]

    def test_are_the_gateways_and_never_the_operators(self, render: Render) -> None:
        manifests = render()
        (subject,) = manifests.one("ClusterRoleBinding", f"{NAMESPACE}-{GATEWAY}")["subjects"]
        assert subject == ACCOUNT
        bound = [
            binding["roleRef"]["name"]
            for kind in ("RoleBinding", "ClusterRoleBinding")
            for binding in manifests.of(kind)
            if ACCOUNT in binding["subjects"]
        ]
        assert bound == [f"{NAMESPACE}-{GATEWAY}"]

    def test_of_others_are_one_port_of_one_service_and_to_read(self, render: Render) -> None:
        manifests = render()
        role = manifests.one("Role", f"{GATEWAY}-proxy")
        assert role["metadata"]["namespace"] == NAMESPACE
        (rule,) = role["rules"]
        assert rules(role) == {("", "services/proxy", "get")}
        named = proxy_path(NAMESPACE, GATEWAY).split("/services/")[1].removesuffix("/proxy")
        assert rule["resourceNames"] == [named, named.removeprefix("http:")]
        assert named.endswith(f":{SERVICE_PORT}")

    def test_of_others_may_be_none(self, render: Render) -> None:
        names = {
            role["metadata"]["name"] for role in render({"gateway": {"proxyFor": []}}).of("Role")
        }
        assert f"{GATEWAY}-proxy" not in names


class TestKeys:
    def test_each_pod_has_what_it_needs_of_them_alone(self, render: Render) -> None:
        manifests = render()
        assert secrets_of(spec(manifests)) == {
            KEY: {"capability-key", "access-key-id", "secret-access-key"}
        }
        assert secrets_of(spec(manifests, RELEASE))[KEY] == {"capability-key"}
        assert secrets_of(spec(manifests, f"{RELEASE}-store"))[KEY] == {"users.json"}

    def test_of_the_store_are_never_the_operators_own(self, render: Render) -> None:
        assert f"{RELEASE}-store-key-1" not in secrets_of(spec(render()))

    def test_are_made_by_the_operators_pod(self, render: Render) -> None:
        manifests = render()
        maker = spec(manifests, RELEASE)["initContainers"][1]
        assert maker["args"][:4] == ["gateway-key", KEY, "--namespace", NAMESPACE]
        mounted = Path(maker["args"][-1])
        (mount,) = (m for m in maker["volumeMounts"] if m["name"] == "gateway-key")
        assert str(mounted.parent) == mount["mountPath"]
        access = OperatorSettings.model_fields["gateway"].annotation
        assert access is not None
        told = manifests.environment()["VOICEJOB_OPERATOR_GATEWAY__CAPABILITY_KEY_FILE"]
        assert told == str(mounted)

    def test_of_another_number_are_followed_by_all(self, render: Render) -> None:
        manifests = render({"gateway": {"keyVersion": 2}})
        for name in (GATEWAY, RELEASE, f"{RELEASE}-store"):
            assert f"{GATEWAY}-key-2" in secrets_of(spec(manifests, name))
            assert KEY not in secrets_of(spec(manifests, name))

    def test_may_not_be_named_by_a_voicejob(self, render: Render) -> None:
        external = {"enabled": False}
        values = {
            "gateway": {"existingSecret": "mine"},
            "store": {"embedded": external, "external": {"gatewaySecret": "reader"}},
        }
        told = render(values).environment()["VOICEJOB_OPERATOR_ALLOWED__RESERVED_SECRETS"]
        assert {f"{GATEWAY}*", "mine", "reader"} <= set(json.loads(told))

    @pytest.mark.parametrize(
        ("external", "secret"),
        [
            ({"existingSecret": "own", "gatewaySecret": "reader"}, "reader"),
            ({"existingSecret": "own"}, "own"),
        ],
    )
    def test_of_a_store_of_ones_own_can_be_others(
        self, render: Render, external: Manifest, secret: str
    ) -> None:
        manifests = render({"store": {"embedded": {"enabled": False}, "external": external}})
        assert secrets_of(spec(manifests))[secret] == {
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        }
        assert manifests.environment()["VOICEJOB_OPERATOR_STORE__READER"] == ""

    def test_may_be_a_role_of_its_own(self, render: Render) -> None:
        arn = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/reader"}
        manifests = render(
            {
                "store": {"embedded": {"enabled": False}},
                "gateway": {"serviceAccount": {"annotations": arn}},
            }
        )
        assert manifests.one("ServiceAccount", GATEWAY)["metadata"]["annotations"] == arn
        told = environment(manifests)
        assert told["VOICEJOB_GATEWAY_STORE__CREDENTIALS_DIR"] == ""
        assert told["AWS_EC2_METADATA_DISABLED"] == "false"


class TestSettings:
    def test_of_the_chart_are_the_gateways_own_defaults(
        self, render: Render, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in environment(render()).items():
            monkeypatch.setenv(name, value)
        ours, charts = GatewaySettings.model_construct(), GatewaySettings()
        differing = {
            name
            for name in GatewaySettings.model_fields
            if getattr(charts, name) != GatewaySettings.model_fields[name].default
        }
        assert differing == {"store", "capability_key_file"}, ours

    def test_say_where_it_is(self, render: Render) -> None:
        ingress: dict[str, Any] = {"enabled": True, "host": "audio.example.com"}
        url = "VOICEJOB_OPERATOR_GATEWAY__URL"
        assert render().environment()[url] == ""
        manifests = render({"gateway": {"ingress": ingress}})
        assert manifests.environment()[url] == "http://audio.example.com"
        secured = ingress | {"tlsSecret": "t"}
        assert render({"gateway": {"ingress": secured}}).environment()[url] == (
            "https://audio.example.com"
        )
        own = {"url": "https://x.example.com/", "ingress": secured}
        assert render({"gateway": own}).environment()[url] == "https://x.example.com"
        (backend,) = manifests.one("Ingress", GATEWAY)["spec"]["rules"][0]["http"]["paths"]
        assert backend["backend"]["service"] == {"name": GATEWAY, "port": {"name": SERVICE_PORT}}

    def test_of_an_ingress_without_a_host_are_refused(self, refusal: Refusal) -> None:
        assert "gateway.ingress.host" in refusal({"gateway": {"ingress": {"enabled": True}}})


def test_the_service_leads_to_it_by_the_label_that_clients_look_for(render: Render) -> None:
    manifests = render()
    service = manifests.one("Service", GATEWAY)
    assert service["metadata"]["labels"]["app.kubernetes.io/component"] == COMPONENT
    labels = manifests.one("Deployment", GATEWAY)["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    ports = {
        port["name"]: port["containerPort"] for port in spec(manifests)["containers"][0]["ports"]
    }
    assert {port["targetPort"] for port in service["spec"]["ports"]} == ports.keys()
    told = environment(manifests)
    assert ports == {
        "http": int(told["VOICEJOB_GATEWAY_HTTP_PORT"]),
        "metrics": int(told["VOICEJOB_GATEWAY_PROBES_PORT"]),
    }
    assert manifests.environment()["VOICEJOB_OPERATOR_GATEWAY__SERVICE"] == GATEWAY


def test_without_it_nothing_of_it_is_there(render: Render) -> None:
    manifests = render({"gateway": {"enabled": False}, "networkPolicy": {"enabled": True}})
    assert not [m for m in manifests.all if m["metadata"]["name"].startswith(GATEWAY)]
    for name in (RELEASE, f"{RELEASE}-store"):
        assert KEY not in secrets_of(spec(manifests, name))
    assert manifests.environment()["VOICEJOB_OPERATOR_GATEWAY__CAPABILITY_KEY_FILE"] == ""
    assert manifests.environment()["VOICEJOB_OPERATOR_STORE__READER"] == ""


def test_network_policies_let_it_reach_the_store_and_nobody_else(render: Render) -> None:
    manifests = render({"networkPolicy": {"enabled": True}})
    gateway = manifests.one("NetworkPolicy", GATEWAY)["spec"]
    assert [rule.get("ports") for rule in gateway["egress"][:2]] == [
        [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
        [{"port": 443, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}],
    ]
    (store,) = gateway["egress"][2:]
    assert store["ports"] == [{"port": 7070, "protocol": "TCP"}]
    let_in = manifests.one("NetworkPolicy", f"{RELEASE}-store")["spec"]["ingress"][0]["from"]
    selected = [one["podSelector"]["matchLabels"] for one in let_in]
    assert gateway["podSelector"]["matchLabels"] in selected


def test_pods_are_spread_among_their_own(render: Render) -> None:
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    rendered = render({"gateway": {"topologySpreadConstraints": [spread]}})
    deployment = rendered.one("Deployment", "voicejob-operator-gateway")["spec"]
    own = {**spread, "labelSelector": {"matchLabels": deployment["selector"]["matchLabels"]}}
    assert deployment["template"]["spec"]["topologySpreadConstraints"] == [own]
