"""What a VoiceJob may ask of the platform, as its settings say.

A rule of the CRD holds on every platform; a fence is this platform's. Whoever may create VoiceJobs
should have by that no Secret, no identity, no node and no priority that they do not have otherwise.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from voicejob_api import names
from voicejob_api.affinity import Affinity, NodeSelectorTerm, PodAffinity, PodAffinityTerm
from voicejob_api.scheduling import PodTemplateMetadata, PodTemplateSpec
from voicejob_api.spec import VoiceJobSpec
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.manifests.fences_of_gpus import gpu_violations, queue_violations
from voicejob_operator.manifests.inputs import Address, Claim, KeyFile, inputs_of
from voicejob_operator.manifests.names import OWN_SECRET_PATTERNS
from voicejob_operator.manifests.violation import Violation, fits, given, outside
from voicejob_operator.settings import AllowedSettings

_METADATA: Final = "spec.podTemplate.metadata"
_POD: Final = "spec.podTemplate.spec"

RESERVED_KEYS: Final = (
    f"{names.GROUP}/*",
    "app.kubernetes.io/*",
    "kubectl.kubernetes.io/*",
    # by these a GitOps tool knows what it made, and deletes what it did not
    "argocd.argoproj.io/*",
    "*.toolkit.fluxcd.io/*",
    # by these the Job controller knows its pods
    "batch.kubernetes.io/*",
    "controller-uid",
    "job-name",
    # by these Kueue, KAI-Scheduler and HAMi queue a pod and give it a GPU, past spec.gpu,
    # spec.queueName and their fences; Kueue's podset-* for topologies gives nothing
    "kueue.x-k8s.io/queue-name",
    "kueue.x-k8s.io/priority-class",
    "kueue.x-k8s.io/pod-group*",
    "kueue.x-k8s.io/prebuilt-workload-name",
    "kai.scheduler/*",
    "runai/queue",
    "gpu-memory",
    "gpu-fraction*",
    "pod-group-name",
    "hami.io/*",
    # these loosen the pod's own restrictions
    "*.security.alpha.kubernetes.io/*",
    "*.security.beta.kubernetes.io/*",
)
"""Keys of labels and annotations that no platform can allow."""
_NODE_ROLES: Final = "node-role.kubernetes.io/*"
_AWAY: Final = frozenset({"NotIn", "DoesNotExist"})
"""Operators with which a label keeps the pod away from nodes."""


def violation(
    voicejob: VoiceJob,
    allowed: AllowedSettings,
    text_secret_labels: Mapping[str, str] | None = None,
) -> Violation | None:
    """The first thing that the VoiceJob asks for and may not have, or None.

    ``text_secret_labels`` are the labels of the Secret that ``secret_to_look_up`` names; without
    them that Secret counts as one that may not be spoken.
    """
    return next(_violations(voicejob, allowed, text_secret_labels or {}), None)


def secret_to_look_up(voicejob: VoiceJob, allowed: AllowedSettings) -> str | None:
    """The Secret whose labels decide whether it may be spoken, or None."""
    source = voicejob.spec.text_from
    if allowed.text_from_secrets != "Labelled" or source is None or source.secret_key_ref is None:
        return None
    return source.secret_key_ref.name


def _violations(
    voicejob: VoiceJob, allowed: AllowedSettings, labels: Mapping[str, str]
) -> Iterator[Violation]:
    spec, template = voicejob.spec, voicejob.spec.pod_template
    pod = (template and template.spec) or PodTemplateSpec()
    yield from _metadata((template and template.metadata) or PodTemplateMetadata(), allowed)
    yield from _pod(pod, allowed)
    if not allowed.cross_namespace_affinity:
        yield from _neighbours(pod.affinity or Affinity(), voicejob.metadata.namespace)
    yield from outside(
        "spec.priorityClassName",
        given(spec.priority_class_name),
        allowed.priority_classes,
        "allowed.priorityClasses",
    )
    yield from gpu_violations(spec, allowed)
    yield from queue_violations(spec, allowed)
    yield from _amounts(spec, allowed)
    yield from _inputs(spec, allowed, labels)


def _amounts(spec: VoiceJobSpec, allowed: AllowedSettings) -> Iterator[Violation]:
    for field, found, maximum, value in (
        ("gpu.count", spec.gpu.count if spec.gpu else None, allowed.max_gpus, "maxGpus"),
        ("retries", spec.retries, allowed.max_retries, "maxRetries"),
        (
            "deadlines.activeSeconds",
            spec.deadlines.active_seconds,
            allowed.max_active_seconds,
            "maxActiveSeconds",
        ),
    ):
        if found is not None and found > maximum:
            yield Violation(
                f"spec.{field}",
                str(found),
                (str(maximum),),
                f"allowed.{value}",
                remedy=f"{_at_most(maximum)}, or ask its administrator to raise allowed.{value}",
                verb="asks for",
            )


def _at_most(maximum: int) -> str:
    return f"write {maximum} at most" if maximum else "leave it out"


def _metadata(metadata: PodTemplateMetadata, allowed: AllowedSettings) -> Iterator[Violation]:
    for field, keys, patterns, value in (
        ("labels", metadata.labels, allowed.pod_labels, "podLabels"),
        ("annotations", metadata.annotations, allowed.pod_annotations, "podAnnotations"),
    ):
        yield from outside(
            f"{_METADATA}.{field}", keys, patterns, f"allowed.{value}", never=RESERVED_KEYS
        )


def _pod(pod: PodTemplateSpec, allowed: AllowedSettings) -> Iterator[Violation]:
    for field, found, patterns, value in (
        (
            "serviceAccountName",
            given(pod.service_account_name),
            allowed.service_accounts,
            "serviceAccounts",
        ),
        (
            "runtimeClassName",
            given(pod.runtime_class_name),
            allowed.runtime_classes,
            "runtimeClasses",
        ),
        ("schedulerName", given(pod.scheduler_name), allowed.schedulers, "schedulers"),
    ):
        yield from outside(f"{_POD}.{field}", found, patterns, f"allowed.{value}")
    yield from outside(
        f"{_POD}.imagePullSecrets",
        [secret.name for secret in pod.image_pull_secrets],
        allowed.image_pull_secrets,
        "allowed.imagePullSecrets",
        never=_never_named(allowed),
    )
    yield from _tolerations(pod, allowed)
    yield from _nodes(pod)


def _tolerations(pod: PodTemplateSpec, allowed: AllowedSettings) -> Iterator[Violation]:
    """Taints by their keys; the CRD refuses a toleration without one, which is of every taint."""
    yield from outside(
        f"{_POD}.tolerations",
        [toleration.key for toleration in pod.tolerations if toleration.key],
        allowed.toleration_keys,
        "allowed.tolerationKeys",
        never=(_NODE_ROLES,),
    )


def _nodes(pod: PodTemplateSpec) -> Iterator[Violation]:
    """Nodes are chosen by any label but their role."""
    wanted = [(f"{_POD}.nodeSelector", key) for key in pod.node_selector]
    field = f"{_POD}.affinity.nodeAffinity"
    for term in _node_terms(pod.affinity or Affinity()):
        for expression in (*term.match_expressions, *term.match_fields):
            if expression.operator not in _AWAY:
                wanted.append((field, expression.key))
    for place, key in wanted:
        if fnmatchcase(key, _NODE_ROLES):
            yield Violation(place, key)


def _node_terms(affinity: Affinity) -> Iterator[NodeSelectorTerm]:
    nodes = affinity.node_affinity
    if nodes is None:
        return
    required = nodes.required_during_scheduling_ignored_during_execution
    yield from required.node_selector_terms if required else ()
    for preferred in nodes.preferred_during_scheduling_ignored_during_execution:
        yield preferred.preference


def _neighbours(affinity: Affinity, own: str) -> Iterator[Violation]:
    """Pods of other namespaces, to be near to or, which keeps them off the node, away from."""
    for field, pods in (
        ("podAffinity", affinity.pod_affinity),
        ("podAntiAffinity", affinity.pod_anti_affinity),
    ):
        for term in _pod_terms(pods or PodAffinity()):
            if term.namespace_selector is not None or set(term.namespaces) - {own}:
                value = "allowed.crossNamespaceAffinity"
                yield Violation(
                    f"{_POD}.affinity.{field}",
                    "pods of other namespaces",
                    value=value,
                    remedy=f"ask its administrator to set {value}",
                )


def _pod_terms(pods: PodAffinity) -> Iterator[PodAffinityTerm]:
    yield from pods.required_during_scheduling_ignored_during_execution
    for weighted in pods.preferred_during_scheduling_ignored_during_execution:
        yield weighted.pod_affinity_term


def _inputs(
    spec: VoiceJobSpec, allowed: AllowedSettings, labels: Mapping[str, str]
) -> Iterator[Violation]:
    never = _never_named(allowed)
    for declared, origin in inputs_of(spec):
        match origin:
            case Claim(name):
                yield from outside(
                    declared.field, [name], allowed.volume_claims, "allowed.volumeClaims"
                )
            case Address(credentials_secret=secret) if secret is not None:
                yield from outside(
                    f"{declared.field}.credentialsSecret",
                    [secret],
                    allowed.credentials_secrets,
                    "allowed.credentialsSecrets",
                    never=never,
                )
            case KeyFile(kind="Secret", name=name):
                yield from _spoken(f"{declared.field}.secretKeyRef", name, allowed, labels)


def _spoken(
    field: str, secret: str, allowed: AllowedSettings, labels: Mapping[str, str]
) -> Iterator[Violation]:
    """A Secret whose value is spoken, and so is read by whoever hears it."""
    never, value = _never_named(allowed), "allowed.textFromSecrets"
    if fits(secret, never):
        yield Violation(field, secret)
    elif allowed.text_from_secrets == "None":
        remedy = f"put the text into a ConfigMap, or ask its administrator to set {value}"
        yield Violation(field, secret, value=value, remedy=remedy)
    elif allowed.text_from_secrets == "Named":
        yield from outside(field, [secret], allowed.text_secrets, "allowed.textSecrets")
    elif labels.get(names.LABEL_TEXT) != "true":
        remedy = f'have whoever owns it label it {names.LABEL_TEXT}: "true"'
        yield Violation(field, secret, value=value, remedy=remedy)


def _never_named(allowed: AllowedSettings) -> tuple[str, ...]:
    """Secrets of the operator's own: a colleague's text and grants, the store's credentials."""
    return (*OWN_SECRET_PATTERNS, *allowed.reserved_secrets)
