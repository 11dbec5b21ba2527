"""How long something waits that goes wrong again and again."""

from typing import Final

_DOUBLINGS: Final = 30
"""More than any wait has room for; what fails for a day does so more often than a float doubles."""


def backoff(first: float, times: int, most: float) -> float:
    """Seconds to wait after something went wrong so many times in a row.

    Args:
        first: Seconds after the first time; each further time doubles them.
        times: How often it went wrong, from 1.
        most: Seconds that it never exceeds.
    """
    return min(first * 2.0 ** min(times - 1, _DOUBLINGS), most)
