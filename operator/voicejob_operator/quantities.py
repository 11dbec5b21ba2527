"""Quantities of bytes among the settings: a faulty one is refused, and never read as none."""

from typing import Annotated

from pydantic import AfterValidator

from voicejob_api.resources import amount

_EXPECTED = "a quantity such as 50Gi (units are k, M, G, Ki, Mi, Gi and the like, without a B)"


def _checked(quantity: str) -> str:
    size = amount(quantity)
    if size is None or size < 0:
        raise ValueError(f"is {quantity!r}; it must be {_EXPECTED}")
    return quantity


def _checked_quota(quantity: str) -> str:
    size = amount(quantity)
    if quantity and (size is None or size < 0):
        raise ValueError(
            f"store.quota has {quantity!r}; it must be {_EXPECTED}, or empty for no quota"
        )
    return quantity


ByteQuantity = Annotated[str, AfterValidator(_checked)]
"""A Kubernetes quantity of bytes, such as ``50Gi``."""
Quota = Annotated[str, AfterValidator(_checked_quota)]
"""The same, or empty for none; 0 is a quota, too."""
