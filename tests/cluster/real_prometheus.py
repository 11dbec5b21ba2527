"""A real Prometheus on the node, set up by what the chart makes for the Prometheus operator.

The Prometheus operator is not here: `scraped_by` does what it does with a ServiceMonitor and a
PodMonitor, so that their selectors, ports and relabelings are tried on the real objects.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import yaml
from chart_manifests import Manifests
from discovery import META, discovery, plain
from kubectl import Manifest, eventually
from making.ports import free_port
from queues import needs

_HACK: Final = Path(__file__).parents[2] / "hack"


@dataclass(frozen=True)
class Prometheus:
    """One that runs, asked by its HTTP interface."""

    url: str

    def ask(self, path: str, **query: str | list[str]) -> Any:
        """The data of an answer; the interface's own error where it has one."""
        asked = f"{self.url}/api/v1/{path}?{urlencode(query, doseq=True)}"
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[Manifest]:
        """Series with their newest value, as text, under ``value``."""
        found: list[Manifest] = self.ask("query", query=expression)["result"]
        return [{**each["metric"], "value": each["value"][1]} for each in found]

    def shows(self, expression: str, since: float, until: float) -> bool:
        """Whether a panel with this query would show anything of that time."""
        window = {"start": str(since), "end": str(until), "step": "1"}
        return bool(self.ask("query_range", query=expression, **window)["result"])

    def names(self, since: float) -> set[str]:
        """Names of all series that there were since then."""
        match = {"match[]": ['{__name__!=""}'], "start": str(since)}
        return set(self.ask("label/__name__/values", **match))

    def rules(self) -> list[Manifest]:
        """Every rule, with ``health``, ``lastError`` and, of alerts, ``state``."""
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def firing(self) -> set[str]:
        """Names of the alerts that fire."""
        return {rule["name"] for rule in self.rules() if rule["state"] == "firing"}


def scraped_by(monitor: Manifest, address: Callable[[str, list[str]], str]) -> list[Manifest]:
    """The scrape configurations that a ServiceMonitor or PodMonitor stands for.

    Args:
        monitor: Whose selectors, ports and relabelings they have.
        address: Where a role of Kubernetes' discovery is found, by its name and namespaces.
    """
    spec = monitor["spec"]
    is_pods = monitor["kind"] == "PodMonitor"
    home = monitor["metadata"]["namespace"]
    chosen = spec.get("namespaceSelector", {})
    namespaces = [] if chosen.get("any") else chosen.get("matchNames", [home])
    name = f"{home}/{monitor['metadata']['name']}"
    return [
        {
            "job_name": f"{monitor['kind']}/{name}/{number}",
            "scrape_interval": endpoint["interval"],
            "scrape_timeout": endpoint.get("scrapeTimeout", endpoint["interval"]),
            "metrics_path": endpoint["path"],
            "honor_labels": endpoint.get("honorLabels", False),
            "http_sd_configs": [
                {"url": address("pod" if is_pods else "endpointslice", namespaces)}
                | {"refresh_interval": "1s"}
            ],
            "relabel_configs": [
                *_kept(spec["selector"]["matchLabels"], "pod" if is_pods else "service"),
                _keep(
                    "pod_container_port_name" if is_pods else "endpointslice_port_name",
                    endpoint["port"],
                ),
                {"source_labels": [f"{META}pod_phase"], "regex": "Failed|Succeeded"}
                | {"action": "drop"},
                _named("namespace", "namespace"),
                *(() if is_pods else (_named("service_name", "service"),)),
                _named("pod_name", "pod"),
                _named("pod_container_name", "container"),
                {"target_label": "job", "replacement": name}
                if is_pods
                else _named("service_name", "job"),
                {"target_label": "endpoint", "replacement": endpoint["port"]},
                *map(_in_snake_case, endpoint.get("relabelings", [])),
            ],
            "metric_relabel_configs": [*map(_in_snake_case, endpoint.get("metricRelabelings", []))],
        }
        for number, endpoint in enumerate(spec["podMetricsEndpoints" if is_pods else "endpoints"])
    ]


def _kept(labels: dict[str, str], of: str) -> Iterator[Manifest]:
    for label, value in labels.items():
        yield _keep(f"{of}_label_{plain(label)}", value)


def _keep(meta: str, value: str) -> Manifest:
    return {"source_labels": [f"{META}{meta}"], "regex": value, "action": "keep"}


def _named(meta: str, label: str) -> Manifest:
    return {"source_labels": [f"{META}{meta}"], "target_label": label}


def _in_snake_case(relabeling: Manifest) -> Manifest:
    names = {"sourceLabels": "source_labels", "targetLabel": "target_label"}
    return {names.get(key, key): value for key, value in relabeling.items()}


def hastened(rule: Manifest, seconds: int) -> Manifest:
    """The spec of a PrometheusRule whose alerts fire once they have held for that long."""
    groups = [
        {**group, "rules": [{**one, "for": f"{seconds}s"} for one in group["rules"]]}
        for group in rule["spec"]["groups"]
    ]
    return {"groups": groups}


@contextmanager
def prometheus_of(chart: Manifests, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus with all monitors and alerts of the chart; alerts wait for 2 s and no longer."""
    program = _program()
    monitors = [*chart.of("ServiceMonitor"), *chart.of("PodMonitor")]
    with discovery() as address:
        (folder / "rules.yaml").write_text(yaml.safe_dump(hastened(chart.one("PrometheusRule"), 2)))
        configuration = {
            "global": {"evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [one for each in monitors for one in scraped_by(each, address)],
        }
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
        with running(program, folder) as prometheus:
            yield prometheus


@contextmanager
def running(program: str, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus with the configuration of that folder, until the context ends."""
    port, log = free_port(), folder / "prometheus.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            (
                program,
                f"--config.file={folder / 'prometheus.yaml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    prometheus = Prometheus(f"http://127.0.0.1:{port}")
    try:
        eventually("Prometheus is ready", lambda: _is_ready(prometheus, process), 30)
        yield prometheus
    finally:
        process.terminate()
        process.wait(30)
        print(log.read_text()[-4000:])


def _is_ready(prometheus: Prometheus, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "Prometheus has ended: its log tells why"
    try:
        with urllib.request.urlopen(f"{prometheus.url}/-/ready", timeout=5):
            return True
    except OSError:
        return False


def _program() -> str:
    found = subprocess.run(
        (sys.executable, _HACK / "prometheus.py"),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    needs(found, "Prometheus")
    return str(Path(found.stdout.strip()) / "prometheus")
