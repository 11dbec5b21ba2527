"""The operator's ServiceAccount and its rights, as the chart makes them for one namespace."""

from pathlib import Path
from typing import Final

import yaml
from chart_manifests import Manifests
from kubectl import Kubectl, Manifest
from rendered_chart import rendered

Right = tuple[str, str, str]
"""API group, resource and verb."""
_RELEASE: Final = "limited"


def install_account(home: Kubectl, served: Kubectl, without: Right | None = None) -> str:
    """Make the ServiceAccount in ``home`` with the chart's Roles for ``served``, but for one right.

    Returns:
        The ServiceAccount's name.
    """
    (account,) = (found := _rendered(home, served)).of("ServiceAccount")
    home.create(account)
    for role in found.of("Role"):
        _where(role).create({**role, "rules": _but_for(role["rules"], without)})
    for binding in found.of("RoleBinding"):
        _where(binding).create(binding)
    return str(account["metadata"]["name"])


def write_kubeconfig(home: Kubectl, account: str, path: Path) -> Path:
    """Write how to reach the cluster as that ServiceAccount."""
    config = yaml.safe_load(home("config", "view", "--raw", "--minify"))
    config["users"][0]["user"] = {"token": home("create", "token", account).strip()}
    path.write_text(yaml.safe_dump(config))
    return path


def _rendered(home: Kubectl, served: Kubectl) -> Manifests:
    values = {
        "watchNamespaces": [served.namespace],
        # Rights in the whole cluster, which tests beside this one would get with it.
        "gpu": {"discovery": False},
        "gateway": {"enabled": False},
        # Without a store of the chart's own there is no Role to make its key.
        "store": {"embedded": {"enabled": False}, "external": {"existingSecret": "none"}},
    }
    return rendered(_RELEASE, home.namespace, values, "--skip-tests")


def _where(manifest: Manifest) -> Kubectl:
    return Kubectl(manifest["metadata"]["namespace"])


def _but_for(rules: list[Manifest], right: Right | None) -> list[Manifest]:
    """The rules without that right; each names one group and one resource."""
    if right is None:
        return rules
    *what, verb = right
    kept = [
        {**rule, "verbs": [each for each in rule["verbs"] if each != verb]}
        if [*rule["apiGroups"], *rule["resources"]] == what
        else rule
        for rule in rules
    ]
    return [rule for rule in kept if rule["verbs"]]
