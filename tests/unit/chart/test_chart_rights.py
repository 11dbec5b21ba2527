"""What the operator may do, as the chart's roles give it: exactly what the code says it needs."""

import json

import pytest
from chart_manifests import CHART, NAMESPACE, RELEASE, Manifest, Render

from voicejob_api import names
from voicejob_operator.rights import (
    FOR_CLAIMS,
    FOR_DEFINITION,
    FOR_DISCOVERY,
    FOR_IDENTITY,
    FOR_LABELLED_SECRETS,
    FOR_LEADERSHIP,
    FOR_OBSERVED_MEMORY,
    FOR_OTHER_HOLDERS,
    FOR_QUEUES,
    IN_SERVED_NAMESPACES,
    Rights,
)


def rules(role: Manifest) -> Rights:
    found: Rights = {}
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                key = group, resource
                found[key] = found.get(key, frozenset()) | frozenset(rule["verbs"])
    return found


def names_of(role: Manifest, resource: str) -> list[str] | None:
    """The only objects of a resource that a role is about."""
    (rule,) = (rule for rule in role["rules"] if rule["resources"] == [resource])
    names: list[str] | None = rule.get("resourceNames")
    return names


def _is_gateways(manifest: Manifest) -> bool:
    return bool(manifest["metadata"]["labels"]["app.kubernetes.io/component"] == "gateway")


class TestRights:
    def test_are_exactly_the_table_beside_the_code(self, render: Render) -> None:
        manifests = render()
        role = manifests.one("ClusterRole", f"{NAMESPACE}-{RELEASE}")
        assert rules(role) == {
            **IN_SERVED_NAMESPACES,
            **FOR_CLAIMS,
            **FOR_QUEUES,
            **FOR_DISCOVERY,
            **FOR_DEFINITION,
            **FOR_OTHER_HOLDERS,
            **FOR_IDENTITY,
        }
        assert names_of(role, "namespaces") == ["kube-system"]
        home = manifests.one("Role", f"{RELEASE}-home")
        assert home["metadata"]["namespace"] == NAMESPACE
        assert rules(home) == FOR_OBSERVED_MEMORY
        lease = manifests.one("Role", f"{NAMESPACE}-{RELEASE}-lease")
        assert lease["metadata"]["namespace"] == "kube-system", "one for all releases"
        assert rules(lease) == FOR_LEADERSHIP

    @pytest.mark.parametrize("values", [{}, {"watchNamespaces": ["speech"]}])
    def test_reach_one_config_map_in_the_releases_own_namespace(
        self, render: Render, values: Manifest
    ) -> None:
        """Users' own ConfigMaps hold texts."""
        manifests = render(values)
        about = {
            (role["metadata"].get("namespace"), tuple(rule.get("resourceNames", ()))): rule["verbs"]
            for role in (*manifests.of("Role"), *manifests.of("ClusterRole"))
            for rule in role["rules"]
            if "configmaps" in rule["resources"]
        }
        assert about == {
            (NAMESPACE, (names.OBSERVED_MEMORY,)): ["get", "update"],
            (NAMESPACE, ()): ["create"],
        }

    def test_are_for_the_named_namespaces_alone(self, render: Render) -> None:
        manifests = render({"watchNamespaces": ["speech", "news"]})
        discovery = manifests.one("ClusterRole", f"{NAMESPACE}-{RELEASE}-discovery")
        assert rules(discovery) == {**FOR_DISCOVERY, **FOR_DEFINITION}
        assert names_of(discovery, "customresourcedefinitions") == ["voicejobs.voicejob.dev"]
        bound = {each["roleRef"]["name"] for each in manifests.of("ClusterRoleBinding")}
        gateway = f"{NAMESPACE}-{RELEASE}-gateway"
        assert bound == {discovery["metadata"]["name"], gateway}
        home = manifests.one("Role", f"{RELEASE}-home")
        assert home["metadata"]["namespace"] == NAMESPACE
        assert rules(home) == {**FOR_IDENTITY, **FOR_OBSERVED_MEMORY}
        roles = {
            role["metadata"]["namespace"]: role
            for role in manifests.of("Role")
            if role["metadata"]["namespace"] != NAMESPACE and role["metadata"]["name"] == RELEASE
        }
        assert names_of(home, "namespaces") == [NAMESPACE]
        served = {**IN_SERVED_NAMESPACES, **FOR_CLAIMS, **FOR_QUEUES, **FOR_LEADERSHIP}
        assert {name: rules(role) for name, role in roles.items()} == {
            "speech": served,
            "news": served,
        }
        bindings = [each for each in manifests.of("RoleBinding") if not _is_gateways(each)]
        account = {"kind": "ServiceAccount", "name": RELEASE, "namespace": NAMESPACE}
        assert {binding["metadata"]["namespace"] for binding in bindings} == {*roles, NAMESPACE}
        assert all(binding["subjects"] == [account] for binding in bindings)
        watched = manifests.environment()["VOICEJOB_OPERATOR_WATCH_NAMESPACES"]
        assert json.loads(watched) == ["speech", "news"]

    def test_end_at_the_namespaces_where_nothing_is_discovered(self, render: Render) -> None:
        without = {
            "gpu": {"discovery": False},
            "rbac": {"aggregateToDefaultRoles": False},
            "gateway": {"enabled": False},
        }
        manifests = render({"watchNamespaces": ["speech"], **without})
        assert not manifests.kinds() & {"ClusterRole", "ClusterRoleBinding"}
        role = render(without).one("ClusterRole", f"{NAMESPACE}-{RELEASE}")
        assert not rules(role).keys() & FOR_DISCOVERY.keys()

    def test_are_answered_with_no_secret_of_anybody_elses(self, render: Render) -> None:
        """A patch, too, is answered with the whole object; a replacement with what was sent."""
        role = render().one("ClusterRole", f"{NAMESPACE}-{RELEASE}")
        assert not rules(role)["", "secrets"] & {"get", "list", "watch", "patch", "*"}

    def test_reach_secrets_only_where_their_labels_decide(self, render: Render) -> None:
        manifests = render({"allowed": {"textFromSecrets": "Labelled"}})
        role = manifests.one("ClusterRole", f"{NAMESPACE}-{RELEASE}")
        secrets = ("", "secrets")
        expected = IN_SERVED_NAMESPACES[secrets] | FOR_LABELLED_SECRETS[secrets]
        assert rules(role)[secrets] == expected

    def test_say_what_breaks_without_each(self) -> None:
        text = (CHART / "templates" / "rbac.yaml").read_text().splitlines()
        for number, line in enumerate(text):
            if line.lstrip().startswith("- apiGroups"):
                assert text[number - 1].lstrip().startswith("#"), f"line {number + 1}: {line}"

    def test_may_come_by_other_means(self, render: Render) -> None:
        manifests = render(
            {
                "rbac": {"create": False},
                "serviceAccount": {"create": False, "name": "mine"},
                "gateway": {"serviceAccount": {"create": False, "name": "gateways"}},
            }
        )
        assert not manifests.kinds() & {
            "ClusterRole",
            "ClusterRoleBinding",
            "Role",
            "RoleBinding",
            "ServiceAccount",
        }
        for name, account in ((RELEASE, "mine"), (f"{RELEASE}-gateway", "gateways")):
            spec = manifests.one("Deployment", name)["spec"]["template"]["spec"]
            assert spec["serviceAccountName"] == account
