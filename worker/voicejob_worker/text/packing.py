"""Which sentences of a text go into one chunk.

An engine that clones a voice works through the whole reference with every chunk, so that few full
chunks cost less than many short ones. Chunks are chosen as lines of a paragraph are: not one after
the other, but all at once, for the least sum of what each costs (Knuth and Plass, "Breaking
Paragraphs into Lines", 1981). Chunks of like lengths come cheapest, so that no tiny one is left.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_CHUNK: Final = 1.0
"""What a chunk costs by itself; the other costs are shares of it."""
_PARAGRAPH: Final = 0.3
"""What a paragraph's end inside a chunk costs. Its pause depends on being found in the audio, but a
dialogue in chunks of a line each would cost a quarter more rows (docs/measurements.md)."""


def pack(
    lengths: Sequence[int], ends_paragraph: Sequence[bool], preferred: int, limit: int
) -> list[tuple[int, int]]:
    """The chunks: the first sentence of each, and the first one after it.

    The time is linear in the number of sentences, times how many of them fit into a chunk.

    Args:
        lengths: Characters of each sentence.
        ends_paragraph: Whether each is the last of its paragraph.
        preferred: Characters that a chunk should have.
        limit: Characters that it may have; a longer sentence is a chunk by itself.
    """
    cheapest = [0.0]
    starts = [0]
    for after in range(1, len(lengths) + 1):
        cost, first = min(
            (cheapest[first] + cost, first)
            for first, cost in _chunks_before(after, lengths, ends_paragraph, preferred, limit)
        )
        cheapest.append(cost)
        starts.append(first)
    borders = [len(lengths)]
    while borders[-1]:
        borders.append(starts[borders[-1]])
    return list(pairwise(reversed(borders)))


def _chunks_before(
    after: int, lengths: Sequence[int], ends_paragraph: Sequence[bool], preferred: int, limit: int
) -> list[tuple[int, float]]:
    """First sentence and cost of each chunk that may end before the sentence ``after``."""
    found: list[tuple[int, float]] = []
    length, paragraphs = -1, 0  # the blank before the first sentence is none
    for first in range(after - 1, -1, -1):
        length += 1 + lengths[first]
        if found and length > limit:
            break
        paragraphs += ends_paragraph[first] and first < after - 1
        ragged = (1 - length / preferred) ** 2
        found.append((first, _CHUNK + ragged + _PARAGRAPH * paragraphs))
    return found


def ramp(
    lengths: Sequence[int], ends_paragraph: Sequence[bool], preferred: int
) -> list[tuple[int, int]]:
    """The first chunks of a text that somebody listens to while it is spoken; as of ``pack``.

    The first is a sentence, and each further one no longer than all before it, until they are of
    the preferred length: so it is ready before those are played out, if an engine speaks quicker
    than one listens. None goes over a paragraph's end.
    """
    chunks: list[tuple[int, int]] = []
    first = spoken = 0
    while first < len(lengths) and spoken < preferred:
        after, length = first + 1, lengths[first]
        while (
            after < len(lengths)
            and not ends_paragraph[after - 1]
            and length + 1 + lengths[after] <= spoken
        ):
            length += 1 + lengths[after]
            after += 1
        chunks.append((first, after))
        first, spoken = after, spoken + length
    return chunks
