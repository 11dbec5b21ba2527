"""Which utterances are spoken together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MAX_PADDING: Final = 0.15
"""Share of a batch, padded to its longest utterance, that may be padding. The network pads nothing;
the vocoder does."""


def bucket(frames: Sequence[int], most: int, budget: int) -> list[list[int]]:
    """Put utterances of like lengths together.

    Args:
        frames: Length of each.
        most: Most utterances in a batch.
        budget: Most frames in a batch, padding included; a longer utterance is alone.

    Returns:
        Their indices, ascending in each batch, and the batches by their first: what is spoken first
        is near the text's beginning. A function of the arguments alone.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(frames)), key=lambda index: (-frames[index], index)):
        if not batches or not _fits(batches[-1], index, frames, most, budget):
            batches.append([])
        batches[-1].append(index)
    return sorted(sorted(batch) for batch in batches)


def _fits(batch: Sequence[int], index: int, frames: Sequence[int], most: int, budget: int) -> bool:
    size = len(batch) + 1
    padded = size * frames[batch[0]]
    filled = sum(frames[other] for other in batch) + frames[index]
    return size <= most and padded <= budget and padded - filled < _MAX_PADDING * padded
