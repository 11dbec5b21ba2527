"""What the chart puts between those who share a cluster: fences, admission, network policies."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import yaml
from chart_manifests import CHART, NAMESPACE, RELEASE, Manifest, Refusal, Render

from voicejob_operator.settings import AllowedSettings, OperatorSettings

POLICIES = {"networkPolicy": {"enabled": True}}


def fields_naming_a_secret(schema: Manifest, path: str = "") -> Iterator[str]:
    """Paths of the CRD's fields whose value is the name of a Secret of the user's."""
    for name, part in schema.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        if name == "credentialsSecret":
            yield here
        elif name == "secretKeyRef":
            yield f"{here}.name"
        else:
            yield from fields_naming_a_secret(part, here)


class TestAdmission:
    NAME = f"{NAMESPACE}-{RELEASE}-secrets"

    def test_looks_at_every_field_that_names_a_secret(self, render: Render) -> None:
        crd = yaml.safe_load((CHART / "files" / "voicejobs.voicejob.dev.yaml").read_text())
        spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        policy = render().one("ValidatingAdmissionPolicy", self.NAME)
        messages = [each["message"].split()[0] for each in policy["spec"]["validations"]]
        assert sorted(messages) == sorted(f"spec.{path}" for path in fields_naming_a_secret(spec))

    def test_asks_for_the_right_to_read_the_very_secret(self, render: Render) -> None:
        policy = render().one("ValidatingAdmissionPolicy", self.NAME)
        for validation in policy["spec"]["validations"]:
            path = validation["message"].split()[0].removeprefix("spec.").replace(".", ".?")
            assert validation["expression"] == (
                f"object.spec.?{path}.orValue('') == '' || authorizer.group('')"
                ".resource('secrets').namespace(object.metadata.namespace)"
                f".name(object.spec.?{path}.orValue('')).check('get').allowed()"
            )
            assert validation["reason"] == "Forbidden"

    def test_lets_nobody_through_when_it_cannot_be_asked(self, render: Render) -> None:
        manifests = render()
        policy = manifests.one("ValidatingAdmissionPolicy", self.NAME)
        assert policy["spec"]["failurePolicy"] == "Fail"
        binding = manifests.one("ValidatingAdmissionPolicyBinding", self.NAME)
        assert binding["spec"] == {"policyName": self.NAME, "validationActions": ["Deny"]}

    def test_is_for_the_namespaces_that_are_served(self, render: Render) -> None:
        manifests = render({"watchNamespaces": ["speech"]})
        binding = manifests.one("ValidatingAdmissionPolicyBinding", self.NAME)
        (wanted,) = binding["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
        assert (wanted["operator"], wanted["values"]) == ("In", ["speech"])

    def test_can_be_left_out(self, render: Render) -> None:
        manifests = render({"admissionPolicy": {"enabled": False}})
        assert not {kind for kind in manifests.kinds() if kind.startswith("Validating")}


class TestAllowed:
    def settings(
        self, environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> AllowedSettings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value if isinstance(value, str) else "from a Secret")
        return OperatorSettings().allowed

    def test_reaches_the_operator_as_it_was_written(
        self, render: Render, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        values = {
            "podLabels": [],
            "priorityClasses": ["batch-*"],
            "crossNamespaceAffinity": True,
            "textFromSecrets": "Named",
            "textSecrets": ["letter-?"],
        }
        allowed = self.settings(render({"allowed": values}).environment(), monkeypatch)
        assert allowed.pod_labels == ()
        assert allowed.priority_classes == ("batch-*",)
        assert allowed.cross_namespace_affinity is True
        assert (allowed.text_from_secrets, allowed.text_secrets) == ("Named", ("letter-?",))

    def test_never_holds_the_credentials_of_any_store(
        self, render: Render, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = {"embedded": {"enabled": False}, "external": {"existingSecret": "root"}}
        allowed = self.settings(render({"store": store}).environment(), monkeypatch)
        assert "root" in allowed.reserved_secrets

    @pytest.mark.parametrize(
        ("allowed", "said"),
        [
            ({"textFromSecrets": "All"}, "/allowed/textFromSecrets"),
            ({"podLabel": []}, "'podLabel' not allowed"),
            ({"priorityClasses": "high"}, "/allowed/priorityClasses"),
        ],
    )
    def test_is_refused_when_it_is_misspelt(
        self, refusal: Refusal, allowed: Manifest, said: str
    ) -> None:
        assert said in refusal({"allowed": allowed})


@pytest.mark.parametrize(
    "host", ["minio.storage.svc", "*.example.com", "10.0.0.7", "10.0.0.0/8", "fd00::/8", "a_b.c"]
)
def test_hosts_are_written_as_the_worker_reads_them(render: Render, host: str) -> None:
    hosts = {"allowedHosts": [host], "allowedPrivateHosts": [host]}
    environment = render({"worker": hosts}).environment()
    assert environment["VOICEJOB_OPERATOR_WORKER__ALLOWED_HOSTS"] == f'["{host}"]'


@pytest.mark.parametrize("host", ["https://a.b", "a.b:80", "a.*.b", "example.com/24", "", "a b"])
def test_a_host_that_no_worker_could_read_is_refused(refusal: Refusal, host: str) -> None:
    """It would fail every worker."""
    assert "/worker/allowedHosts/0" in refusal({"worker": {"allowedHosts": [host]}})
    assert "/worker/allowedPrivateHosts/0" in refusal({"worker": {"allowedPrivateHosts": [host]}})


def networks(policy: Manifest) -> list[Manifest]:
    """The address blocks that a policy lets out to."""
    return [
        peer["ipBlock"]
        for rule in policy["spec"]["egress"]
        for peer in rule.get("to", [])
        if "ipBlock" in peer
    ]


def lets_out_to(policy: Manifest, address: str) -> bool:
    return any(
        ip_address(address) in ip_network(block["cidr"])
        and not any(ip_address(address) in ip_network(each) for each in block.get("except", []))
        for block in networks(policy)
    )


class TestNetworkPolicies:
    SERVED = {**POLICIES, "watchNamespaces": ["speech", "news"]}

    def worker(self, render: Render, values: Manifest) -> Manifest:
        found = [
            policy
            for policy in render(values).of("NetworkPolicy")
            if policy["metadata"]["name"] == f"{RELEASE}-worker"
        ]
        return found[0]

    def test_of_workers_are_in_every_served_namespace(self, render: Render) -> None:
        policies = render(self.SERVED).of("NetworkPolicy")
        found = {
            policy["metadata"]["namespace"]
            for policy in policies
            if policy["metadata"]["name"] == f"{RELEASE}-worker"
        }
        assert found == {"speech", "news"}

    def test_of_workers_can_be_put_where_all_namespaces_are_served(self, render: Render) -> None:
        values = {"networkPolicy": {"enabled": True, "workerNamespaces": ["team-a"]}}
        assert self.worker(render, values)["metadata"]["namespace"] == "team-a"

    @pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
    def test_let_workers_out_to_public_addresses(self, render: Render, address: str) -> None:
        assert lets_out_to(self.worker(render, self.SERVED), address)

    @pytest.mark.parametrize(
        "address",
        [
            "169.254.169.254",
            "10.96.0.1",
            "172.20.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "168.63.129.16",
            "fd00:ec2::254",
            "fe80::1",
            "::ffff:10.0.0.1",
            "2002:a00:1::1",
        ],
    )
    def test_let_no_worker_out_to_others(self, render: Render, address: str) -> None:
        assert not lets_out_to(self.worker(render, self.SERVED), address)

    def test_let_workers_out_to_private_networks_that_are_allowed(self, render: Render) -> None:
        hosts = ["10.1.0.0/16", "10.9.9.9", "fd00::7", "minio.lan"]
        policy = self.worker(render, {**self.SERVED, "worker": {"allowedPrivateHosts": hosts}})
        assert [block["cidr"] for block in networks(policy)][2:] == [
            "10.1.0.0/16",
            "10.9.9.9/32",
            "fd00::7/128",
        ]

    def test_let_the_operator_alone_ask_for_progress(self, render: Render) -> None:
        (rule,) = self.worker(render, self.SERVED)["spec"]["ingress"]
        (peer,) = rule["from"]
        namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        assert namespace == NAMESPACE
        assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "operator"
        assert rule["ports"] == [{"port": "status"}]

    def test_let_the_operator_out_to_whom_it_calls(self, render: Render) -> None:
        policy = render(POLICIES).one("NetworkPolicy")
        ports = [[port["port"] for port in rule["ports"]] for rule in policy["spec"]["egress"]]
        assert ports == [[53, 53], [443, 6443], [8080], [7070]]

    def test_know_a_store_of_ones_own(self, render: Render) -> None:
        store = {"embedded": {"enabled": False}, "external": {"existingSecret": "root"}}
        policy = {"enabled": True, "storeNetworks": ["10.4.0.0/24"], "workerNamespaces": ["a"]}
        manifests = render({"store": store, "networkPolicy": policy})
        for name in (RELEASE, f"{RELEASE}-worker"):
            assert lets_out_to(manifests.one("NetworkPolicy", name), "10.4.0.9")
            assert not lets_out_to(manifests.one("NetworkPolicy", name), "10.5.0.9")

    def test_know_where_names_are_answered(self, render: Render) -> None:
        """Of every policy that lets out to DNS, in the order in which the ports are given."""
        policy = {"enabled": True, "workerNamespaces": ["a"], "dnsPorts": [53, 5353]}
        manifests = render({"networkPolicy": policy})
        expected = [
            {"port": port, "protocol": kind} for port in (53, 5353) for kind in ("UDP", "TCP")
        ]
        for name in (RELEASE, f"{RELEASE}-worker", f"{RELEASE}-gateway"):
            egress = manifests.one("NetworkPolicy", name)["spec"]["egress"]
            assert egress[0] == {"ports": expected}
