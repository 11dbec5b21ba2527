"""Waits double up to a bound, however often something goes wrong."""

import pytest

from voicejob_operator.runtime.backoff import backoff


@pytest.mark.parametrize(("times", "seconds"), [(1, 0.5), (2, 1.0), (4, 4.0), (8, 60.0)])
def test_waits_double_up_to_the_most(times: int, seconds: float) -> None:
    assert backoff(0.5, times, 60.0) == seconds


def test_what_fails_for_days_is_waited_for_all_the_same() -> None:
    assert backoff(5.0, 100_000, 300.0) == 300.0
