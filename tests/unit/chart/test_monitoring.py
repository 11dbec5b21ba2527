"""Alerts, scraping and the dashboard: promtool has planted faults told, and nothing is stale."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from chart_manifests import CHART, NAMESPACE, RELEASE, Manifest, Refusal, Render
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

ROOT = CHART.parents[1]
ALERTS = {"metrics": {"prometheusRule": {"enabled": True, "runbooks": "https://run.books/x/"}}}
FAULTS = Path(__file__).with_name("alerts_test.yaml")


def load_dashboard() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dashboard", ROOT / "hack" / "dashboard.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["dashboard"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def dashboard() -> ModuleType:
    return load_dashboard()


@pytest.fixture(scope="module")
def groups(render: Render) -> list[Manifest]:
    found: list[Manifest] = render(ALERTS).one("PrometheusRule")["spec"]["groups"]
    return found


def rules_of(groups: list[Manifest]) -> list[Manifest]:
    return [rule for group in groups for rule in group["rules"]]


def families_of_all(dashboard: ModuleType) -> list[Any]:
    named = ("operator", "worker", "gateway")
    return [each for name in named for each in getattr(dashboard, f"{name}_families")()]


def promtool_says(promtool: str, *arguments: str, given: bytes = b"") -> str:
    done = subprocess.run(
        (promtool, *arguments), input=given, capture_output=True, timeout=60, check=False
    )
    told = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, told
    return told


class TestAlerts:
    def test_are_rules_that_prometheus_reads(
        self, promtool: str, groups: list[Manifest], tmp_path: Path
    ) -> None:
        file = tmp_path / "rules.yaml"
        file.write_text(yaml.safe_dump({"groups": groups}))
        told = promtool_says(promtool, "check", "rules", "--lint-fatal", str(file))
        assert f"{len(rules_of(groups))} rules found" in told

    def test_tell_planted_faults_and_nothing_else(
        self, promtool: str, groups: list[Manifest], tmp_path: Path
    ) -> None:
        for rule in rules_of(bare := json.loads(json.dumps(groups))):
            del rule["annotations"]
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": bare}))
        faults = tmp_path / "faults.yaml"
        faults.write_text(f"rule_files: [rules.yaml]\n{FAULTS.read_text()}")
        promtool_says(promtool, "test", "rules", str(faults))

    def test_have_each_a_fault_and_a_time_when_all_is_well(self, groups: list[Manifest]) -> None:
        tests = yaml.safe_load(FAULTS.read_text())["tests"]
        cases = [case for test in tests for case in test["alert_rule_test"]]
        names = {rule["alert"] for rule in rules_of(groups)}
        assert {case["alertname"] for case in cases if "exp_alerts" in case} == names
        assert {case["alertname"] for case in tests[0]["alert_rule_test"]} == names

    def test_say_which_disk_it_is(
        self, promtool: str, groups: list[Manifest], tmp_path: Path
    ) -> None:
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
        (rule,) = (one for one in rules_of(groups) if one["alert"] == "VoiceJobDiskFilling")
        labels = '{namespace="team-a",folder="models"}'
        expected = {
            "exp_labels": {"severity": "warning", "namespace": "team-a", "folder": "models"},
            "exp_annotations": {
                **rule["annotations"],
                "description": "9% are left of the disk of the workers' models in team-a.",
            },
        }
        test = {
            "rule_files": ["rules.yaml"],
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [
                        {"series": f"voicejob_worker_disk_{name}_bytes{labels}", "values": values}
                        for name, values in (("free", "9x20"), ("size", "100x20"))
                    ],
                    "alert_rule_test": [
                        {
                            "eval_time": "10m",
                            "alertname": "VoiceJobDiskFilling",
                            "exp_alerts": [expected],
                        }
                    ],
                }
            ],
        }
        (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))
        promtool_says(promtool, "test", "rules", str(tmp_path / "test.yaml"))

    def test_have_a_runbook_each_and_no_runbook_is_of_none(self, groups: list[Manifest]) -> None:
        pages = {page.stem for page in (ROOT / "docs" / "runbooks").glob("VoiceJob*.md")}
        assert pages == {rule["alert"] for rule in rules_of(groups)}
        for rule in rules_of(groups):
            address = f"https://run.books/x/{rule['alert']}.md"
            assert rule["annotations"]["runbook_url"] == address

    def test_ask_for_metrics_that_there_are(
        self, groups: list[Manifest], dashboard: ModuleType
    ) -> None:
        families = families_of_all(dashboard)
        suffixes = {"counter": "_total"}
        known = {f"{each.name}{suffixes.get(each.kind, '')}" for each in families}
        asked = {
            name
            for rule in rules_of(groups)
            for name in re.findall(r"\bvoicejob_[a-z_]+", rule["expr"])
        }
        assert asked
        assert asked <= known

    def test_know_the_claim_of_the_store(self, render: Render) -> None:
        store = {"embedded": {"persistence": {"existingClaim": "audio"}}}
        rule = render({**ALERTS, "store": store}).one("PrometheusRule")
        asked = "".join(each["expr"] for each in rules_of(rule["spec"]["groups"]))
        assert 'persistentvolumeclaim="audio"' in asked

    def test_are_none_of_a_gateway_that_is_not_there(self, render: Render) -> None:
        rule = render({**ALERTS, "gateway": {"enabled": False}}).one("PrometheusRule")
        names = {each["alert"] for each in rules_of(rule["spec"]["groups"])}
        assert "VoiceJobNoOperator" in names
        assert not [name for name in names if "Gateway" in name]

    def test_are_there_only_where_they_are_wanted(self, render: Render) -> None:
        optional = {"PrometheusRule", "PodMonitor", "ServiceMonitor", "ConfigMap"}
        assert not render().kinds() & optional


class TestNames:
    """As Prometheus wants them: units, suffixes, help."""

    def test_of_operators_and_gateways_metrics_are_in_order(self, promtool: str) -> None:
        from voicejob_gateway import metrics as gateway_metrics
        from voicejob_operator import metrics
        from voicejob_operator.runtime.metrics import RuntimeMetrics

        assert metrics.LEADS
        assert gateway_metrics.STREAMS
        runtime = CollectorRegistry()
        RuntimeMetrics("voicejob", runtime)
        text = generate_latest(REGISTRY) + generate_latest(runtime)
        assert promtool_says(promtool, "check", "metrics", given=text) == ""

    def test_of_a_workers_metrics_are_in_order(self, promtool: str, dashboard: ModuleType) -> None:
        from voicejob_worker.reporting.status_server import ReportCollector

        registry = CollectorRegistry()
        registry.register(ReportCollector(dashboard.KnowsAll()))
        text = generate_latest(registry)
        assert b"voicejob_worker_vram_total_bytes" in text
        assert promtool_says(promtool, "check", "metrics", given=text) == ""


class TestDashboard:
    def test_is_what_the_metrics_make(self, dashboard: ModuleType) -> None:
        found = (CHART / "files" / "dashboard.json").read_text()
        assert found == dashboard.render(), "run `make generate`"

    def test_has_a_panel_for_each_metric(self, dashboard: ModuleType) -> None:
        text = json.dumps(dashboard.dashboard())
        for family in families_of_all(dashboard):
            assert re.search(rf"\b{family.name}\w*{{", text), family.name

    def test_asks_what_prometheus_understands(
        self, promtool: str, dashboard: ModuleType, tmp_path: Path
    ) -> None:
        queries = [
            target["expr"].replace("$__rate_interval", "5m").replace("$namespace", ".*")
            for panel in dashboard.dashboard()["panels"]
            for target in panel.get("targets", ())
        ]
        rules = [{"record": f"panel:{n}:x", "expr": query} for n, query in enumerate(queries)]
        file = tmp_path / "rules.yaml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
        promtool_says(promtool, "check", "rules", str(file))

    def test_is_a_config_map_that_grafana_finds(self, render: Render) -> None:
        labels = {"grafana_dashboard": "1", "team": "x"}
        values = {"metrics": {"dashboard": {"enabled": True, "labels": {"team": "x"}}}}
        found = render(values).one("ConfigMap", f"{RELEASE}-dashboard")
        assert labels.items() <= found["metadata"]["labels"].items()
        assert json.loads(found["data"]["voicejob.json"])["title"] == "VoiceJob"


class TestScraping:
    OPTIONS: dict[str, Any] = {
        "enabled": True,
        "interval": "7s",
        "scrapeTimeout": "5s",
        "labels": {"release": "prometheus"},
        "annotations": {"a": "b"},
        "relabelings": [{"targetLabel": "cluster", "replacement": "one"}],
        "metricRelabelings": [{"action": "drop", "regex": "python_.*"}],
    }

    @pytest.mark.parametrize(
        ("value", "kind", "name", "endpoints"),
        [
            ("serviceMonitor", "ServiceMonitor", RELEASE, "endpoints"),
            ("podMonitor", "PodMonitor", f"{RELEASE}-worker", "podMetricsEndpoints"),
        ],
    )
    def test_is_as_the_values_say(
        self, render: Render, value: str, kind: str, name: str, endpoints: str
    ) -> None:
        monitor = render({"metrics": {value: self.OPTIONS}}).one(kind, name)
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
        assert monitor["metadata"]["annotations"] == {"a": "b"}
        (endpoint,) = monitor["spec"][endpoints]
        for option in ("interval", "scrapeTimeout", "relabelings", "metricRelabelings"):
            assert endpoint[option] == self.OPTIONS[option]

    def test_of_workers_is_where_they_are(self, render: Render) -> None:
        from voicejob_api import names, pod

        values = {"metrics": {"podMonitor": {"enabled": True}}}
        spec = render(values).one("PodMonitor", f"{RELEASE}-worker")["spec"]
        assert spec["namespaceSelector"] == {"any": True}
        assert spec["selector"] == {"matchLabels": {names.LABEL_APP: names.WORKER_APP}}
        assert spec["podMetricsEndpoints"][0]["port"] == pod.STATUS_PORT_NAME
        served = render({**values, "watchNamespaces": ["a"]})
        spec = served.one("PodMonitor", f"{RELEASE}-worker")["spec"]
        assert spec["namespaceSelector"] == {"matchNames": ["a"]}

    def test_of_workers_can_be_let_through_their_policy(self, render: Render) -> None:
        prometheus = {"from": [{"namespaceSelector": {}}], "ports": [{"port": "status"}]}
        policy = {"enabled": True, "workerNamespaces": ["a"], "workerIngress": [prometheus]}
        found = render({"networkPolicy": policy}).one("NetworkPolicy", f"{RELEASE}-worker")
        assert found["spec"]["ingress"][-1] == prometheus
        assert found["metadata"]["namespace"] == "a" != NAMESPACE

    def test_with_a_time_that_is_none_is_refused(self, refusal: Refusal) -> None:
        wrong = {"metrics": {"podMonitor": {"scrapeTimeout": "soon"}}}
        assert "/metrics/podMonitor/scrapeTimeout" in refusal(wrong)


class TestTracing:
    def test_is_off_until_somebody_says_where_to(self, render: Render) -> None:
        assert not [name for name in render().environment() if name.startswith("OTEL_")]

    def test_goes_where_it_is_told_to_and_says_who_sends(self, render: Render) -> None:
        endpoint = "http://collector.observability:4318"
        environment = render({"tracing": {"endpoint": endpoint}}).environment()
        assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == endpoint
        assert environment["OTEL_SERVICE_NAME"] == RELEASE

    def test_a_variable_of_ones_own_is_the_only_one_of_its_name(self, render: Render) -> None:
        own = {"extraEnv": [{"name": "OTEL_SERVICE_NAME", "value": "speech"}]}
        manifests = render({"tracing": {"endpoint": "http://c:4318"}, "operator": own})
        pod = manifests.one("Deployment")["spec"]["template"]["spec"]
        named = [one for one in pod["containers"][0]["env"] if one["name"] == "OTEL_SERVICE_NAME"]
        assert named == own["extraEnv"]

    def test_to_what_is_no_address_is_refused(self, refusal: Refusal) -> None:
        assert "/tracing/endpoint" in refusal({"tracing": {"endpoint": "collector:4318"}})
