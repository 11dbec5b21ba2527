"""What people may do with VoiceJobs by the cluster's own roles."""

from chart_manifests import NAMESPACE, RELEASE, Manifest, Manifests, Render

NAME = f"{NAMESPACE}-{RELEASE}"
AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
SEE = {("voicejobs", "get"), ("voicejobs", "list"), ("voicejobs", "watch")}
HEAR = {("voicejobs/audio", "get")}


def rights(role: Manifest) -> set[tuple[str, str]]:
    assert all(rule["apiGroups"] == ["voicejob.dev"] for rule in role["rules"])
    return {
        (resource, verb)
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def rights_of(manifests: Manifests, role: str) -> set[tuple[str, str]]:
    """What a role of the cluster's gets by aggregation; edit and admin get what view has."""
    names = {"view", role}
    return {
        right
        for each in manifests.of("ClusterRole")
        if any(f"{AGGREGATE}{name}" in each["metadata"]["labels"] for name in names)
        for right in rights(each)
    }


def test_view_sees_and_does_not_hear(render: Render) -> None:
    """view reads no Secret, and what is spoken may come from one."""
    assert rights_of(render(), "view") == {*SEE, ("voicejobs/status", "get")}


def test_edit_and_admin_make_and_hear(render: Render) -> None:
    manifests = render()
    make = {("voicejobs", verb) for verb in ("create", "update", "patch", "delete")}
    for role in ("edit", "admin"):
        found = rights_of(manifests, role)
        assert SEE | HEAR | make <= found
        assert ("voicejobs/status", "patch") not in found, "what is told is the operator's to tell"


def test_who_only_hears_has_a_role_to_be_bound_to(render: Render) -> None:
    role = render().one("ClusterRole", f"{NAME}-listen")
    assert rights(role) == SEE | HEAR
    assert not any(key.startswith(AGGREGATE) for key in role["metadata"]["labels"])


def test_none_is_the_operators_own(render: Render) -> None:
    bound = {each["roleRef"]["name"] for each in render().of("ClusterRoleBinding")}
    assert not bound & {f"{NAME}-{role}" for role in ("view", "edit", "listen")}


def test_can_be_left_out(render: Render) -> None:
    manifests = render({"rbac": {"aggregateToDefaultRoles": False}})
    left = {each["metadata"]["name"] for each in manifests.of("ClusterRole")}
    assert left == {NAME, f"{NAME}-gateway"}
