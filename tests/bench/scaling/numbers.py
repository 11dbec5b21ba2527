"""Percentiles, slopes and curves of what was measured."""

from collections.abc import Iterable, Sequence
from math import ceil


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least that share of all is not above (nearest rank).

    Raises:
        ValueError: There are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile of no values")
    return ordered[max(ceil(len(ordered) * share), 1) - 1]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Least squares: by how much y grows while x grows by 1; 0 where all x are the same."""
    if not points:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def growth(points: Sequence[tuple[float, float]]) -> float:
    """By how much y grows from the first x to the last, along the fitted line."""
    return slope(points) * (points[-1][0] - points[0][0]) if points else 0.0


def ends(moments: Iterable[float], began: float) -> list[float]:
    """Seconds from the beginning to each moment, in order, to a hundredth."""
    return [round(moment - began, 2) for moment in sorted(moments)]
