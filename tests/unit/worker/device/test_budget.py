"""A batch is what fits into the free memory and into 20 s, by what the one before took."""

import pytest
import torch

from voicejob_worker.device import budget as budget_module
from voicejob_worker.device.budget import MAX_SECONDS, WorkBudget


def test_on_an_unknown_card_the_first_goes_alone():
    assert WorkBudget().count([10, 10, 10], None) == 1


@pytest.mark.parametrize(
    ("seconds", "memory", "free", "count"),
    [
        (0.1, None, None, 2),  # 200 rows in 20 s
        (0.001, None, None, 4),
        (0.001, 1000.0, 250_000, 2),  # 200 rows in 80 % of what is free
        (0.001, 1000.0, 10_000, 1),  # never none
        (5.0, None, None, 1),
    ],
)
def test_both_bounds_count(seconds, memory, free, count):
    budget = WorkBudget(seconds_per_row=seconds, bytes_per_row=memory)
    assert budget.count([100, 100, 100, 100], free) == count


def clock(monkeypatch, *times):
    """Has the clock say these times, one after the other."""
    left = iter(times)
    monkeypatch.setattr(budget_module.time, "perf_counter", lambda: next(left))


def test_time_is_measured_and_what_failed_is_not(monkeypatch):
    clock(monkeypatch, 0.0, 8.0, 10.0)
    budget = WorkBudget(is_warm=True)
    with budget.measuring_time(80):
        pass
    assert budget.seconds_per_row == 0.1
    with pytest.raises(ValueError, match="broken"), budget.measuring_time(80):
        raise ValueError("broken")
    assert budget.seconds_per_row == 0.1
    assert budget.count([100, 100, 100], None) == MAX_SECONDS // 10


def test_what_is_done_once_before_or_in_the_first_work_is_not_its_pace(monkeypatch):
    clock(monkeypatch, 0.0, 100.0, 130.0, 138.0)
    budget = WorkBudget()
    with budget.measuring_time(80):  # kernels are loaded
        pass
    assert budget.count([10, 10], None) == 1
    with budget.measuring_time(80) as restart:  # a new schedule is read for 30 s
        restart()
    assert budget.seconds_per_row == 0.1


def test_memory_is_measured_where_it_rises(monkeypatch):
    peaks, now = iter([500, 900, 900, 900]), iter([100, 100])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda _: next(peaks))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: next(now))
    budget, gpu = WorkBudget(), torch.device("cuda:0")
    with budget.measuring_memory(10, gpu):
        pass
    assert budget.bytes_per_row == 80
    with budget.measuring_memory(1, gpu):  # smaller than what was: it says nothing
        pass
    assert budget.bytes_per_row == 80
