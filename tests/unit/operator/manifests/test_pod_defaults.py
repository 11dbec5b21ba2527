"""What the platform gives to every worker's pod, beneath what the VoiceJob says itself."""

import pytest
from pydantic import ValidationError
from rendering import (
    SETTINGS,
    container,
    environment,
    job,
    mount,
    pod_spec,
    voicejob,
    volume,
    with_worker,
)

from voicejob_api import names
from voicejob_api import pod as pod_contract
from voicejob_api.tracing import traceparent_of
from voicejob_operator.manifests.environment import environment as environment_of
from voicejob_operator.manifests.names import labels
from voicejob_operator.manifests.plan import JobPlan
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.worker_pod import (
    OWN_LABELS,
    OWN_VARIABLES,
    CABundle,
    EnvVar,
    WorkerPodSettings,
)

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
NEAR = {"key": "pool", "operator": "In", "values": ["speech"]}
NODES = {
    "requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchExpressions": [NEAR]}]
    }
}
APART = {
    "preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname"}}
    ]
}
SPOT = {"key": "spot", "operator": "Exists", "effect": "NoSchedule"}
GPU_TAINT = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def platform(**fields):
    return with_worker(pod=WorkerPodSettings.model_validate(fields))


FULL = {
    "node_selector": {"pool": "speech", "arch": "amd64"},
    "tolerations": [SPOT],
    "affinity": {"nodeAffinity": NODES},
    "runtime_class_name": "gvisor",
    "gpu_runtime_class_name": "nvidia",
    "priority_class_name": "batch",
    "labels": {"cost-centre": "42"},
    "annotations": {"linkerd.io/inject": "disabled"},
    "env": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
}


def test_a_voicejob_that_says_nothing_gets_all_of_it():
    template = job(platform(**FULL))["spec"]["template"]
    spec = template["spec"]
    assert spec["nodeSelector"] == {"pool": "speech", "arch": "amd64"}
    assert spec["tolerations"] == [SPOT]
    assert spec["affinity"] == {"nodeAffinity": NODES}
    assert spec["runtimeClassName"] == "gvisor"
    assert spec["priorityClassName"] == "batch"
    assert template["metadata"]["labels"]["cost-centre"] == "42"
    assert template["metadata"]["annotations"]["linkerd.io/inject"] == "disabled"
    assert environment(spec)["HTTPS_PROXY"]["value"] == "http://proxy:3128"


def test_workers_are_spread_among_all_workers_or_as_the_platform_selects():
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
    }
    selected = {**spread, "labelSelector": {"matchLabels": {"team": "a"}}}
    made = pod_spec(platform(topology_spread=[spread, selected]))["topologySpreadConstraints"]
    everyone = {"matchLabels": {"app.kubernetes.io/name": "voicejob-worker"}}
    assert made == [{**spread, "labelSelector": everyone}, selected]


def test_a_platform_that_says_nothing_changes_nothing():
    assert job(platform()) == job()


class TestOnTop:
    def own(self, **spec):
        return pod_spec(platform(**FULL), podTemplate={"spec": spec})

    def test_a_nodes_label_is_the_voicejobs_where_it_names_the_key(self):
        made = self.own(nodeSelector={"pool": "mine"})
        assert made["nodeSelector"] == {"pool": "mine", "arch": "amd64"}

    def test_tolerations_are_of_both_and_each_stands_once(self):
        other = {"key": "x", "operator": "Exists"}
        assert self.own(tolerations=[other, SPOT])["tolerations"] == [other, SPOT]

    def test_each_part_of_affinity_is_the_voicejobs_where_it_has_one(self):
        both = self.own(affinity={"podAntiAffinity": APART})
        assert both["affinity"] == {"nodeAffinity": NODES, "podAntiAffinity": APART}
        mine = {"preferredDuringSchedulingIgnoredDuringExecution": []}
        assert self.own(affinity={"nodeAffinity": mine})["affinity"] == {"nodeAffinity": mine}

    def test_runtime_and_priority_are_the_voicejobs(self):
        made = pod_spec(
            platform(**FULL),
            priorityClassName="urgent",
            podTemplate={"spec": {"runtimeClassName": "kata"}},
        )
        assert (made["runtimeClassName"], made["priorityClassName"]) == ("kata", "urgent")

    def test_labels_and_annotations_are_the_voicejobs(self):
        metadata = {
            "labels": {"cost-centre": "7"},
            "annotations": {"linkerd.io/inject": "enabled"},
        }
        made = job(platform(**FULL), podTemplate={"metadata": metadata})
        told = made["spec"]["template"]["metadata"]
        assert told["labels"]["cost-centre"] == "7"
        assert told["annotations"]["linkerd.io/inject"] == "enabled"

    def test_a_users_credential_goes_before_the_platforms_variable(self):
        settings = platform(env=[{"name": "AWS_REGION", "value": "eu-1"}])
        assert environment(pod_spec(settings))["AWS_REGION"]["value"] == "eu-1"
        own = pod_spec(settings, output={"uri": "s3://mine/x/", "credentialsSecret": "mine"})
        assert "valueFrom" in environment(own)["AWS_REGION"]
        told = [each["name"] for each in container(own)["env"]]
        assert len(told) == len(set(told)), "the API server warns of a name that stands twice"


