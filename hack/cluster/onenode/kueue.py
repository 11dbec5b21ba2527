"""Kueue, added to a cluster that runs, and removed again with all that it has stored.

It is a process of the machine, and its webhooks are addresses on loopback. Its manifests come from
its own module, in the version that is compiled; what does not suit a process is changed or left
out.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template
from typing import Any

from onenode import addresses, components
from onenode.addresses import LOOPBACK
from onenode.binaries import KUEUE, KUEUE_PATH, build, locate, source_of
from onenode.certificates import KUEUE as KUEUE_USER
from onenode.certificates import Pki, issue_later
from onenode.components import Node
from onenode.configuration import kubeconfig, kubeconfig_of
from onenode.errors import ClusterError
from onenode.layout import KUEUE_LINK, SOURCE, Layout, write_atomically
from onenode.leftovers import remove_kueue_link
from onenode.progress import Progress
from onenode.running import answers, healthy_node, kubectl, start_if_stale, stop

Object = dict[str, Any]

UP_STEPS = 4
DOWN_STEPS = 3
MANAGED = {"matchLabels": {"kueue-managed": "true"}}
CRD_TIMEOUT_S = 60

_CONFIGURATION = SOURCE / "kueue" / "configuration.yaml"
_WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_RIGHTS = ("ClusterRole", "ClusterRoleBinding")
# The Deployment, its Services and what its namespace holds are for a pod.
_KEPT = {"CustomResourceDefinition", *_RIGHTS, *_WEBHOOKS}
# Whatever the module's manifests bring has it.
_OURS = ("--selector", "app.kubernetes.io/name=kueue")
_APPLY = ("apply", "--server-side", "--force-conflicts", "-f", "-")
_GROUP = ".kueue.x-k8s.io"


def up(layout: Layout) -> None:
    """Starts Kueue on a healthy cluster; the webhooks are told to the API server last.

    Raises:
        ClusterError: the cluster does not run, or Kueue does not start.
    """
    progress = Progress(UP_STEPS)
    build(layout, progress, KUEUE)
    node = healthy_node(layout)
    with progress.step("applying its definitions and rights"):
        _configure(node)
        objects = manifests(node)
        _apply(node, [found for found in objects if found["kind"] not in _WEBHOOKS])
        _await_definitions(node)
    with progress.step("starting Kueue") as step:
        step.detail = "" if start_if_stale(node, components.kueue(node)) else "healthy"
    with progress.step("applying its webhooks"):
        _apply(node, [found for found in objects if found["kind"] in _WEBHOOKS])


def down(layout: Layout) -> None:
    """Removes Kueue: first its webhooks, which would refuse every Job once it has ended.

    Jobs that it has suspended stay as they are, and nobody resumes them.
    """
    progress = Progress(DOWN_STEPS)
    node = Node(layout, Pki(layout.pki), addresses.node_address(), locate(layout))
    there = answers(node)
    with progress.step("removing its webhooks"):
        if there:
            _delete(node, _WEBHOOKS)
    with progress.step("stopping Kueue"):
        stop(node, ("kueue",))
        remove_kueue_link(layout)
    with progress.step("removing what it has stored, its definitions and its rights"):
        if there:
            _delete_stored(node)
            _delete(node, _RIGHTS)


def manifests(node: Node) -> list[Object]:
    """What the module brings, for a process instead of a Deployment."""
    folder = source_of(KUEUE, KUEUE_PATH) / "config" / "default"
    rendered = kubectl(node, "kustomize", folder)
    as_json = ("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-")
    authority = node.pki.authority.read_bytes()
    found = _objects(kubectl(node, *as_json, stdin=rendered))
    return [for_a_process(each, authority) for each in found if each["kind"] in _KEPT]


def for_a_process(found: Object, authority: bytes) -> Object:
    """An object of the module whose webhooks, if it has some, lead to the process.

    Webhooks of kinds that are not watched are left out, and that of Jobs is for the namespaces
    alone that ask for it.
    """
    if webhook := found.get("spec", {}).get("conversion", {}).get("webhook"):
        webhook["clientConfig"] = _client(webhook["clientConfig"], authority)
    if found["kind"] in _WEBHOOKS:
        found["webhooks"] = [hook for hook in found["webhooks"] if _is_watched(hook)]
        for hook in found["webhooks"]:
            hook["clientConfig"] = _client(hook["clientConfig"], authority)
            if _groups(hook) == {"batch"}:
                hook["namespaceSelector"] = MANAGED
    return found


def _is_watched(hook: Object) -> bool:
    return _groups(hook) <= {"batch", _GROUP[1:]}


def _groups(hook: Object) -> set[str]:
    return {group for rule in hook["rules"] for group in rule["apiGroups"]}


def _client(config: Object, authority: bytes) -> Object:
    url = f"https://{LOOPBACK}:{addresses.KUEUE_WEBHOOK_PORT}{config['service']['path']}"
    return {"url": url, "caBundle": base64.b64encode(authority).decode()}


def _objects(text: str) -> list[Object]:
    """Objects of JSON that follow each other, or stand in a List."""
    found: list[Object] = []
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        each, end = decoder.raw_decode(rest)
        found += each["items"] if each["kind"] == "List" else [each]
        rest = rest[end:].lstrip()
    return found


def _configure(node: Node) -> None:
    """Writes all that the process reads."""
    layout, pki = node.layout, node.pki
    issue_later(pki, KUEUE_USER, node.address)
    text = kubeconfig(pki, KUEUE_USER, node.address)
    write_atomically(kubeconfig_of(layout, KUEUE_USER), text, mode=0o600)
    certificates = layout.kueue / "metrics" / "certs"
    certificates.mkdir(parents=True, exist_ok=True)
    _link(certificates / "tls.crt", pki.certificate(KUEUE_USER))
    _link(certificates / "tls.key", pki.key(KUEUE_USER))
    if KUEUE_LINK.exists() and KUEUE_LINK.resolve() != layout.kueue:
        raise ClusterError(f"Kueue reads {KUEUE_LINK}, and something that is not ours is there")
    _link(KUEUE_LINK, layout.kueue)
    values = {
        "loopback": LOOPBACK,
        "health_port": addresses.KUEUE_HEALTH_PORT,
        "webhook_port": addresses.KUEUE_WEBHOOK_PORT,
        "certificates": certificates,
    }
    text = Template(_CONFIGURATION.read_text()).substitute(values)
    write_atomically(layout.kueue / "configuration.yaml", text)


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _apply(node: Node, objects: list[Object]) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    kubectl(node, *_APPLY, stdin=json.dumps(listed))


def _await_definitions(node: Node) -> None:
    wait = ("wait", "--for=condition=Established", f"--timeout={CRD_TIMEOUT_S}s")
    kubectl(node, *wait, "crd", *_OURS, timeout_s=CRD_TIMEOUT_S + 10)


def _delete(node: Node, kinds: Iterable[str]) -> None:
    named = ",".join(kinds).lower()
    # Nothing holds them, so they are gone at once; kubectl would look for each.
    kubectl(node, "delete", named, *_OURS, "--ignore-not-found", "--wait=false")


def _delete_stored(node: Node) -> None:
    """Deletes objects and definitions; of the objects, nobody is left who would let go."""
    names = kubectl(node, "get", "crd", *_OURS, "-o", "name").split()
    for kind, namespace, name in _held(node, names):
        patch = '{"metadata": {"finalizers": null}}'
        where = ("--namespace", namespace) if namespace else ()
        kubectl(node, "patch", kind, name, *where, "--type=merge", f"--patch={patch}")
    if names:
        kubectl(node, "delete", *names, "--ignore-not-found")


def _held(node: Node, definitions: list[str]) -> Iterator[tuple[str, str, str]]:
    """Kind, namespace and name of what Kueue does not let go."""
    kinds = ",".join(name.partition("/")[2] for name in definitions)
    if not kinds:
        return
    for found in json.loads(kubectl(node, "get", kinds, "--all-namespaces", "-o", "json"))["items"]:
        metadata = found["metadata"]
        if metadata.get("finalizers"):
            kind = f"{found['kind']}{_GROUP}".lower()
            yield kind, metadata.get("namespace", ""), metadata["name"]
