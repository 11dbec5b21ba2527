"""The chart renders what it should from several sets of values, and refuses what it should."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from chart_manifests import CHART, NAMESPACE, RELEASE, Helm, Manifest, Manifests, Refusal, Render

from voicejob_operator.settings import OperatorSettings


def pod_specs(manifests: Manifests) -> Iterator[Manifest]:
    for deployment in manifests.of("Deployment"):
        yield deployment["spec"]["template"]["spec"]


def test_lint_finds_nothing_even_when_strict(run_helm: Helm) -> None:
    done = run_helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


class TestPods:
    def test_kubectl_exec_finds_the_operators_container_without_a_word(
        self, render: Render
    ) -> None:
        """Its pod has an init container, too; and people's own annotations stay beside."""
        deployment = render({"podAnnotations": {"mine": "x"}}).one("Deployment", RELEASE)
        template = deployment["spec"]["template"]
        named = template["metadata"]["annotations"]
        assert named == {"kubectl.kubernetes.io/default-container": "operator", "mine": "x"}
        assert [each["name"] for each in template["spec"]["containers"]] == ["operator"]

    def test_run_without_any_privilege(self, render: Render) -> None:
        for spec in pod_specs(render()):
            security = spec["securityContext"]
            assert security["runAsNonRoot"] is True
            assert security["runAsUser"] == security["runAsGroup"] == 10001
            assert security["seccompProfile"] == {"type": "RuntimeDefault"}
            for container in spec["containers"]:
                assert container["securityContext"] == {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                }

    def test_say_what_they_need_and_when_they_are_well(self, render: Render) -> None:
        for spec in pod_specs(render()):
            for container in spec["containers"]:
                assert {"livenessProbe", "readinessProbe", "resources"} <= container.keys()
                assert "memory" in container["resources"]["limits"]

    def test_of_the_store_get_no_token(self, render: Render) -> None:
        store = render().one("Deployment", f"{RELEASE}-store")
        assert store["spec"]["template"]["spec"]["automountServiceAccountToken"] is False

    def test_are_one_each_and_never_two_for_a_moment(self, render: Render) -> None:
        for name in (RELEASE, f"{RELEASE}-store"):
            deployment = render().one("Deployment", name)
            assert deployment["spec"]["replicas"] == 1
            assert deployment["spec"]["strategy"] == {"type": "Recreate"}

    def test_are_probed_where_the_operator_listens(self, render: Render) -> None:
        container = render().one("Deployment")["spec"]["template"]["spec"]["containers"][0]
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
        assert container["ports"] == [{"name": "http", "containerPort": 8080}]