class TestGPUs:
    def test_have_a_runtime_class_of_their_own(self):
        assert pod_spec(platform(**FULL), gpu={})["runtimeClassName"] == "nvidia"

    def test_take_the_usual_one_where_there_is_no_other(self):
        settings = platform(runtime_class_name="gvisor")
        assert pod_spec(settings, gpu={})["runtimeClassName"] == "gvisor"

    def test_are_placed_on_what_the_platforms_affinity_leaves(self):
        made = pod_spec(platform(**FULL), gpu={"product": "L4"})
        (term,) = made["affinity"]["nodeAffinity"][
            "requiredDuringSchedulingIgnoredDuringExecution"
        ]["nodeSelectorTerms"]
        assert NEAR in term["matchExpressions"]
        assert len(term["matchExpressions"]) > 1, "the GPU's own terms are beside it"
        assert made["tolerations"] == [SPOT, GPU_TAINT]


class TestCertificates:
    @pytest.mark.parametrize(
        ("bundle", "source"),
        [
            (
                {"config_map": "company-ca"},
                {
                    "configMap": {
                        "name": "company-ca",
                        "items": [{"key": "ca.crt", "path": "ca.crt"}],
                    }
                },
            ),
            (
                {"secret": "company-ca", "key": "root.pem"},
                {
                    "secret": {
                        "secretName": "company-ca",
                        "items": [{"key": "root.pem", "path": "ca.crt"}],
                    }
                },
            ),
        ],
    )
    def test_are_mounted_where_every_library_looks(self, bundle, source):
        spec = pod_spec(platform(ca_bundle=bundle))
        found = volume(spec, "ca-bundle")
        assert {kind: found[kind] for kind in source} == source
        assert mount(spec, "/var/run/voicejob/ca")["readOnly"] is True
        variables = environment(spec)
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
            assert variables[name]["value"] == str(pod_contract.CA_FILE)

    def test_are_the_image_s_where_there_is_no_bundle(self):
        spec = pod_spec()
        assert "SSL_CERT_FILE" not in environment(spec)
        assert "ca-bundle" not in {each["name"] for each in spec["volumes"]}

    def test_cannot_come_from_two_places(self):
        with pytest.raises(ValidationError, match="write one of them"):
            CABundle(config_map="a", secret="b")


class TestWhatIsTheOperatorsOwn:
    def test_variables_are_all_known(self, monkeypatch):
        """A platform's variable of such a name would be taken and have no effect."""
        made = job()
        written = {each["name"] for each in container(made["spec"]["template"]["spec"])["env"]}
        gpu = environment_of(
            voicejob(), JobPlan(1, 2, gpu_memory_mib=1024, on_cpu=True), platform()
        )
        monkeypatch.setenv(ENDPOINT, "http://collector:4318")
        followed = environment_of(voicejob(), JobPlan(1, 2), SETTINGS)
        assert {*written, *(each["name"] for each in (*gpu, *followed))} == OWN_VARIABLES

    def test_a_trace_is_told_only_where_traces_are_sent(self, monkeypatch):
        assert "TRACEPARENT" not in environment(pod_spec())
        monkeypatch.setenv(ENDPOINT, "http://collector:4318")
        told = {each["name"]: each for each in environment_of(voicejob(), JobPlan(1, 2), SETTINGS)}
        assert told["TRACEPARENT"]["value"] == traceparent_of(voicejob().metadata.uid)
        monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
        assert "TRACEPARENT" not in environment(pod_spec())

    @pytest.mark.parametrize("of", ["", "TRACES_"])
    def test_where_traces_go_is_told_by_opentelemetrys_own_variables(self, monkeypatch, of):
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{of}ENDPOINT", "http://collector:4318")
        assert OperatorSettings().otlp_endpoint == "http://collector:4318"

    def test_labels_are_all_known(self):
        assert set(labels(voicejob())) == OWN_LABELS

    def test_variables_are_refused_with_what_they_are(self):
        with pytest.raises(ValidationError, match="VOICEJOB_GUARD_ADDRESSES is written by the op"):
            EnvVar(name="VOICEJOB_GUARD_ADDRESSES", value="false")

    def test_labels_are_refused_with_what_they_are(self):
        with pytest.raises(ValidationError, match="operator's own label"):
            WorkerPodSettings(labels={names.LABEL_UID: "x"})

    def test_a_variable_has_one_value(self):
        source = {"secretKeyRef": {"name": "proxy", "key": "url"}}
        assert EnvVar(name="HTTPS_PROXY", value_from=source).to_manifest() == {
            "name": "HTTPS_PROXY",
            "valueFrom": source,
        }
        with pytest.raises(ValidationError, match="write one of them"):
            EnvVar(name="A", value="x", value_from=source)
