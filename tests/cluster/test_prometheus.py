"""A real Prometheus finds what the chart promises, shows it all, and has its alerts fire."""

import json
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from chart_manifests import RELEASE, Manifests
from kubectl import Kubectl, eventually
from real_prometheus import Prometheus, prometheus_of
from rendered_chart import rendered
from surroundings import STORE, scale
from through_gateway import ask, opened
from voicejobs import OPERATOR, RELEASE_NAMESPACE, SENTENCES, VoiceJobs, long_text

from voicejob_api.capability import HEADER, audio_path

OFTEN = {"enabled": True, "interval": "1s"}
METRICS = {
    "serviceMonitor": OFTEN,
    "podMonitor": OFTEN,
    "prometheusRule": {"enabled": True},
    "dashboard": {"enabled": True},
}
WORKERS = f"{RELEASE_NAMESPACE}/{RELEASE}-worker"
NOT_HERE = {
    "voicejob_gpu_seconds_total": "no attempt has a GPU",
    "voicejob_oom_total": "no attempt runs out of memory",
    "voicejob_retention_bytes": "retention is off",
    "voicejob_retention_objects": "retention is off",
    "voicejob_store_bytes": "counted now and then (operator.sweepSeconds): perhaps not yet",
    "voicejob_store_faults_total": "the store is well",
    "voicejob_store_quota_bytes": "no namespace has a quota of the store",
    "voicejob_swept_total": "nothing is left over",
    "voicejob_vram_peak_bytes_bucket": "no attempt has a GPU",
    "voicejob_vram_requested_bytes_bucket": "no attempt has a GPU",
    "voicejob_vram_tight_total": "no attempt has a GPU",
    "voicejob_worker_vram_total_bytes": "the worker has no GPU",
    "voicejob_worker_vram_allocated_peak_bytes": "the worker has no GPU",
    "voicejob_worker_vram_reserved_peak_bytes": "the worker has no GPU",
    "voicejob_worker_vram_device_peak_bytes": "the worker has no GPU",
    "voicejob_worker_vram_process_peak_bytes": "the worker has no GPU",
    "kubelet_volume_stats_available_bytes": "the kubelet's own",
    "kubelet_volume_stats_capacity_bytes": "the kubelet's own",
}
"""Metrics of alerts and dashboard that this node cannot have, or has only after a fault."""


@pytest.fixture(scope="module")
def chart() -> Manifests:
    """The release with all that it has for a Prometheus, scraped each second."""
    return rendered(RELEASE, RELEASE_NAMESPACE, {"metrics": METRICS})


def queries(chart: Manifests) -> list[str]:
    """What the panels ask, of all namespaces."""
    shown = chart.one("ConfigMap", f"{RELEASE}-dashboard")["data"]["voicejob.json"]
    return [
        target["expr"].replace("$__rate_interval", "15s").replace("$namespace", ".*")
        for panel in json.loads(shown)["panels"]
        for target in panel.get("targets", ())
    ]


def expressions(chart: Manifests) -> list[str]:
    """What the alerts ask."""
    groups = chart.one("PrometheusRule")["spec"]["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:voicejob|kubelet)_[a-z_]+", expression))


def lacking(prometheus: Prometheus, chart: Manifests, asked: set[str], since: float) -> list[str]:
    """Metrics that are asked for and are not there, and panels that would show nothing."""
    missing = asked - prometheus.names(since) - set(NOT_HERE)
    here = [each for each in queries(chart) if not metrics_in(each) & set(NOT_HERE)]
    empty = [each for each in here if not prometheus.shows(each, since, time.time())]
    return [*sorted(missing), *empty]


def is_up(prometheus: Prometheus, **labels: str) -> bool:
    """Whether there is exactly one target with these labels, and its last scrape was good."""
    chosen = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return [each["value"] for each in prometheus.query(f"up{{{chosen}}}")] == ["1"]