class TestSettings:
    def settings(
        self, environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> OperatorSettings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value if isinstance(value, str) else "from a Secret")
        return OperatorSettings()

    def test_of_the_chart_are_the_operators_own_defaults(
        self, render: Render, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours = OperatorSettings()
        charts = self.settings(render().environment(), monkeypatch)
        assert charts.deadlines == ours.deadlines
        assert charts.worker == ours.worker
        assert charts.allowed.reserved_secrets[0] == f"{RELEASE}-store*"
        assert charts.allowed.model_copy(update={"reserved_secrets": ()}) == ours.allowed
        differing = {
            name
            for name in OperatorSettings.model_fields
            if getattr(charts, name) != getattr(ours, name)
        }
        assert charts.namespace == NAMESPACE
        assert differing == {"store", "allowed", "namespace", "gateway"}

    def test_can_all_be_set_by_the_chart_but_where_the_operator_runs(self, render: Render) -> None:
        names = set()
        for name, field in OperatorSettings.model_fields.items():
            inner = getattr(field.annotation, "model_fields", None)
            names |= {f"{name}__{part}" for part in inner} if inner else {name}
        by_files = {"access_key_id", "secret_access_key", "session_token"}
        names -= {"reach_workers"} | {f"store__{name}" for name in by_files}
        expected = {f"VOICEJOB_OPERATOR_{name.upper()}" for name in names}
        assert set(render().environment()) == expected

    def test_reach_the_operator_as_they_were_written(
        self, render: Render, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        values = {
            "worker": {
                "image": {"repository": "registry.local/w", "tag": "7"},
                "resources": {"limits": {"memory": "2Gi"}},
                "maxCharacters": 10_000_000,
                "imagePullSecrets": ["one", "two"],
                "modelCache": {"claimName": "models"},
                "catalogue": [
                    {"engine": "piper", "language": "cy", "uri": "hf://me/voices/cy.onnx"}
                ],
                "acceptedLicences": ["CPML"],
            },
            "operator": {"grantSeconds": 604800, "jobTtlSeconds": 0, "logFormat": "console"},
        }
        settings = self.settings(render(values).environment(), monkeypatch)
        assert settings.worker.image == "registry.local/w:7"
        assert settings.worker.resources.limits == {"memory": "2Gi"}
        assert settings.worker.max_characters == 10_000_000
        assert settings.worker.image_pull_secrets == ("one", "two")
        assert settings.worker.model_cache.claim_name == "models"
        assert settings.worker.catalogue.entries[0].language == "cy"
        assert settings.worker.accepted_licences == ("CPML",)
        assert (settings.grant_seconds, settings.job_ttl_seconds) == (604_800, 0)
        assert settings.log_format == "console"


class TestCustomResource:
    def test_is_the_generated_one_and_outlives_the_release(self, render: Render) -> None:
        rendered = render().one("CustomResourceDefinition", "voicejobs.voicejob.dev")
        assert rendered["metadata"]["annotations"].pop("helm.sh/resource-policy") == "keep"
        generated = CHART.parents[1] / "crds" / "voicejobs.voicejob.dev.yaml"
        assert rendered == yaml.safe_load(generated.read_text())

    def test_may_be_left_to_others(self, render: Render) -> None:
        manifests = render({"crds": {"install": False}})
        assert "CustomResourceDefinition" not in manifests.kinds()


class TestValues:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"storee": {}}, "additional properties 'storee' not allowed"),
            ({"worker": {"maxCharacter": 5}}, "additional properties 'maxCharacter' not allowed"),
            ({"worker": {"resources": {"limits": {"gpu": 1}}}}, "'gpu' not allowed"),
            ({"worker": {"catalogue": [{"engine": "bark"}]}}, "/worker/catalogue/0/engine"),
            ({"worker": {"catalogue": [{"language": "cy"}]}}, "missing property 'engine'"),
            ({"worker": {"acceptedLicences": ["Coqui Public"]}}, "/worker/acceptedLicences/0"),
            ({"worker": {"gpu": {"lowVRAM": True}}}, "/worker/gpu/lowVRAM"),  # a bare On in YAML
            ({"worker": {"gpu": {"fallbackToCPU": "yes"}}}, "/worker/gpu/fallbackToCPU"),
            ({"operator": {"reconcilers": 0}}, "/operator/reconcilers"),
            ({"operator": {"grantSeconds": 599}}, "minimum"),
            ({"operator": {"logFormat": "xml"}}, "/operator/logFormat"),
            ({"watchNamespaces": ["Not_A_Name"]}, "/watchNamespaces/0"),
            ({"store": {"bucket": "UPPER"}}, "/store/bucket"),
            ({"store": {"clusterId": "a/b"}}, "/store/clusterId"),
            ({"store": {"embedded": {"keyVersion": 0}}}, "/store/embedded/keyVersion"),
            ({"store": {"prefix": "/absolute"}}, "/store/prefix"),
            ({"store": {"external": {"endpoint": "s3.example.com"}}}, "/store/external/endpoint"),
            ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
        ],
    )
    def test_that_are_wrong_are_refused_by_name(
        self, refusal: Refusal, values: Manifest, said: str
    ) -> None:
        assert said in refusal(values)

    def test_that_lack_a_part_are_refused_with_what_to_write(self, refusal: Refusal) -> None:
        no_account = {"serviceAccount": {"create": False}}
        assert "serviceAccount.name" in refusal(no_account)
        no_service = {
            "metrics": {"service": {"enabled": False}, "serviceMonitor": {"enabled": True}}
        }
        assert "metrics.service.enabled" in refusal(no_service)

    def test_are_all_described(self) -> None:
        schema = json.loads((CHART / "values.schema.json").read_text())
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())
        assert list(_undescribed(schema, defaults, "")) == []


