"""Writes the chart's Grafana dashboard, a panel for each metric of operator, gateway and worker.

Run by `make generate`; a metric that is added has its panel by that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from voicejob_api.report import WorkerReport
from voicejob_api.status import VRAM, GPUInfo, ModelInfo, Performance
from voicejob_gateway import metrics as gateway_metrics
from voicejob_operator import metrics as operator_metrics
from voicejob_operator.runtime.metrics import RuntimeMetrics
from voicejob_worker.reporting.disks import DiskCollector
from voicejob_worker.reporting.status_server import ReportCollector

TARGET = Path(__file__).parents[1] / "charts/voicejob-operator/files/dashboard.json"
Panel = dict[str, Any]

WIDTH, HEIGHT, COLUMNS = 8, 7, 3
HEADLINES = (
    (
        "Running",
        'sum(max by (phase) (voicejob_voicejobs{phase="Running",namespace=~"$namespace"}))',
    ),
    ("Queued", 'sum(max by (phase) (voicejob_voicejobs{phase="Queued",namespace=~"$namespace"}))'),
    ("Stalled", 'max(voicejob_stalled{namespace=~"$namespace"})'),
    ("Store up", 'min(voicejob_store_up{namespace=~"$namespace"})'),
)


@dataclass(frozen=True)
class Family:
    """A metric, whether anything was counted of it yet or not."""

    name: str
    kind: str
    text: str
    labels: tuple[str, ...]


def operator_families() -> list[Family]:
    """The operator's metrics, by their names."""
    runtime = RuntimeMetrics("voicejob", CollectorRegistry())
    return families_of((*vars(operator_metrics).values(), *vars(runtime).values()))


def gateway_families() -> list[Family]:
    """The gateway's metrics, by their names."""
    requests = RuntimeMetrics("voicejob_gateway", CollectorRegistry()).requests
    return families_of((*vars(gateway_metrics).values(), requests))


def families_of(every: Iterable[object]) -> list[Family]:
    """Those of the objects that are metrics, by their names."""
    found = [
        Family(family.name, family.type, family.documentation, tuple(each._labelnames))
        for each in every
        if isinstance(each, MetricWrapperBase)
        for family in each.collect()
    ]
    return sorted(found, key=lambda each: each.name)


class KnowsAll:
    """A worker's reporter that knows all there is to know of a GPU."""

    report = WorkerReport(
        gpu=GPUInfo(name="GPU", uuid="u", memory_mib=1, compute_capability="9.0", driver="1"),
        vram=VRAM(allocated_peak_mib=1, reserved_peak_mib=1, device_peak_mib=1, process_peak_mib=1),
        performance=Performance(synthesis_seconds=1.0, model_load_seconds=1.0),
        model=ModelInfo(device="cuda:0", precision="float16"),
    )
    collectors = (DiskCollector({"work": Path("/")}),)


def worker_families() -> list[Family]:
    """The metrics of a worker, by their names, without those of one engine alone."""
    found = [
        Family(
            family.name,
            family.type,
            family.documentation,
            tuple(sorted({label for sample in family.samples for label in sample.labels})),
        )
        for family in ReportCollector(KnowsAll()).collect()
    ]
    return sorted(found, key=lambda each: each.name)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana reads it."""
    panels: list[Panel] = []
    top = 0
    for number, (title, expression) in enumerate(HEADLINES):
        place = {"x": number * 6, "y": top, "w": 6, "h": 4}
        panels.append(_panel("stat", title, "", [(expression, "")], place))
    top += 4
    for title, families in (
        ("Operator", operator_families()),
        ("Workers", worker_families()),
        ("Gateway", gateway_families()),
    ):
        panels.append(
            {"type": "row", "title": title, "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}}
        )
        top += 1
        for number, family in enumerate(families):
            row, column = divmod(number, COLUMNS)
            place = {
                "x": column * WIDTH,
                "y": top + row * HEIGHT,
                "w": WIDTH,
                "h": HEIGHT,
            }
            panels.append(
                _panel("timeseries", _title(family), family.text, _queries(family), place)
                | {"fieldConfig": {"defaults": {"unit": _unit(family)}, "overrides": []}}
            )
        top += -(-len(families) // COLUMNS) * HEIGHT
    numbered = [{"id": number, **panel} for number, panel in enumerate(panels, 1)]
    return {
        "uid": "voicejob",
        "title": "VoiceJob",
        "tags": ["voicejob"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": list(_variables())},
        "panels": numbered,
    }


def _variables() -> Iterator[dict[str, Any]]:
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    yield {
        "name": "namespace",
        "label": "Namespace",
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": 'label_values({__name__=~"voicejob_leader|voicejob_worker_stage"}, namespace)',
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _panel(
    kind: str, title: str, text: str, queries: Iterable[tuple[str, str]], place: dict[str, int]
) -> Panel:
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "type": kind,
        "title": title,
        "description": text,
        "datasource": source,
        "gridPos": place,
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": source, "expr": query}
            | ({"legendFormat": legend} if legend else {})
            for number, (query, legend) in enumerate(queries)
        ],
    }


def _title(family: Family) -> str:
    return family.name.removeprefix("voicejob_").replace("_", " ")


def _queries(family: Family) -> Iterator[tuple[str, str]]:
    labels = sorted(family.labels)
    legend = " ".join(f"{{{{{label}}}}}" for label in labels)
    by = f" by ({', '.join(labels)})" if labels else ""
    # A metric that names teams' namespaces has another "namespace" than the operator's.
    chosen = '{namespace!=""}' if "namespace" in labels else '{namespace=~"$namespace"}'
    if family.kind == "counter":
        yield f"sum{by} (rate({family.name}_total{chosen}[$__rate_interval]))", legend
    elif family.kind == "histogram":
        for quantile in (0.5, 0.95):
            kept = ", ".join(["le", *labels])
            rates = f"sum by ({kept}) (rate({family.name}_bucket{chosen}[$__rate_interval]))"
            yield f"histogram_quantile({quantile}, {rates})", f"{quantile:g} {legend}".strip()
    elif family.name.startswith("voicejob_worker_"):
        name = f"{family.name}_info" if family.kind == "info" else family.name
        yield f"{name}{chosen}", f"{{{{pod}}}} {legend}".strip()
    else:
        yield f"max{by} ({family.name}{chosen})", legend


def _unit(family: Family) -> str:
    if family.name.endswith("_bytes"):
        return "bytes"
    if family.name.endswith("_seconds") and family.kind != "counter":
        return "s"
    return "short"


def render() -> str:
    """The file's text."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render())
    print(f"wrote {TARGET}", file=sys.stderr)
