"""What is made of the manifests in Kueue's module."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from onenode import kueue, leftovers
from onenode.layout import Layout

URL = "https://127.0.0.1:10245"


def service(path: str) -> dict[str, Any]:
    named = {"name": "kueue-webhook-service", "namespace": "kueue-system", "path": path}
    return {"service": named}


def webhook(name: str, group: str, path: str) -> dict[str, Any]:
    rules = [{"apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE"]}]
    return {"name": name, "clientConfig": service(path), "rules": rules, "failurePolicy": "Fail"}


@pytest.fixture
def webhooks() -> list[dict[str, Any]]:
    found = {
        "kind": "MutatingWebhookConfiguration",
        "webhooks": [
            webhook("mjob.kb.io", "batch", "/mutate-batch-v1-job"),
            webhook("mworkload.kb.io", "kueue.x-k8s.io", "/mutate-workload"),
            webhook("mpod.kb.io", "", "/mutate--v1-pod"),
            webhook("mdeployment.kb.io", "apps", "/mutate-apps-v1-deployment"),
        ],
    }
    changed = kueue.for_a_process(found, b"authority")["webhooks"]
    assert isinstance(changed, list)
    return changed


def test_jobs_elsewhere_never_meet_a_webhook(webhooks: list[dict[str, Any]]) -> None:
    selectors = {hook["name"]: hook.get("namespaceSelector") for hook in webhooks}
    assert selectors == {
        "mjob.kb.io": {"matchLabels": {"kueue-managed": "true"}},
        "mworkload.kb.io": None,
    }


def test_webhooks_lead_to_the_process(webhooks: list[dict[str, Any]]) -> None:
    bundle = base64.b64encode(b"authority").decode()
    assert [hook["clientConfig"] for hook in webhooks] == [
        {"url": f"{URL}/mutate-batch-v1-job", "caBundle": bundle},
        {"url": f"{URL}/mutate-workload", "caBundle": bundle},
    ]


def test_old_versions_are_converted_by_the_process_too() -> None:
    how = {"strategy": "Webhook", "webhook": {"clientConfig": service("/convert")}}
    found = {"kind": "CustomResourceDefinition", "spec": {"conversion": how}}
    changed = kueue.for_a_process(found, b"authority")["spec"]["conversion"]["webhook"]
    assert changed["clientConfig"]["url"] == f"{URL}/convert"
    assert "service" not in changed["clientConfig"]


def test_a_definition_of_one_version_stays_as_it_is() -> None:
    found = {"kind": "CustomResourceDefinition", "spec": {"group": "kueue.x-k8s.io"}}
    assert kueue.for_a_process(json.loads(json.dumps(found)), b"authority") == found


@pytest.mark.parametrize("ours", [True, False])
def test_only_our_own_link_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    layout, link = Layout(tmp_path / "state", tmp_path / "cache"), tmp_path / "link"
    monkeypatch.setattr(leftovers, "KUEUE_LINK", link)
    link.symlink_to(layout.kueue if ours else tmp_path)
    leftovers.remove_kueue_link(layout)
    assert link.is_symlink() is not ours
