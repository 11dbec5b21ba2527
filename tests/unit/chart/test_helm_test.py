"""`helm test` has a sentence spoken, with no right that it does not need."""

import shlex
import subprocess
import sys

import pytest
from chart_manifests import NAMESPACE, RELEASE, Manifest, Manifests, Render

NAME = f"{RELEASE}-test"


def hooks(manifests: Manifests) -> list[Manifest]:
    return [
        each
        for each in manifests.all
        if each["metadata"].get("annotations", {}).get("helm.sh/hook") == "test"
    ]


def test_what_it_needs_is_made_for_it_and_deleted_after_it(render: Render) -> None:
    found = hooks(render(with_tests=True))
    assert {each["kind"] for each in found} == {"ServiceAccount", "Role", "RoleBinding", "Pod"}
    for each in found:
        policy = each["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
        assert policy == "before-hook-creation,hook-succeeded"


def test_it_may_make_a_voicejob_and_see_and_delete_its_own(render: Render) -> None:
    role = render(with_tests=True).one("Role", NAME)
    assert all(rule["apiGroups"] == ["voicejob.dev"] for rule in role["rules"])
    assert [(rule.get("resourceNames"), rule["verbs"]) for rule in role["rules"]] == [
        (None, ["create"]),
        ([NAME], ["get", "delete"]),
    ]


@pytest.mark.parametrize(
    ("watched", "spoken"), [([], NAMESPACE), (["a", "b"], "a"), (["a", NAMESPACE], NAMESPACE)]
)
def test_it_speaks_where_the_operator_works(
    render: Render, watched: list[str], spoken: str
) -> None:
    manifests = render({"watchNamespaces": watched}, with_tests=True)
    assert manifests.one("Role", NAME)["metadata"]["namespace"] == spoken
    pod = manifests.one("Pod", NAME)
    assert pod["metadata"]["namespace"] == NAMESPACE
    arguments = pod["spec"]["containers"][0]["args"]
    assert arguments == ["self-test", NAME, "--namespace", spoken, "--seconds", "180"]


def test_its_command_is_one_that_the_operator_has(render: Render) -> None:
    pod = render(with_tests=True).one("Pod", NAME)
    command = pod["spec"]["containers"][0]["args"][0]
    done = subprocess.run(
        (sys.executable, "-m", "voicejob_operator", command, "--help"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, shlex.join(done.args)


def test_its_pod_is_restricted(render: Render) -> None:
    spec = render(with_tests=True).one("Pod", NAME)["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False


def test_there_may_be_none(render: Render) -> None:
    assert not hooks(render({"tests": {"enabled": False}}, with_tests=True))
