"""Quantities as Kubernetes counts them, of any size that a user may write."""

from decimal import Decimal

import pytest

from voicejob_api.gpu import memory_mib
from voicejob_api.resources import amount

LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("quantity", "is_worth"),
    [
        ("500m", "0.5"),
        (".5Gi", 2**29),
        ("5.Ki", 5120),
        ("1E", 10**18),
        ("1E3", 1000),
        ("2e-1", "0.2"),
        (7, 7),
        ("1e40", LARGEST),
        (f"1E{'9' * 60}", LARGEST),
        ("9" * 64, LARGEST),
        ("-1e40", -LARGEST),
    ],
)
def test_an_amount_is_no_larger_than_kubernetes_can_count(quantity, is_worth):
    assert amount(quantity) == Decimal(is_worth)


@pytest.mark.parametrize("quantity", ["", "5GB", "1e", "Gi", "1e+-3", "1 Gi", "０"])
def test_what_is_no_quantity_has_no_amount(quantity):
    assert amount(quantity) is None
    assert memory_mib(quantity) == 0


@pytest.mark.parametrize(
    ("quantity", "mib"),
    [("6Gi", 6144), ("6G", 5723), ("1", 1), (0, 0), (f"1e{'9' * 60}", 2**43)],
)
def test_memory_is_rounded_up_to_whole_mebibytes(quantity, mib):
    assert memory_mib(quantity) == mib
