"""Large numbers in Brazilian Portuguese: num2words puts an *e* between all of their groups."""

from collections.abc import Callable
from typing import Final

_SCALES: Final = (("", ""), ("mil", "mil"), ("milhão", "milhões"), ("bilhão", "bilhões"),
                  ("trilhão", "trilhões"))  # fmt: skip
"""By thousands, singular and plural."""
LARGEST: Final = 10 ** (3 * len(_SCALES)) - 1


def say_large(number: int, below_thousand: Callable[[int], str]) -> str:
    """A number up to ``LARGEST`` in words.

    *e* stands before the last group that is not zero, and only if it is up to a hundred or ends in
    two zeros: um milhão duzentos mil e um, um milhão e quinhentos mil.
    """
    groups: list[tuple[int, str]] = []
    for singular, plural in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            words = "" if group == 1 and singular == "mil" else below_thousand(group)
            groups.insert(0, (group, f"{words} {singular if group == 1 else plural}".strip()))
    *first, (last, words) = groups
    said = " ".join(words for _, words in first)
    joint = " e " if first and (last <= 100 or last % 100 == 0) else " "
    return f"{said}{joint}{words}".strip()
