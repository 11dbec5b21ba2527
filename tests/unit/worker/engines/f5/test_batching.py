"""Batches waste little, fit the budget and are a function of the list."""

from hypothesis import given
from hypothesis import strategies as st

from voicejob_worker.engines.f5.batching import bucket

LENGTHS = st.lists(st.integers(1, 3000), max_size=80)


@given(LENGTHS, st.integers(1, 32), st.integers(1000, 70_000))
def test_every_batch_fits_and_pads_little(frames, most, budget):
    batches = bucket(frames, most, budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(frames)))
    for batch in batches:
        longest = max(frames[index] for index in batch)
        padded = longest * len(batch)
        assert len(batch) <= most
        assert len(batch) == 1 or padded <= budget
        assert padded - sum(frames[index] for index in batch) < 0.15 * padded
        assert batch == sorted(batch)
    assert batches == sorted(batches)


def test_equal_lengths_fill_batches():
    assert [len(batch) for batch in bucket([100] * 70, 32, 65_536)] == [32, 32, 6]


def test_the_budget_bounds_a_batch():
    assert [len(batch) for batch in bucket([1000] * 7, 32, 4096)] == [4, 3]


def test_what_is_over_the_budget_is_alone():
    assert bucket([5000, 100, 5000], 32, 4096) == [[0], [1], [2]]
