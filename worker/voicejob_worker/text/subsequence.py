"""The longest common subsequence of two lists of words or phonemes.

It is worked out row by row in the bits of one number (Hyyrö 2004, "Bit-parallel LCS-length
computation revisited"), in windows: the time is linear, whatever is in the lists.
"""

from collections.abc import Iterator, Sequence
from typing import Final

_WINDOW: Final = 2048
"""Items that are compared at once, with twice as many of the other list."""


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places in both of a common subsequence, in order: the longest one within each window.

    An empty text equals nothing. Where a window has nothing in common with what comes in the
    other list, it is passed over.
    """
    i = j = 0
    while i < len(one) and j < len(other):
        part, other_part = one[i : i + _WINDOW], other[j : j + 2 * _WINDOW]
        found = _longest(part, other_part)
        if i + len(part) == len(one) and j + len(other_part) == len(other):
            yield from ((i + a, j + b) for a, b in found)
            return
        # What is near the end may have a better place behind the window.
        kept = max(3 * len(part) // 4, 1)
        found = [pair for pair in found if pair[0] < kept]
        if not found:
            i += kept
            continue
        yield from ((i + a, j + b) for a, b in found)
        i, j = i + found[-1][0] + 1, j + found[-1][1] + 1


def _longest(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """The longest one; of several, that whose places in the other come first."""
    places: dict[str, int] = {}
    for j, item in enumerate(other):
        if item:
            places[item] = places.get(item, 0) | 1 << j
    mask = (1 << len(other)) - 1
    rows = [mask]
    for item in one:
        row = rows[-1]
        hit = row & places.get(item, 0)
        rows.append(((row + hit) | (row - hit)) & mask)
    found: list[tuple[int, int]] = []
    i, j = len(one), len(other)
    while i and j:
        if rows[i] >> (j - 1) & 1:
            j -= 1
            continue
        i -= 1
        if rows[i] >> (j - 1) & 1:
            j -= 1
            found.append((i, j))
    return found[::-1]
