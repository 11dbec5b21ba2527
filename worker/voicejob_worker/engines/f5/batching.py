"""Which utterances are spoken together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MAX_PADDING: Final = 0.15
"""Share of a batch, padded to its longest utterance, that may be padding. The network pads nothing;
the vocoder does."""


def bucket(frames: Sequence[int], max_size: int, budget: int) -> list[list[int]]:
    """Put utterances of like lengths together.

    Args:
        frames: Length of each.
        max_size: Utterances in a batch, at most.
        budget: Frames in a batch, padding included, at most; a longer utterance is alone.

    Returns:
        Batches of indices. Indices ascend within a batch and batches are ordered by their first
        index, so that speech begins near the text's beginning. A function of the arguments alone.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(frames)), key=lambda index: (-frames[index], index)):
        if not batches or not _fits(batches[-1], index, frames, max_size, budget):
            batches.append([])
        batches[-1].append(index)
    return sorted(sorted(batch) for batch in batches)


def _fits(
    batch: Sequence[int], index: int, frames: Sequence[int], max_size: int, budget: int
) -> bool:
    size = len(batch) + 1
    padded = size * frames[batch[0]]
    filled = sum(frames[other] for other in batch) + frames[index]
    return size <= max_size and padded <= budget and padded - filled < _MAX_PADDING * padded
