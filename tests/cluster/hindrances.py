"""What may keep a namespace from getting secrets, Jobs or pods, and how it is lifted again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml
from kubectl import Kubectl, Manifest, Refused, eventually

_ADMISSION = "admissionregistration.k8s.io/v1"
_CONTAINER = {"name": "any", "image": "any", "resources": {"limits": {"memory": "1Gi"}}}
_POD_SPEC = {"containers": [_CONTAINER], "restartPolicy": "Never"}
_GROUPS = {"secrets": "", "jobs": "batch", "pods": ""}
ANY: dict[str, Manifest] = {
    "secrets": {"apiVersion": "v1", "kind": "Secret"},
    "jobs": {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": _POD_SPEC}}},
    "pods": {"apiVersion": "v1", "kind": "Pod", "spec": _POD_SPEC},
}
"""An object of each kind, to try whether any is let in."""


@dataclass(frozen=True)
class Hindrance:
    """Something in the way of all objects of one kind in one namespace."""

    of: str
    """The kind: ``secrets``, ``jobs`` or ``pods``."""
    words: str
    """Part of what is said of it."""
    there: Callable[[str], list[Manifest]] = lambda _: []
    """What is in the way, by the namespace."""
    missing: Callable[[str], list[Manifest]] = lambda _: []
    """What is not there and should be, by the namespace."""
    asks: Callable[[str], dict[str, Any]] = lambda _: {}
    """What a VoiceJob asks for to meet it, by the namespace."""

    @property
    def reason(self) -> str:
        """The reason that a VoiceJob tells; pods are made by the Job controller, in its words."""
        return {"secrets": "SecretForbidden", "jobs": "JobForbidden", "pods": "FailedCreate"}[
            self.of
        ]

    @property
    def is_told_by_an_event(self) -> bool:
        """Whether the operator only hears of it: what makes the pods is another."""
        return self.of == "pods"


@dataclass
class Way:
    """A namespace with a hindrance in it."""

    kubectl: Kubectl
    hindrance: Hindrance
    _made: list[Manifest] = field(default_factory=list)

    def block(self) -> None:
        there = self.hindrance.there(self.kubectl.namespace)
        if there:
            self._make(there)
            what = f"{self.hindrance.of} are refused: {self.hindrance.words}"
            eventually(what, self._is_blocked, 30)

    def lift(self) -> None:
        self.clean()
        missing = self.hindrance.missing(self.kubectl.namespace)
        if missing:
            self._make(missing)

    def clean(self) -> None:
        """Delete what was made; some of it belongs to no namespace."""
        if self._made:
            whole = yaml.safe_dump_all(self._made)
            self.kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", stdin=whole)
        self._made = []

    def _make(self, manifests: list[Manifest]) -> None:
        self._made = manifests
        self.kubectl.create(*manifests)

    def _is_blocked(self) -> bool:
        tried = {**ANY[self.hindrance.of], "metadata": {"name": "tried"}}
        try:
            self.kubectl("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(tried))
        except Refused as refused:
            return self.hindrance.words in str(refused)
        return False


@contextmanager
def in_the_way(kubectl: Kubectl, hindrance: Hindrance) -> Iterator[Way]:
    """Put the hindrance there; whatever was made is gone afterwards."""
    way = Way(kubectl, hindrance)
    try:
        way.block()
        yield way
    finally:
        way.clean()


def resource_quota(name: str, resource: str, most: int) -> Manifest:
    """A ResourceQuota of one resource."""
    spec = {"hard": {resource: str(most)}}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec}


def quota(of: str, resource: str) -> Hindrance:
    """A ResourceQuota that is full."""
    name = f"no-{of}"
    return Hindrance(of, f"exceeded quota: {name}", lambda _: [resource_quota(name, resource, 0)])


def limit_range() -> Hindrance:
    """A LimitRange below what a worker may use."""
    spec = {"limits": [{"type": "Container", "max": {"memory": "256Mi"}}]}
    tight = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "tight"}, "spec": spec}
    words = "maximum memory usage per Container is 256Mi"
    return Hindrance("pods", words, lambda _: [tight])


def policy(of: str) -> Hindrance:
    """A ValidatingAdmissionPolicy that denies; with no code of its own, so with 422."""
    words = f"no {of} on Fridays"

    def there(namespace: str) -> list[Manifest]:
        metadata = {"name": f"{namespace}-{of}"}
        rules = {"resourceRules": [_rule(of)]}
        never = {"validations": [{"expression": "false", "message": words}]}
        binding = {
            "policyName": metadata["name"],
            "validationActions": ["Deny"],
            "matchResources": _only(namespace),
        }
        kinds = ("ValidatingAdmissionPolicy", {"matchConstraints": rules, **never})
        bound = ("ValidatingAdmissionPolicyBinding", binding)
        return [_admission(kind, metadata, spec=spec) for kind, spec in (kinds, bound)]

    return Hindrance(of, words, there)


def dead_webhook(of: str) -> Hindrance:
    """A webhook that has to be asked, and whose service is not there."""

    def there(namespace: str) -> list[Manifest]:
        webhook = {
            "name": f"{of}.voicejob.dev",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "clientConfig": {"service": {"namespace": namespace, "name": "gone"}},
            "rules": [_rule(of)],
            **_only(namespace),
        }
        kind, metadata = "ValidatingWebhookConfiguration", {"name": f"{namespace}-{of}"}
        return [_admission(kind, metadata, webhooks=[webhook])]

    return Hindrance(of, f'failed calling webhook "{of}.voicejob.dev"', there)


def missing_priority_class() -> Hindrance:
    """A PriorityClass that nobody has made yet."""

    def missing(namespace: str) -> list[Manifest]:
        kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
        return [{**kind, "metadata": {"name": namespace}, "value": 0, "preemptionPolicy": "Never"}]

    return Hindrance(
        "pods",
        "no PriorityClass with name",
        missing=missing,
        asks=lambda namespace: {"priorityClassName": namespace},
    )


def suspends_each_job(namespace: str) -> list[Manifest]:
    """What a queue's webhook does: each Job of the namespace is suspended as it is made."""
    metadata = {"name": f"{namespace}-queue"}
    expression = '[JSONPatch{op: "add", path: "/spec/suspend", value: true}]'
    policy_spec = {
        "matchConstraints": {"resourceRules": [_rule("jobs")]},
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}],
    }
    binding = {"policyName": metadata["name"], "matchResources": _only(namespace)}
    return [
        _admission("MutatingAdmissionPolicy", metadata, spec=policy_spec),
        _admission("MutatingAdmissionPolicyBinding", metadata, spec=binding),
    ]


def _admission(kind: str, metadata: Manifest, **rest: Any) -> Manifest:
    return {"apiVersion": _ADMISSION, "kind": kind, "metadata": metadata, **rest}


def _rule(of: str) -> Manifest:
    return {
        "apiGroups": [_GROUPS[of]],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": [of],
    }


def _only(namespace: str) -> Manifest:
    """Nobody else's objects meet it."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
