"""What was measured: figures beside their goals, and the series that plots are drawn from."""

import json
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scaling.operators import ROOT


@dataclass(frozen=True)
class Figure:
    """One number.

    Attributes:
        name: what it is.
        value: how much.
        unit: of value and goal.
        goal: the highest that is good; None where there is no goal.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """Met, or by which factor it is missed; empty without a goal."""
        if self.goal is None:
            return ""
        if self.value <= self.goal:
            return "met"
        return f"missed, {self.value / self.goal:.1f} times" if self.goal else "missed"


@dataclass
class Measurement:
    """All that one bench has found.

    Attributes:
        name: the bench's, with its count, such as burst-1000.
        figures: what goes into the table.
        series: what goes into the plot.
    """

    name: str
    figures: list[Figure] = field(default_factory=list)
    series: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: float, unit: str, goal: float | None = None) -> None:
        """Add a figure and print it."""
        figure = Figure(name, round(value, 3), unit, goal)
        self.figures.append(figure)
        print(row(self.name, figure), flush=True)


def judged(goal: float, enough: bool) -> float | None:
    """The goal, where enough was measured to judge by it: a short form says nothing of 10,000."""
    return goal if enough else None


def row(bench: str, figure: Figure) -> str:
    """A figure as a line of the table in docs/measurements.md."""
    goal = "" if figure.goal is None else f"{figure.goal:g}"
    cells = (bench, figure.name, f"{figure.value:g}", figure.unit, goal, figure.verdict)
    return f"| {' | '.join(cells)} |"


def table(measurements: list[Measurement]) -> str:
    """All figures, as Markdown."""
    head = "| bench | figure | measured | unit | goal | |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(row(m.name, f) for m in measurements for f in m.figures)])


def save(path: Path, measurement: Measurement, operator: str) -> None:
    """Write a measurement into the file of all, in place of its former one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.loads(path.read_text()) if path.exists() else {}
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    content[measurement.name] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "operator": operator,
        "figures": [{**asdict(f), "verdict": f.verdict} for f in measurement.figures],
        "series": measurement.series,
    }
    path.write_text(json.dumps(content, indent=1))
