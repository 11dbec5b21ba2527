"""What a VoiceJob may ask of a platform: safe by default, wider where an administrator says so."""

import pytest
from rendering import EVERYTHING, voicejob

from voicejob_operator.manifests.fences import secret_to_look_up, violation
from voicejob_operator.manifests.names import grants_name, job_file_name
from voicejob_operator.settings import AllowedSettings

SAFE = AllowedSettings()
COLLEAGUE = voicejob("colleague", uid="22222222-bbbb")


def metadata(**metadata):
    return {"podTemplate": {"metadata": metadata}}


def pod(**spec):
    return {"podTemplate": {"spec": spec}}


def node_affinity(key, operator="Exists"):
    term = {"matchExpressions": [{"key": key, "operator": operator}]}
    required = {"nodeSelectorTerms": [term]}
    return pod(
        affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    )


def neighbours(kind, **term):
    terms = [{"topologyKey": "kubernetes.io/hostname", **term}]
    return pod(affinity={kind: {"requiredDuringSchedulingIgnoredDuringExecution": terms}})


def spoken(secret):
    return {"textFrom": {"secretKeyRef": {"name": secret, "key": "text"}}}


def output(secret):
    return {"output": {"uri": "s3://mine/x/", "credentialsSecret": secret}}


REFUSED = {
    "an identity in the cloud": (
        metadata(annotations={"iam.amazonaws.com/role": "admin"}),
        "spec.podTemplate.metadata.annotations",
        "iam.amazonaws.com/role",
        "podAnnotations",
    ),
    "secrets of a vault": (
        metadata(annotations={"vault.hashicorp.com/agent-inject": "true"}),
        "spec.podTemplate.metadata.annotations",
        "vault.hashicorp.com/agent-inject",
        "podAnnotations",
    ),
    "an endpoint of another's Service": (
        metadata(labels={"app": "payments"}),
        "spec.podTemplate.metadata.labels",
        "app",
        "podLabels",
    ),
    "a priority": (
        {"priorityClassName": "high"},
        "spec.priorityClassName",
        "high",
        "priorityClasses",
    ),
    "a ServiceAccount": (
        pod(serviceAccountName="irsa-admin"),
        "spec.podTemplate.spec.serviceAccountName",
        "irsa-admin",
        "serviceAccounts",
    ),
    "a way out of the sandbox": (
        pod(runtimeClassName="runc"),
        "spec.podTemplate.spec.runtimeClassName",
        "runc",
        "runtimeClasses",
    ),
    "another scheduler": (
        pod(schedulerName="mine"),
        "spec.podTemplate.spec.schedulerName",
        "mine",
        "schedulers",
    ),
    "another team's nodes": (
        pod(tolerations=[{"key": "dedicated", "operator": "Equal", "value": "payments"}]),
        "spec.podTemplate.spec.tolerations",
        "dedicated",
        "tolerationKeys",
    ),
    "a device that is no GPU": (
        {"gpu": {"resourceName": "smarter-devices/fuse"}},
        "spec.gpu.resourceName",
        "smarter-devices/fuse",
        "gpuResources",
    ),
    "a DeviceClass of nobody's": (
        {"gpu": {"deviceClassName": "any-device"}},
        "spec.gpu.deviceClassName",
        "any-device",
        "deviceClasses",
    ),
    "a queue of the whole cluster's": (
        {"gpu": {"allocation": "KAI"}, "queueName": "research"},
        "spec.queueName",
        "research",
        "kaiQueues",
    ),
    "a place before others in the queue": (
        {"queueName": "team-a", "workloadPriorityClassName": "urgent"},
        "spec.workloadPriorityClassName",
        "urgent",
        "workloadPriorityClasses",
    ),
    "a registry's credentials": (
        pod(imagePullSecrets=[{"name": "registry"}]),
        "spec.podTemplate.spec.imagePullSecrets",
        "registry",
        "imagePullSecrets",
    ),
    "a Secret to speak": (
        spoken("database"),
        "spec.textFrom.secretKeyRef",
        "database",
        "textFromSecrets",
    ),
    "other namespaces' pods near": (
        neighbours("podAffinity", namespaces=["payments"]),
        "spec.podTemplate.spec.affinity.podAffinity",
        "pods of other namespaces",
        "crossNamespaceAffinity",
    ),
    "other namespaces' pods away": (
        neighbours("podAntiAffinity", namespaceSelector={}),
        "spec.podTemplate.spec.affinity.podAntiAffinity",
        "pods of other namespaces",
        "crossNamespaceAffinity",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_the_safe_defaults_refuse(case):
    spec, field, found, value = case
    refused = violation(voicejob(**spec), SAFE)
    assert (refused.field, refused.found, refused.value) == (field, found, f"allowed.{value}")
    assert str(refused).startswith(f"{field} names {found}, which this platform does not allow: ")
    assert f"allowed.{value}" in str(refused)


LITTLE = AllowedSettings(max_gpus=0, max_retries=2, max_active_seconds=3600)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            {"gpu": {}},
            "spec.gpu.count asks for 1, which this platform does not allow: leave it out, or "
            "ask its administrator to raise allowed.maxGpus",
        ),
        ({"retries": 3}, "write 2 at most, or ask its administrator to raise allowed.maxRetries"),
        ({"deadlines": {"activeSeconds": 3601}}, "allowed.maxActiveSeconds"),
    ],
)
def test_amounts_have_their_limits(spec, told):
    assert told in str(violation(voicejob(**spec), LITTLE))
    assert violation(voicejob(**spec), SAFE) is None