def await_release(prometheus: Prometheus) -> None:
    for job, endpoint in ((f"{RELEASE}-metrics", "http"), (f"{RELEASE}-gateway", "metrics")):
        labels = {"job": job, "endpoint": endpoint, "namespace": RELEASE_NAMESPACE}
        eventually(f"{job} is scraped", lambda of=labels: is_up(prometheus, **of), 40)


def await_firing(prometheus: Prometheus, alert: str) -> dict[str, Any]:
    """The alert, once it fires, as it would be told."""

    def told() -> list[dict[str, Any]]:
        every = prometheus.ask("alerts")["alerts"]
        return [
            each
            for each in every
            if each["labels"]["alertname"] == alert and each["state"] == "firing"
        ]

    found: dict[str, Any] = eventually(f"{alert} fires", told, 60)[0]
    return found


def assert_rules_work(prometheus: Prometheus, chart: Manifests) -> None:
    rules = prometheus.rules()
    assert len(rules) == len(expressions(chart))
    assert {(rule["health"], rule.get("lastError", "")) for rule in rules} == {("ok", "")}


def hear(kubectl: Kubectl, voicejobs: VoiceJobs, name: str) -> None:
    """Fetch the audio through the gateway, as its Service is reached from the node."""
    service = Kubectl(RELEASE_NAMESPACE).get("service", f"{RELEASE}-gateway")
    assert service is not None
    key = opened(kubectl, voicejobs.get(name))
    address = f"http://{service['spec']['clusterIP']}{audio_path(kubectl.namespace, name)}"
    assert ask(address, **{HEADER: key["capability"]})[0] == 200


def test_all_that_alerts_and_panels_ask_for_is_scraped(
    voicejobs: VoiceJobs, chart: Manifests, tmp_path: Path
) -> None:
    kubectl, since = voicejobs.kubectl, time.time()
    with prometheus_of(chart, tmp_path) as prometheus:
        voicejobs.apply("long", text=long_text(400))
        voicejobs.apply("letter", text=SENTENCES[0])
        await_release(prometheus)
        voicejobs.await_phase("letter", "Succeeded")
        hear(kubectl, voicejobs, "letter")
        workers = {"job": WORKERS, "namespace": kubectl.namespace, "endpoint": "status"}
        (pod,) = voicejobs.pods("long")
        workers |= {"pod": pod["metadata"]["name"]}
        eventually("the worker is scraped", lambda: is_up(prometheus, **workers), 60)
        done = f'voicejob_worker_chunks_done{{pod="{workers["pod"]}"}} > 0'
        eventually("progress is scraped", lambda: prometheus.query(done), 60)
        heard = "sum(voicejob_gateway_sent_bytes_total) > 0"
        eventually("the gateway's bytes are scraped", lambda: prometheus.query(heard), 20)
        kubectl("delete", "voicejob", "long", "--wait=false")
        asked = set().union(*map(metrics_in, (*queries(chart), *expressions(chart))))
        assert set(NOT_HERE) <= asked, "what nobody asks for need not be excused"
        with suppress(AssertionError):  # which one it is, is told below
            eventually("all is there", lambda: not lacking(prometheus, chart, asked, since), 20)
        assert lacking(prometheus, chart, asked, since) == []
        assert_rules_work(prometheus, chart)


@pytest.mark.disruptive
def test_planted_faults_are_told_and_nothing_else(chart: Manifests, tmp_path: Path) -> None:
    faults = {
        "VoiceJobNoOperator": OPERATOR,
        "VoiceJobStoreFailing": f"deploy/{STORE}",
        "VoiceJobNoGateway": f"deploy/{RELEASE}-gateway",
    }
    with prometheus_of(chart, tmp_path) as prometheus:
        await_release(prometheus)
        for alert, workload in faults.items():
            try:
                scale(workload, 0)
                told = await_firing(prometheus, alert)
            finally:
                scale(workload, 1)
            assert told["annotations"]["runbook_url"].endswith(f"/{alert}.md")
            assert "error expanding" not in str(told["annotations"])
            eventually("all is well again", lambda: not prometheus.firing(), 60)
        assert_rules_work(prometheus, chart)
