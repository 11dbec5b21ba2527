"""Values that Kubernetes, or the operator when it starts, would refuse: refused by their paths.

A release that the API server refuses half of is there by half; one whose operator does not start
says so in a log that nobody reads.
"""

import json
from typing import Any

import pytest
from chart_manifests import Manifest, Refusal, Render

from voicejob_api.resources import ContainerResources, amount

EXTERNAL = {
    "embedded": {"enabled": False},
    "external": {"endpoint": "https://s3.example.com", "existingSecret": "s"},
}
CONTAINERS = (
    "resources",
    "worker.resources",
    "worker.gpu.resources",
    "worker.modelCache.prefetch.resources",
    "gateway.resources",
    "store.embedded.resources",
    "store.embedded.signer.resources",
)
TERMS = "requiredDuringSchedulingIgnoredDuringExecution"


def at(path: str, value: Any) -> Manifest:
    """The values in which that path has that value."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fullnameOverride", "Speech"),
        ("fullnameOverride", "my.speech"),
        ("fullnameOverride", "null"),
        ("nameOverride", "speech_"),
        ("serviceAccount.name", "Mine"),
        ("worker.runtimeClassName", "Kata"),
        ("worker.priorityClassName", "system-node-critical"),
        ("worker.caBundle.key", "a/b"),
        ("worker.modelCache.claimName", "a..b"),
        ("gpu.deviceClassName", "a..b"),
        ("gpu.kai.queue", "a" * 64),
        ("gpu.hami.memoryResource", "gpumem"),
        ("store.external.existingSecret", "My Secret"),
        ("store.prefix", "a/../b/"),
        ("store.external.endpoint", "https://s3.example.com/bucket"),
        ("store.embedded.persistence.size", "20GB"),
        ("store.embedded.persistence.size", "20"),
        ("gateway.ingress.host", "https://audio.example.com"),
        ("image.repository", "ghcr.io/x/y:v1"),
        ("image.repository", "ghcr.io/X/y"),
        ("image.tag", "a b"),
        ("worker.workDirSize", "16"),
        ("resources.limits.memory", "2GB"),
        ("worker.resources.limits.memory", 512),
        ("worker.resources.limits.memory", "512m"),
        ("memoryRetries.maxGpu", "80"),
        ("memoryRetries.maxContainer", "64K"),
        ("gateway.resources.requests.cpu", "half"),
        ("commonLabels.team", "a b"),
        ("nodeSelector.zone", "a b"),
        ("gateway.replicas", 1 << 31),
        ("store.external.endpoint", "https://user:password@s3.example.com"),
        ("gateway.url", "https://user:password@audio.example.com"),
    ],
)
def test_a_wrong_word_or_number_is_refused(refusal: Refusal, path: str, value: Any) -> None:
    assert f"'/{path.replace('.', '/')}'" in refusal(at(path, value))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("imagePullSecrets", ["Reg_Cred"], "/imagePullSecrets/0"),
        ("worker.imagePullSecrets", ["a", "a"], "/worker/imagePullSecrets"),
        ("networkPolicy.workerNamespaces", ["a", "a"], "/networkPolicy/workerNamespaces"),
        ("networkPolicy.storeNetworks", ["999.0.0.0/8"], "/networkPolicy/storeNetworks/0"),
        ("priorityClasses", [{"name": "system-a", "value": 1}], "/priorityClasses/0/name"),
        ("commonLabels", {"a b": "c"}, "'a b'"),
        ("podLabels", {"app.kubernetes.io/name": "x"}, "app.kubernetes.io/name"),
        ("gateway.podLabels", {"app.kubernetes.io/component": "x"}, "app.kubernetes.io/component"),
        ("tolerations", [{"key": "a", "effect": "NoRun"}], "/tolerations/0/effect"),
        ("gateway.tolerations", [{"taint": "a"}], "/gateway/tolerations/0"),
        ("affinity.nodeAffinity", {"required": []}, TERMS),
        ("worker.affinity.nodeAffinity", {"required": []}, TERMS),
        (
            "worker.topologySpreadConstraints",
            [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
            "/worker/topologySpreadConstraints/0/maxSkew",
        ),
        (
            "gateway.topologySpreadConstraints",
            [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "Never"}],
            "/gateway/topologySpreadConstraints/0/whenUnsatisfiable",
        ),
        (
            "worker.env",
            [{"name": "A", "valueFrom": {"secretRef": {"name": "b"}}}],
            "/worker/env/0/valueFrom",
        ),
        (
            "worker.env",  # whose pods have no volumes but ours
            [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "b"}}}],
            "/worker/env/0/valueFrom",
        ),
        (
            "worker.env",
            [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "b"}}}],
            "/worker/env/0/valueFrom/secretKeyRef': missing property 'key'",
        ),
        (
            "gateway.extraEnv",
            [{"name": "A", "valueFrom": {"fieldRef": {}}}],
            "/gateway/extraEnv/0/valueFrom/fieldRef': missing property 'fieldPath'",
        ),
        (
            "worker.env",
            [{"name": "A", "value": "a", "valueFrom": {"fieldRef": {"fieldPath": "b"}}}],
            "worker.env has both value and valueFrom for A",
        ),
        (
            "affinity",
            {"nodeAffinity": {TERMS: [{"matchExpressions": []}]}},
            f"/affinity/nodeAffinity/{TERMS}': got array, want object",
        ),
        (
            "worker.affinity",
            {"podAntiAffinity": {TERMS: [{"labelSelector": {}}]}},
            "missing property 'topologyKey'",
        ),
        ("priorityClasses", [{"name": "a", "value": 1}] * 2, "priorityClasses has a twice"),
        ("networkPolicy.workerEgress", [{"from": []}], "/networkPolicy/workerEgress/0"),
        ("worker.catalogue", [{"engine": "piper", "uri": "https://a/../b"}], "/catalogue/0/uri"),
        (
            "worker.topologySpreadConstraints",
            [
                {
                    "maxSkew": 1,
                    "topologyKey": "a",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": "b",
                }
            ],
            "/worker/topologySpreadConstraints/0/labelSelector",
        ),
        ("operator.extraEnv", [{"name": "A", "value": 3}], "/operator/extraEnv/0/value"),
        ("gateway.extraEnv", [{"value": "3"}], "/gateway/extraEnv/0"),
        (
            "operator.extraEnv",
            [{"name": "VOICEJOB_OPERATOR_RECONCILERS", "value": "3"}],
            "/operator/extraEnv/0/name",
        ),
        (
            "operator.extraEnv",
            [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
            "operator.extraEnv has A twice: leave one of them out",
        ),
        ("extraVolumes", [{"name": "tmp", "emptyDir": {}}], "/extraVolumes/0/name"),
        ("gateway.extraVolumeMounts", [{"name": "a"}], "missing property 'mountPath'"),
        ("metrics.podMonitor.labels", {"helm.sh/chart": "x"}, "helm.sh/chart"),
        ("metrics.dashboard.labels", {"app.kubernetes.io/name": "x"}, "app.kubernetes.io/name"),
        ("strategy", {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}, "/strategy"),
        (
            "gateway.proxyFor",
            [{"kind": "ServiceAccount", "name": "a"}],
            "/gateway/proxyFor/0': missing property 'namespace'",
        ),
    ],
)
def test_a_wrong_list_or_object_is_refused(
    refusal: Refusal, path: str, value: Any, said: str
) -> None:
    assert said in refusal(at(path, value))


@pytest.mark.parametrize(
    "path",
    [
        "tolerations",
        "gateway.tolerations",
        "store.embedded.tolerations",
        "worker.tolerations",
        "worker.modelCache.perNode.tolerations",
    ],
)
@pytest.mark.parametrize(
    ("toleration", "said"),
    [
        ({"operator": "Exists", "value": "b"}, "[0] has operator Exists, which takes no value"),
        ({"tolerationSeconds": 5}, "[0] has tolerationSeconds, which goes with effect NoExecute"),
        ({"tolerationSeconds": 5, "effect": "NoSchedule"}, "[0] has tolerationSeconds"),
        ({"key": ""}, "[0] has no key"),
    ],
)
def test_a_toleration_that_nothing_takes_is_told(
    refusal: Refusal, path: str, toleration: Manifest, said: str
) -> None:
    told = refusal(at(path, [{"key": "a", **toleration}]))
    is_of_schema = path.startswith("worker.") and toleration == {"key": ""}
    assert ("tolerations/0/key" if is_of_schema else f"{path}{said}") in told


def test_tolerations_of_every_kind_are_taken(render: Render) -> None:
    own = [
        {"operator": "Exists"},
        {"key": "a", "operator": "Exists", "value": ""},
        {"key": "example.com/a", "value": "b", "effect": "NoSchedule"},
        {"key": "a", "effect": "NoExecute", "tolerationSeconds": 5},
    ]
    pod = render({"tolerations": own, "worker": {"tolerations": own[1:]}}).one("Deployment")
    assert pod["spec"]["template"]["spec"]["tolerations"] == own


@pytest.mark.parametrize("name", ["endpoint", "existingSecret", "gatewaySecret"])
def test_a_store_of_ones_own_that_would_not_be_used_is_told(refusal: Refusal, name: str) -> None:
    value = "https://s3.example.com" if name == "endpoint" else "s"
    said = refusal(at(f"store.external.{name}", value))
    assert f"store.external.{name} is set, and store.embedded.enabled is true" in said


def test_the_gateway_never_has_the_operators_account(refusal: Refusal) -> None:
    values = {**at("serviceAccount.name", "one"), **at("gateway.serviceAccount.name", "one")}
    assert "would have the operator's rights" in refusal(values)


def test_names_that_yaml_takes_for_numbers_stay_names(render: Render) -> None:
    manifests = render(
        {
            "watchNamespaces": ["123"],
            "imagePullSecrets": ["456"],
            "priorityClassName": "321",
            "networkPolicy": {"enabled": True},
            "store": {"embedded": {"existingSecret": "789"}},
        }
    )
    names = [manifest["metadata"].get("namespace", "") for manifest in manifests.all]
    assert "123" in names
    assert all(isinstance(name, str) for name in names)
    pod = manifests.one("Deployment")["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "456"}]
    assert pod["priorityClassName"] == "321"
    (volume,) = (each for each in pod["volumes"] if each["name"] == "store-credentials")
    assert volume["projected"]["sources"][0]["secret"]["name"] == "789"


def test_a_class_of_storage_may_be_none(render: Render) -> None:
    def storage_class(name: str) -> Any:
        values = at("store.embedded.persistence.storageClassName", name)
        (claim,) = render(values).of("PersistentVolumeClaim")
        return claim["spec"].get("storageClassName")

    assert (storage_class(""), storage_class("-"), storage_class("fast")) == (None, "", "fast")


def test_a_name_that_is_cut_ends_as_a_name_does(render: Render) -> None:
    manifests = render({"fullnameOverride": f"{'a' * 48}--bb"})
    assert "a" * 48 in [each["metadata"]["name"] for each in manifests.of("Deployment")]


def test_policies_name_networks_without_the_bits_of_a_host(render: Render) -> None:
    manifests = render(
        {
            "networkPolicy": {
                "enabled": True,
                "workerNamespaces": ["a"],
                "storeNetworks": ["10.1.2.3/13", "fd00::/8", "fd00::9:0/112"],
            },
            "worker": {"allowedPrivateHosts": ["192.168.77.9/20", "10.0.0.7", "0.0.0.0/0"]},
            "store": EXTERNAL,
        }
    )
    worker = manifests.one("NetworkPolicy", "voicejob-operator-worker")["spec"]["egress"]
    networks = {
        peer["ipBlock"]["cidr"]
        for rule in worker
        for peer in rule.get("to", ())
        if "ipBlock" in peer and "except" not in peer["ipBlock"]
    }
    assert networks >= {"10.0.0.0/13", "fd00::/8", "fd00::9:0/112"}
    assert networks - {"fd00::9:0/112"} == {
        "10.0.0.0/13",
        "fd00::/8",
        "192.168.64.0/20",
        "10.0.0.7/32",
        "0.0.0.0/0",
    }


def test_an_address_of_a_host_is_no_network_of_version_6(refusal: Refusal) -> None:
    policy = {"enabled": True, "workerNamespaces": ["a"], "storeNetworks": ["fd00::9/64"]}
    told = refusal({"networkPolicy": policy, "store": EXTERNAL})
    assert "fd00::9/64 is an address in a network" in told


def test_an_annotations_domain_may_have_capitals(render: Render) -> None:
    render({"podAnnotations": {"Example.com/Foo": "x"}})


@pytest.mark.parametrize("path", CONTAINERS)
@pytest.mark.parametrize("memory", ["1Ki", "16383Ki", "15.9Mi", "1.5e+7", ".01G", "16777215"])
def test_a_limit_in_which_nothing_starts_is_told(refusal: Refusal, path: str, memory: str) -> None:
    said = refusal(at(path, {"limits": {"memory": memory}}))
    assert f"{path}.limits.memory is {memory}, and no container starts in under 16Mi" in said


def test_bytes_without_a_unit_are_told_of_any_container(refusal: Refusal) -> None:
    assert "resources.limits.memory is 512, and no" in refusal(at("resources.limits.memory", 512))


@pytest.mark.parametrize("memory", ["16Mi", "16777.216k", "0.02Gi", "1.7e+7", "+1E", 1 << 24])
def test_what_a_container_starts_in_is_taken(render: Render, memory: str | int) -> None:
    asked = {"limits": {"memory": memory}, "requests": {"memory": "1Mi"}}
    render({"resources": asked, "worker": {"resources": asked}})


@pytest.mark.parametrize("path", CONTAINERS)
@pytest.mark.parametrize(
    ("name", "request_", "limit"),
    [
        ("memory", "8Gi", "4Gi"),
        ("memory", "1.1G", "1Gi"),
        ("cpu", 2, "1999m"),
        ("cpu", "9.75", 9.5),
        ("ephemeral-storage", "1Gi", 1000000000),
    ],
)
def test_a_request_over_its_limit_is_told(
    refusal: Refusal, path: str, name: str, request_: str | float, limit: str | float
) -> None:
    said = refusal(at(path, {"requests": {name: request_}, "limits": {name: limit}}))
    assert f"{path}.requests.{name} is {request_}, and limits.{name} is " in said


@pytest.mark.parametrize(
    ("request_", "limit"), [("1Gi", "1Gi"), ("1024Mi", 1 << 30), (1 << 30, "1.1G"), (".5Gi", "1Gi")]
)
def test_a_request_up_to_its_limit_is_taken(
    render: Render, request_: str | int, limit: str | int
) -> None:
    asked = {"requests": {"memory": request_, "cpu": 8}, "limits": {"memory": limit}}
    render({"resources": asked, "worker": {"resources": asked}})


@pytest.mark.parametrize("cpu", [".5", "5.", "+1", "1e-1", "0.5", 0.5, 2, "250m"])
def test_processors_are_taken_as_kubernetes_takes_them(
    render: Render, cpu: str | float | int
) -> None:
    """The operator is given a string where it is a fraction: it reads no other."""
    asked = {"requests": {"cpu": cpu}}
    manifests = render({"resources": asked, "worker": {"resources": asked}})
    written = json.loads(manifests.environment()["VOICEJOB_OPERATOR_WORKER__RESOURCES"])
    read = ContainerResources.model_validate(written)
    assert amount(read.requests["cpu"]) == amount(str(cpu))


@pytest.mark.parametrize("path", ["operator.extraEnv", "gateway.extraEnv"])
def test_a_variable_may_come_from_a_file(render: Render, path: str) -> None:
    source = {"volumeName": "a", "path": "b.env", "key": "C"}
    render(at(path, [{"name": "A", "valueFrom": {"fileKeyRef": source}}]))


def test_a_registry_may_be_an_address_of_version_6(render: Render) -> None:
    manifests = render({"image": {"repository": "[fd00::1]:5000/voicejob/operator", "tag": "1"}})
    assert "[fd00::1]:5000/voicejob/operator:1" in str(manifests.all)
    manifests = render({"global": {"imageRegistry": "[fd00::1]:5000/mirror"}})
    assert "[fd00::1]:5000/mirror/voicejob/operator:" in str(manifests.all)


@pytest.mark.parametrize("registry", ["[fd00::1", "fd00::1]", "[host]:5000"])
def test_brackets_are_of_addresses_alone(refusal: Refusal, registry: str) -> None:
    assert "'/global/imageRegistry'" in refusal(at("global.imageRegistry", registry))
    assert "'/image/repository'" in refusal(at("image.repository", f"{registry}/a/b"))


@pytest.mark.parametrize("kind", ["serviceMonitor", "podMonitor"])
@pytest.mark.parametrize(
    ("timeout", "interval"), [("31s", "30s"), ("1m", "30s"), ("2s", "1500ms"), ("010s", "9s")]
)
def test_a_scrape_never_lasts_longer_than_the_time_between_two(
    refusal: Refusal, kind: str, timeout: str, interval: str
) -> None:
    monitor = {"enabled": True, "scrapeTimeout": timeout, "interval": interval}
    said = refusal(at(f"metrics.{kind}", monitor))
    assert f"metrics.{kind}.scrapeTimeout is {timeout}, and interval is {interval}: " in said


@pytest.mark.parametrize(("timeout", "interval"), [("30s", "30s"), ("60s", "1m"), ("", "5s")])
def test_a_scrape_may_last_that_long(render: Render, timeout: str, interval: str) -> None:
    monitor = {"enabled": True, "scrapeTimeout": timeout, "interval": interval}
    render({"metrics": {"serviceMonitor": monitor, "podMonitor": monitor}})