def test_amounts_may_reach_their_limits():
    at_most = {"retries": 2, "deadlines": {"activeSeconds": 3600}}
    assert violation(voicejob(**at_most), LITTLE) is None


WIDER = {
    "pod_annotations": ("iam.amazonaws.com/*", "vault.hashicorp.com/*"),
    "pod_labels": ("app",),
    "priority_classes": ("hi?h",),
    "service_accounts": ("irsa-*",),
    "runtime_classes": ("runc",),
    "schedulers": ("mine",),
    "toleration_keys": ("dedicated",),
    "gpu_resources": ("smarter-devices/*",),
    "device_classes": ("any-*",),
    "kai_queues": ("research",),
    "workload_priority_classes": ("urgent",),
    "image_pull_secrets": ("registry",),
    "text_from_secrets": "Named",
    "text_secrets": ("data*",),
    "cross_namespace_affinity": True,
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_an_administrator_can_allow(case):
    assert violation(voicejob(**case[0]), AllowedSettings(**WIDER)) is None


@pytest.mark.parametrize("name", AllowedSettings.model_fields)
def test_every_setting_is_compared_with_what_it_says(name):
    """Each makes a difference to some VoiceJob, and so none is forgotten."""
    tried = [spec for spec, *_ in REFUSED.values()]
    tried += [output("mine"), EVERYTHING | spoken("database"), {"gpu": {"count": 1}}]
    tried += [{"deadlines": {"activeSeconds": 2}}, {"queueName": "team-a"}]
    tried += [{"gpu": {"claimTemplateName": "half"}}]
    wide = AllowedSettings(**WIDER)
    narrow = {
        "credentials_secrets": (),
        "volume_claims": (),
        "gpu_allocations": ("ResourceClaim",),
        "claim_templates": (),
        "queues": (),
        "reserved_secrets": ("mine",),
        "max_gpus": 0,
        "max_retries": 0,
        "max_active_seconds": 1,
    }.get(name, AllowedSettings.model_fields[name].default)
    narrowed = wide.model_copy(update={name: narrow})
    assert any(
        violation(voicejob(**spec), wide) != violation(voicejob(**spec), narrowed) for spec in tried
    )


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"gpu": {"count": 1}},
        {"gpu": {"resourceName": "nvidia.com/mig-1g.10gb"}},
        pod(runtimeClassName="nvidia", schedulerName="default-scheduler"),
        pod(nodeSelector={"zone": "b", "nvidia.com/gpu.product": "L4"}),
        pod(tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}]),
        metadata(annotations={"sidecar.istio.io/inject": "false"}),
        metadata(labels={"user.voicejob.dev/team": "a"}),
        neighbours("podAntiAffinity", labelSelector={"matchLabels": {"a": "b"}}),
        neighbours("podAntiAffinity", namespaces=["default"]),
        node_affinity("node-role.kubernetes.io/control-plane", "DoesNotExist"),
        output("mine"),
        {"model": {"uri": "pvc://models/voice.onnx"}},
    ],
)
def test_the_safe_defaults_allow_what_harms_nobody(spec):
    assert violation(voicejob(**spec), SAFE) is None


