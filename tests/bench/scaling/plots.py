"""A plot for each measurement, drawn from the file of results."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib

from scaling.burst import LAG_SECONDS as BURST_LAG_SECONDS
from scaling.finished import FINISHED_MIB, START_MIB, START_SECONDS
from scaling.queued import QUEUED_MIB, REQUESTS_PER_SECOND
from scaling.steady import LAG_SECONDS as STEADY_LAG_SECONDS

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

Series = dict[str, Any]


def draw(name: str, series: Series, folder: Path) -> Path:
    """Draw the measurement of that name; the picture's path."""
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), width_ratios=(3, 2))
    _DRAWERS[name.partition("-")[0]](series, axes[0], axes[1])
    for axis in axes:
        axis.grid(alpha=0.3)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize=8)
    figure.suptitle(name)
    figure.tight_layout()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"scale_{name.replace('-', '_')}.png"
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
    return path


def _counted(axis: Axes, moments: Sequence[float], label: str) -> None:
    axis.plot(moments, range(1, len(moments) + 1), label=label)


def _lags(axis: Axes, lags: Sequence[float], label: str) -> None:
    ordered = sorted(lags)
    shares = [100 * (n + 1) / len(ordered) for n in range(len(ordered))]
    axis.plot(ordered, shares, label=label)
    axis.set(xlabel="seconds from the pod's end to the VoiceJob's word", ylabel="percent")


def _goal(axis: Axes, value: float, vertical: bool = False) -> None:
    line = axis.axvline if vertical else axis.axhline
    line(value, color="grey", linestyle="--", label=f"goal {value:g}")
    if not vertical:
        low, high = axis.get_ylim()
        axis.set_ylim(low, max(high, 1.08 * value))


def _burst(series: Series, left: Axes, right: Axes) -> None:
    _counted(left, series["bare"], "bare Jobs succeeded, before")
    _counted(left, series["bare_again"], "bare Jobs succeeded, after")
    if "bare_with_the_pod" in series:  # not in results that were saved before it was measured
        _counted(left, series["bare_with_the_pod"], "… with a VoiceJob's pod")
    _counted(left, series["floor"], "floor: bare client says so")
    _counted(left, series["ended"], "VoiceJobs' pods ended")
    _counted(left, series["told"], "VoiceJobs say so")
    left.set(xlabel="seconds from the first create", ylabel="count")
    _lags(right, series["lags"], "operator")
    _lags(right, series["floor_lags"], "floor")
    _goal(right, BURST_LAG_SECONDS, vertical=True)


def _steady(series: Series, left: Axes, right: Axes) -> None:
    lags = series["lags"]
    left.plot(series["ended"][: len(lags)], lags, ".", markersize=3)
    left.set(xlabel="seconds from the first create", ylabel="seconds to the VoiceJob's word")
    _goal(left, STEADY_LAG_SECONDS)
    _lags(right, lags, "operator")
    _goal(right, STEADY_LAG_SECONDS, vertical=True)


def _finished(series: Series, left: Axes, right: Axes) -> None:
    for which, start in series.items():
        _memory(left, start["memory"], which)
    for goal in (FINISHED_MIB, START_MIB):
        _goal(left, goal)
    right.bar(list(series), [start["first"] for start in series.values()], width=0.5)
    right.tick_params(axis="x", labelsize=7)
    right.set(ylabel="seconds, start to the first new one")
    _goal(right, START_SECONDS)


def _memory(axis: Axes, points: Sequence[tuple[float, float]], label: str) -> None:
    axis.plot([at for at, _ in points], [mib for _, mib in points], label=label)
    axis.set(xlabel="seconds", ylabel="resident memory, MiB", ylim=(0, None))


def _queued(series: Series, left: Axes, right: Axes) -> None:
    _memory(left, series["memory"], "operator")
    _goal(left, QUEUED_MIB)
    points = series["requests"]
    rates = [(b - a) / (later - at) for (at, a), (later, b) in pairwise(points)]
    right.plot([at for at, _ in points[1:]], rates)
    right.set(xlabel="seconds", ylabel="requests per second", ylim=(0, None))
    _goal(right, REQUESTS_PER_SECOND)


def _soak(series: Series, left: Axes, right: Axes) -> None:
    _memory(left, series["memory"], "operator")
    for at in series["restarts"]:
        left.axvline(at, color="grey", alpha=0.4)
    left.set_title("grey: the API server is killed", fontsize=8)
    half = series["memory"][len(series["memory"]) // 2 :]
    _memory(right, half, "second half")
    right.set_ylim(min(m for _, m in half) - 5, max(m for _, m in half) + 5)


_DRAWERS: dict[str, Callable[[Series, Axes, Axes], None]] = {
    "burst": _burst,
    "steady": _steady,
    "finished": _finished,
    "queued": _queued,
    "soak": _soak,
}
