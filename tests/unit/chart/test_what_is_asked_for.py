"""docs/chart.md tells what the chart asks for: rights, ports, volumes; no more and no less."""

import re

import pytest
from chart_manifests import CHART, RELEASE, Manifest, Manifests, Render

from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.plan import JobPlan
from voicejob_operator.manifests.pod import pod_template
from voicejob_operator.settings import OperatorSettings

PAGE = CHART.parents[1] / "docs" / "chart.md"
CODE = re.compile("`([^`]+)`")
Right = tuple[str, str, str]
"""Whose it is, the resource, and the verb."""


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, cell by cell."""
    section = PAGE.read_text().partition(f"### {heading}\n")[2].partition("\n#")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.fixture(scope="module")
def manifests(render: Render) -> Manifests:
    return render(with_tests=True)


def part_of(name: str) -> str:
    """Which part of the release an object of that name is: operator, store, gateway, test."""
    return name.removeprefix(RELEASE).strip("-") or "operator"


def rights_rendered(manifests: Manifests) -> set[Right]:
    """Each right that one of the release's ServiceAccounts is bound to."""
    roles = {
        role["metadata"]["name"]: role
        for kind in ("Role", "ClusterRole")
        for role in manifests.of(kind)
    }
    return {
        (part_of(subject["name"]), f"{resource}.{group}" if group else resource, verb)
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for binding in manifests.of(kind)
        for subject in binding["subjects"]
        for rule in roles[binding["roleRef"]["name"]]["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def rights_told() -> set[Right]:
    known = re.compile(r"[a-z]+(/[a-z]+)?(\.[a-z0-9.-]+)?")
    found = set()
    for where, resources, verbs, _ in table("Rights"):
        whose = where.partition(",")[0].partition(" (")[0].replace("`helm test`", "test")
        names = [name for name in CODE.findall(resources) if known.fullmatch(name)]
        for name in names:
            found |= {(whose, name, verb) for verb in re.findall("[a-z]+", verbs) if verb in VERBS}
    return found


VERBS = {"get", "list", "watch", "create", "update", "patch", "delete"}


def test_rights_are_told_as_they_are(manifests: Manifests) -> None:
    told, rendered = rights_told(), rights_rendered(manifests)
    assert told == rendered, f"not told: {rendered - told}; not there: {told - rendered}"


def test_each_right_has_a_reason() -> None:
    assert all(all(row) for row in table("Rights"))


def worker() -> Manifest:
    voicejob = VoiceJob.model_validate(
        {"metadata": {"name": "a", "namespace": "b", "uid": "c"}, "spec": {"text": "x"}}
    )
    found: Manifest = pod_template(voicejob, JobPlan(1, 2), OperatorSettings())["spec"]
    return found


def pods(manifests: Manifests) -> dict[str, Manifest]:
    found = {
        part_of(each["metadata"]["name"]): each["spec"]["template"]["spec"]
        for each in manifests.of("Deployment")
    }
    return {**found, "worker": worker()}


def test_ports_are_told_as_they_are(manifests: Manifests) -> None:
    told = {(pod, int(port)) for pod, port, _ in table("Ports and connections")}
    rendered = {
        (name, port["containerPort"])
        for name, spec in pods(manifests).items()
        for container in spec["containers"]
        for port in container.get("ports", ())
    }
    assert told == rendered


def test_volumes_are_told_as_they_are(manifests: Manifests) -> None:
    told = {(pod, CODE.findall(volume)[0]) for pod, volume, _ in table("Volumes")}
    rendered = {
        (name, volume["name"])
        for name, spec in pods(manifests).items()
        for volume in spec["volumes"]
    }
    assert told == rendered


AHEAD = {
    "claimName": {"claimName": "models"},
    "prefetch.models": {"prefetch": {"models": [{"engine": "xtts"}]}},
    "perNode.path": {"perNode": {"path": "/var/lib/voicejob/models"}},
    "perNode.createFolder": {"perNode": {"path": "/var/lib/voicejob/models", "createFolder": True}},
}
"""What the table of models ahead of time calls values, as they are written."""


def test_models_ahead_of_time_are_told_as_they_are(render: Render, manifests: Manifests) -> None:
    told: dict[tuple[str, ...], set[tuple[str, tuple[str, ...]]]] = {}
    for names, kind, volumes, _ in table("With models ahead of time"):
        found = told.setdefault(tuple(CODE.findall(names)), set())
        found.add((kind, tuple(CODE.findall(volumes))))
    usual = [each["metadata"]["name"] for each in manifests.all]
    for names, objects in told.items():
        cache: Manifest = {"namespaces": ["a"]}
        for name in names:
            cache |= AHEAD[name]
        rendered = set()
        for each in render({"worker": {"modelCache": cache}}).all:
            if each["metadata"]["name"] not in usual:
                spec = each.get("spec", {}).get("template", {}).get("spec", {})
                volumes = tuple(volume["name"] for volume in spec.get("volumes", ()))
                rendered.add((each["kind"], volumes))
        assert objects == rendered, names


def test_nothing_is_asked_of_the_node_and_nothing_calls_back(manifests: Manifests) -> None:
    for spec in pods(manifests).values():
        assert not spec.get("hostNetwork")
        assert not any("hostPath" in volume for volume in spec["volumes"])
    hooks = {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"}
    assert not manifests.kinds() & hooks
