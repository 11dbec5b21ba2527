"""CPU and memory of the worker's container."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from pydantic import Field, WithJsonSchema

from voicejob_api.base import SpecModel
from voicejob_api.rules import Rule
from voicejob_api.scalars import Integer

_QUANTITY: Final = re.compile(
    r"(?P<number>[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+))(?P<unit>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?",
    re.ASCII,
)
LEAST_MEMORY_LIMIT: Final = "16Mi"
"""Below it no container of a worker's starts: 512 alone is 512 bytes."""
_UNITS: Final = {
    **{unit: Decimal(1000) ** power for power, unit in enumerate("num", start=-3)},
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}
_LARGEST: Final = Decimal(2**63 - 1)
_LARGEST_EXPONENT: Final = 100
"""Ten to this is out of Kubernetes' reach with whatever number of 64 characters before it, and not
out of Decimal's."""


def amount(quantity: str | int) -> Decimal | None:
    """The number that a Kubernetes quantity such as ``500m`` or ``2Gi`` is, or None.

    One that is larger than Kubernetes can count is the largest that it can, as it is there.
    """
    parts = _QUANTITY.fullmatch(str(quantity))
    if parts is None:
        return None
    number, unit = Decimal(parts["number"]), parts["unit"] or ""
    if unit[1:].lstrip("+-").isdigit():
        exponent = max(-_LARGEST_EXPONENT, min(int(unit[1:]), _LARGEST_EXPONENT))
        size = number.scaleb(exponent)
    else:
        size = number * _UNITS.get(unit, Decimal(1))
    return max(-_LARGEST, min(size, _LARGEST))


def _is_amount(quantity: str | int) -> bool:
    return amount(quantity) is not None and not str(quantity).startswith("-")


def _are_within(requests: Mapping[str, str | int], limits: Mapping[str, str | int]) -> bool:
    """Whether none is over its limit; what is no quantity is told of by itself."""
    for name in requests.keys() & limits.keys():
        request, limit = amount(requests[name]), amount(limits[name])
        if request is not None and limit is not None and request > limit:
            return False
    return True


def _is_forgotten_unit(memory: str | int | None) -> bool:
    """Whether it is bytes or thousandths of them, where mebibytes were meant."""
    size = None if memory is None else amount(memory)
    return size is not None and size < (amount(LEAST_MEMORY_LIMIT) or 0)


Quantity = Annotated[
    str | Integer,
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "maxLength": 64,
        }
    ),
    Rule(
        cel="isQuantity(string(self)) && string(self).matches('^[+]?[.]?[0-9]')",
        check=_is_amount,
        message="must be a quantity such as 500m or 2 for cpu, 512Mi or 2Gi for memory; the units "
        "are k, M, G, Ki, Mi, Gi and the like, without a B",
    ),
]
"""A Kubernetes quantity, such as ``500m`` or ``2Gi``."""

CONTAINER_RESOURCES: Final = ("cpu", "memory", "ephemeral-storage")
ResourceMap = Annotated[
    dict[str, Quantity],
    Field(max_length=3),
    Rule(
        cel=f"self.all(name, name in {list(CONTAINER_RESOURCES)})",
        check=lambda resources: set(resources) <= set(CONTAINER_RESOURCES),
        message="may name cpu, memory and ephemeral-storage; GPUs are asked for in spec.gpu",
    ),
]


class ContainerResources(SpecModel):
    """CPU and memory of the worker's container. GPUs are asked for in `spec.gpu`."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.requests) || !has(self.limits) || self.requests.all(name, "
            "!(name in self.limits) || !isQuantity(string(self.requests[name])) "
            "|| !isQuantity(string(self.limits[name])) "
            "|| !quantity(string(self.requests[name]))"
            ".isGreaterThan(quantity(string(self.limits[name]))))",
            check=lambda self: _are_within(self.requests, self.limits),
            message="requests may not be over limits: raise the limit or lower the request",
        ),
        Rule(
            cel="!has(self.limits) || !('memory' in self.limits) "
            "|| !isQuantity(string(self.limits['memory'])) "
            "|| !quantity(string(self.limits['memory']))"
            f".isLessThan(quantity('{LEAST_MEMORY_LIMIT}'))",
            check=lambda self: not _is_forgotten_unit(self.limits.get("memory")),
            message=f"no worker starts in a memory limit of under {LEAST_MEMORY_LIMIT}: write it "
            "with its unit, 2Gi or 2048Mi",
            path=".limits",
        ),
    )

    requests: ResourceMap = {}
    """What the scheduler reserves, such as `{cpu: 500m, memory: 1Gi}`; a fraction is written in
    quotes, as "0.5"."""
    limits: ResourceMap = {}
    """What the container may not exceed, such as `{memory: 2Gi}`."""