EVERYTHING_GOES = AllowedSettings(
    **{
        name: ("*",)
        for name, field in AllowedSettings.model_fields.items()
        if isinstance(field.default, tuple) and name != "reserved_secrets"
    },
    text_from_secrets="Named",
    cross_namespace_affinity=True,
    reserved_secrets=("voicejob-store",),
)


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (metadata(labels={"app.kubernetes.io/instance": "x"}), "app.kubernetes.io/instance"),
        (metadata(labels={"voicejob.dev/uid": "x"}), "voicejob.dev/uid"),
        (metadata(labels={"batch.kubernetes.io/job-name": "x"}), "batch.kubernetes.io/job-name"),
        (
            metadata(annotations={"argocd.argoproj.io/tracking-id": "x"}),
            "argocd.argoproj.io/tracking-id",
        ),
        (
            metadata(labels={"kustomize.toolkit.fluxcd.io/name": "x"}),
            "kustomize.toolkit.fluxcd.io/name",
        ),
        (
            metadata(annotations={"kubectl.kubernetes.io/restartedAt": "x"}),
            "kubectl.kubernetes.io/restartedAt",
        ),
        (
            metadata(
                annotations={"container.apparmor.security.beta.kubernetes.io/worker": "unconfined"}
            ),
            "container.apparmor.security.beta.kubernetes.io/worker",
        ),
        (pod(tolerations=[{"key": "node-role.kubernetes.io/master", "operator": "Exists"}]), None),
        (pod(nodeSelector={"node-role.kubernetes.io/control-plane": ""}), None),
        (node_affinity("node-role.kubernetes.io/control-plane"), None),
        (spoken(grants_name(COLLEAGUE)), grants_name(COLLEAGUE)),
        (spoken(job_file_name(COLLEAGUE)), job_file_name(COLLEAGUE)),
        (spoken("voicejob-store"), "voicejob-store"),
        (output("voicejob-store"), "voicejob-store"),
        (output(grants_name(COLLEAGUE)), grants_name(COLLEAGUE)),
        (pod(imagePullSecrets=[{"name": "voicejob-store"}]), "voicejob-store"),
    ],
)
def test_no_platform_allows(spec, found):
    refused = violation(voicejob(**spec), EVERYTHING_GOES)
    assert refused.value == ""
    assert found is None or refused.found == found
    assert "no platform allows" in str(refused)


@pytest.mark.parametrize("operator", ["Exists", "In", "Gt"])
def test_a_nodes_role_is_chosen_in_no_way(operator):
    key = "node-role.kubernetes.io/control-plane"
    preferred = {
        "weight": 1,
        "preference": {
            "matchExpressions": [
                {"key": key, "operator": operator}
                | ({} if operator == "Exists" else {"values": ["1"]})
            ]
        },
    }
    rules = {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}
    refused = violation(voicejob(**pod(affinity={"nodeAffinity": rules})), EVERYTHING_GOES)
    assert refused.field == "spec.podTemplate.spec.affinity.nodeAffinity"


class TestASecretThatIsToBeSpoken:
    LABELLED = AllowedSettings(text_from_secrets="Labelled")

    def test_is_looked_up_only_where_its_label_decides(self):
        made = voicejob(**spoken("letter"))
        assert secret_to_look_up(made, self.LABELLED) == "letter"
        assert secret_to_look_up(made, SAFE) is None
        assert secret_to_look_up(voicejob(), self.LABELLED) is None

    def test_may_be_where_its_owner_says_so(self):
        made = voicejob(**spoken("letter"))
        assert violation(made, self.LABELLED, {"voicejob.dev/text": "true"}) is None

    @pytest.mark.parametrize("labels", [None, {}, {"voicejob.dev/text": "false"}])
    def test_may_not_be_otherwise(self, labels):
        refused = violation(voicejob(**spoken("letter")), self.LABELLED, labels)
        assert 'label it voicejob.dev/text: "true"' in str(refused)

    def test_is_never_the_operators_own_whatever_its_label(self):
        made = voicejob(**spoken(grants_name(COLLEAGUE)))
        refused = violation(made, self.LABELLED, {"voicejob.dev/text": "true"})
        assert "no platform allows" in str(refused)


def test_a_refusal_says_what_was_found_what_is_allowed_and_whom_to_ask():
    refused = violation(voicejob(**REFUSED["an identity in the cloud"][0]), SAFE)
    assert str(refused) == (
        "spec.podTemplate.metadata.annotations names iam.amazonaws.com/role, which this platform "
        "does not allow: ask its administrator to add it to allowed.podAnnotations (there now: "
        "sidecar.istio.io/inject, linkerd.io/inject, "
        "cluster-autoscaler.kubernetes.io/safe-to-evict, karpenter.sh/do-not-disrupt)"
    )


def test_a_refusal_never_shows_a_value():
    annotations = {"iam.amazonaws.com/role": "arn:aws:iam::1:role/hidden"}
    assert "hidden" not in str(violation(voicejob(**metadata(annotations=annotations)), SAFE))
