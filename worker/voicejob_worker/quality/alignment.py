"""Two lists of words side by side.

The alignment is the cheapest one with affine gaps (Gotoh 1982, Journal of Molecular Biology 162):
a gap costs a little more to open than to go on, so that a phrase said twice is one gap and not many
small ones. Words that are written together on one side and apart on the other are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP_OPENS: Final = 0.1
_MAX_JOINED: Final = 3
"""Words that are written as one on the other side."""
_NO_WAY: Final = float("inf")


@dataclass(frozen=True)
class Pair:
    """Words that belong together; one side is empty if nothing answers the other."""

    expected: tuple[str, ...]
    heard: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether both sides are the same but for blanks."""
        return "".join(self.expected) == "".join(self.heard)


def align(expected: Sequence[str], heard: Sequence[str]) -> list[Pair]:
    """The cheapest pairs in order: every word of both sides is in exactly one of them.

    Of a last word that is heard twice, the second is the one too many.
    """
    costs, ways = _fill(expected, heard)
    end = (len(expected), len(heard))
    state = min((_INSERTED, _DROPPED, _PAIRED), key=lambda kind: costs[end][kind])
    pairs = []
    cell = end
    while cell != (0, 0):
        steps, state = ways[cell][state]
        before = (cell[0] - steps[0], cell[1] - steps[1])
        pairs.append(Pair(tuple(expected[before[0] : cell[0]]), tuple(heard[before[1] : cell[1]])))
        cell = before
    return pairs[::-1]


_Cell = tuple[int, int]
_PAIRED, _DROPPED, _INSERTED = range(3)


def _fill(
    expected: Sequence[str], heard: Sequence[str]
) -> tuple[dict[_Cell, list[float]], dict[_Cell, list[tuple[_Cell, int]]]]:
    """Cheapest cost of each cell by what ends there, and the step and state that it came from."""
    costs: dict[_Cell, list[float]] = {(0, 0): [0.0, _NO_WAY, _NO_WAY]}
    ways: dict[_Cell, list[tuple[_Cell, int]]] = {}
    for i in range(len(expected) + 1):
        for j in range(len(heard) + 1):
            if i == j == 0:
                continue
            best = [(_NO_WAY, ((0, 0), _PAIRED))] * 3
            for kind, steps, price in _steps(expected, heard, i, j):
                for before, cost in enumerate(costs[i - steps[0], j - steps[1]]):
                    opens = kind not in (_PAIRED, before)
                    total = cost + price + _GAP_OPENS * opens
                    if total < best[kind][0]:
                        best[kind] = (total, (steps, before))
            costs[i, j] = [cost for cost, _ in best]
            ways[i, j] = [way for _, way in best]
    return costs, ways


def _steps(
    expected: Sequence[str], heard: Sequence[str], i: int, j: int
) -> Iterator[tuple[int, _Cell, float]]:
    """What can end at a cell: its kind, the words that it takes of each side, and its price."""
    if i and j:
        yield _PAIRED, (1, 1), float(expected[i - 1] != heard[j - 1])
    if i:
        yield _DROPPED, (1, 0), 1.0
    if j:
        yield _INSERTED, (0, 1), 1.0
    for joined in range(2, _MAX_JOINED + 1):
        if i >= joined and j and "".join(expected[i - joined : i]) == heard[j - 1]:
            yield _PAIRED, (joined, 1), 0.0
        if j >= joined and i and "".join(heard[j - joined : j]) == expected[i - 1]:
            yield _PAIRED, (1, joined), 0.0
