"""What a platform team sets on every chart: registries, digests, labels, volumes, objects."""

import pytest
from chart_manifests import RELEASE, Manifest, Manifests, Refusal, Render

DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def images(manifests: Manifests) -> list[str]:
    """Of the operator and its init container, the store, and both workers."""
    found = [
        container["image"]
        for deployment in manifests.of("Deployment")
        for kind in ("initContainers", "containers")
        for container in deployment["spec"]["template"]["spec"].get(kind, ())
    ]
    told = manifests.environment()
    workers = [told[f"VOICEJOB_OPERATOR_WORKER__{name}"] for name in ("IMAGE", "GPU_IMAGE")]
    return [*found, *workers]


class TestImages:
    @pytest.mark.parametrize(
        "registry", ["registry.example.com/mirror", "registry.example.com/mirror/"]
    )
    def test_all_come_from_one_registry_where_there_is_one(
        self, render: Render, registry: str
    ) -> None:
        found = images(render({"global": {"imageRegistry": registry}}))
        assert all(each.startswith("registry.example.com/mirror/v") for each in found), found
        assert "registry.example.com/mirror/voicejob/operator:0.1.0" in found
        assert "registry.example.com/mirror/versity/versitygw:v1.8.0" in found

    @pytest.mark.parametrize(
        ("repository", "image"),
        [
            ("localhost/voicejob", "mirror:5000/voicejob:7"),
            ("registry:5000/a/b", "mirror:5000/a/b:7"),
            ("team/operator", "mirror:5000/team/operator:7"),
            ("operator", "mirror:5000/operator:7"),
        ],
    )
    def test_lose_their_own_registry_and_nothing_else(
        self, render: Render, repository: str, image: str
    ) -> None:
        values = {"global": {"imageRegistry": "mirror:5000"}}
        own = {"image": {"repository": repository, "tag": "7"}}
        assert image in images(render({**values, **own}))

    def test_are_pinned_by_their_digests(self, render: Render) -> None:
        pinned = {"image": {"digest": DIGEST, "tag": "9"}}
        values = {
            **pinned,
            "worker": {**pinned, "gpu": pinned},
            "store": {"embedded": pinned},
        }
        assert all(each.endswith(f"@{DIGEST}") for each in images(render(values)))
        assert not any(":9@" in each for each in images(render(values)))

    def test_with_a_digest_that_is_none_are_refused(self, refusal: Refusal) -> None:
        assert "/image/digest" in refusal({"image": {"digest": "0123"}})


class TestCommonLabels:
    LABELS = {"team": "speech", "app.kubernetes.io/part-of": "media"}

    def test_are_on_every_object_and_pod(self, render: Render) -> None:
        manifests = render(
            {
                "commonLabels": self.LABELS,
                "networkPolicy": {"enabled": True, "workerNamespaces": ["a"]},
                "metrics": {"serviceMonitor": {"enabled": True}},
                "priorityClasses": [{"name": "speech", "value": 10}],
                "worker": {
                    "modelCache": {
                        "namespaces": ["a"],
                        "perNode": {"path": "/mnt/models"},
                        "prefetch": {"models": [{"engine": "xtts"}]},
                    }
                },
            }
        )
        bare = [
            f"{each['kind']} {each['metadata']['name']}"
            for each in manifests.all
            if not self.LABELS.items() <= each["metadata"].get("labels", {}).items()
        ]
        assert bare == ["CustomResourceDefinition voicejobs.voicejob.dev"]
        for workload in (*manifests.of("Deployment"), *manifests.of("DaemonSet")):
            labels = workload["spec"]["template"]["metadata"]["labels"]
            assert self.LABELS.items() <= labels.items()

    def test_change_no_selector_which_nobody_could_upgrade(self, render: Render) -> None:
        def selectors(values: Manifest) -> list[Manifest]:
            return [each["spec"]["selector"] for each in render(values).of("Deployment")]

        assert selectors({"commonLabels": self.LABELS}) == selectors({})

    def test_are_none_that_pods_are_found_by(self, refusal: Refusal) -> None:
        said = refusal({"commonLabels": {"app.kubernetes.io/name": "mine"}})
        assert "propertyName 'app.kubernetes.io/name'" in said


def test_the_operators_pod_takes_what_any_pod_does(render: Render) -> None:
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    selected = {**spread, "labelSelector": {"matchLabels": {"a": "b"}}}
    values = {
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0}},
        "topologySpreadConstraints": [spread, selected],
        "extraVolumes": [{"name": "ca", "configMap": {"name": "company-ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca"}],
    }
    deployment = render(values).one("Deployment")["spec"]
    assert deployment["strategy"] == values["strategy"]
    spec = deployment["template"]["spec"]
    labels = deployment["selector"]["matchLabels"]
    own = {**spread, "labelSelector": {"matchLabels": labels}}
    assert spec["topologySpreadConstraints"] == [own, selected]
    assert spec["volumes"][-1]["configMap"] == {"name": "company-ca"}
    mounts = spec["containers"][0]["volumeMounts"]
    assert [each["mountPath"] for each in mounts][-1] == "/etc/ca"
    assert "/tmp" in [each["mountPath"] for each in mounts]


def test_a_priority_class_preempts_nobody_unless_it_says_so(render: Render) -> None:
    classes = [
        {"name": "speech", "value": 1000},
        {"name": "news", "value": 2000, "preemptionPolicy": "PreemptLowerPriority"},
    ]
    manifests = render({"priorityClasses": classes})
    quiet = manifests.one("PriorityClass", "speech")
    assert (quiet["value"], quiet["preemptionPolicy"]) == (1000, "Never")
    assert manifests.one("PriorityClass", "news")["preemptionPolicy"] == "PreemptLowerPriority"
    assert "PriorityClass" not in render().kinds()


def test_further_objects_are_templates_as_objects_and_as_text(render: Render) -> None:
    of = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"release": "{{ .Release.Name }}"}}
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-b"}\n'
    manifests = render({"extraObjects": [{**of, "metadata": {"name": "a"}}, text]})
    assert manifests.one("ConfigMap", "a")["data"] == {"release": RELEASE}
    assert manifests.one("ConfigMap", f"{RELEASE}-b")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"strategy": {"type": "Rolling"}}, "/strategy/type"),
        ({"priorityClasses": [{"name": "speech"}]}, "missing property 'value'"),
        ({"extraVolumes": [{"configMap": {}}]}, "missing property 'name'"),
        ({"global": {"imageRegistry": "https://mirror"}}, "/global/imageRegistry"),
        ({"topologySpreadConstraints": [{"maxSkew": 1}]}, "/topologySpreadConstraints/0"),
    ],
)
def test_what_is_wrong_is_refused_by_name(refusal: Refusal, values: Manifest, said: str) -> None:
    assert said in refusal(values)


def test_drains_are_held_up_only_where_several_pods_do_the_work(render: Render) -> None:
    assert "PodDisruptionBudget" not in render().kinds()
    manifests = render({"gateway": {"replicas": 2}})
    (budget,) = manifests.of("PodDisruptionBudget")
    assert budget["spec"]["maxUnavailable"] == 1
    gateway = manifests.one("Deployment", f"{RELEASE}-gateway")
    labels = gateway["spec"]["template"]["metadata"]["labels"]
    assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()