def _undescribed(schema: Manifest, defaults: Manifest, path: str) -> Iterator[str]:
    """Values that the schema does not know or describe, and those it alone knows."""
    properties = schema.get("properties", {})
    for name in properties.keys() | defaults.keys():
        here = f"{path}/{name}"
        if not properties.get(name, {}).get("description"):
            yield here
        inner = defaults.get(name)
        if isinstance(inner, dict) and properties.get(name, {}).get("properties"):
            known = {k: v for k, v in properties[name]["properties"].items() if k in inner}
            yield from _undescribed({"properties": known}, inner, here)


class TestNotes:
    def notes(self, run_helm: Helm, *arguments: str) -> str:
        done = run_helm(
            "install",
            RELEASE,
            str(CHART),
            "--dry-run=client",
            "--namespace",
            NAMESPACE,
            *arguments,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.partition("NOTES:")[2]

    def test_say_what_to_type_next(self, run_helm: Helm) -> None:
        notes = self.notes(run_helm)
        assert "kubectl get voicejobs --namespace default --watch" in notes
        assert "kubectl voicejob fetch hello --namespace default" in notes
        assert "WARNING" not in notes

    def test_name_the_administrators_way_where_there_is_no_gateway(self, run_helm: Helm) -> None:
        notes = self.notes(run_helm, "--set", "gateway.enabled=false")
        fetch = f"kubectl exec --namespace {NAMESPACE} deploy/{RELEASE} -- voicejob-operator fetch"
        assert f"{fetch} default/hello > hello.wav" in notes

    def test_warn_where_the_gateway_could_write(self, run_helm: Helm) -> None:
        external = ("--set", "store.embedded.enabled=false,store.external.existingSecret=mine")
        assert "store.external.gatewaySecret is empty" in self.notes(run_helm, *external)
        own = (*external, "--set", "store.external.gatewaySecret=reader")
        assert "WARNING" not in self.notes(run_helm, *own)

    def test_warn_where_audio_may_be_lost(self, run_helm: Helm) -> None:
        notes = self.notes(run_helm, "--set", "store.embedded.persistence.enabled=false")
        assert "emptyDir and is lost" in notes


def test_metrics_are_scraped_where_the_operator_listens(render: Render) -> None:
    manifests = render({"metrics": {"serviceMonitor": {"enabled": True, "labels": {"team": "x"}}}})
    service = manifests.one("Service", f"{RELEASE}-metrics")
    monitor = manifests.one("ServiceMonitor")
    assert monitor["metadata"]["labels"]["team"] == "x"
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    assert wanted <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert service["spec"]["ports"][0]["name"] == endpoint["port"]
    assert endpoint["honorLabels"] is True, "of voicejob_store_bytes the namespace is the team's"
    pod = manifests.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= pod.items()


def test_network_policies_let_workers_reach_the_store(render: Render) -> None:
    assert "NetworkPolicy" not in render().kinds()
    policy = render({"networkPolicy": {"enabled": True}}).one("NetworkPolicy", f"{RELEASE}-store")
    workers = policy["spec"]["ingress"][0]["from"][1]["podSelector"]["matchLabels"]
    assert workers == {"app.kubernetes.io/name": "voicejob-worker"}


def test_a_release_of_any_name_keeps_within_the_limit_of_names(render: Render) -> None:
    manifests = render(release="r" * 53)
    assert all(len(manifest["metadata"]["name"]) <= 63 for manifest in manifests.of("Service"))
