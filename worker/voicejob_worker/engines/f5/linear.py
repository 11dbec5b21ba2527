"""The products with a block's weights, and how a CPU does them fastest.

torch does them by MKL, which reads the weights as they lie, and does not know the newest
instructions of every maker's processors. oneDNN is in torch, too: it makes its kernels for the
processor at hand, and wants the weights in an order of its own, which is worth making for a network
that is evaluated hundreds of times. On a CPU with AVX-512 of AMD's it does 1.2 times the products
of MKL, and GELU along with one of them (docs/measurements.md, F5-TTS). Results differ by rounding.
Intel's processors are MKL's own, and keep to it: nothing was measured on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

_FAST: Final = ("AVX2", "AVX512")
"""What the CPU must have, as torch calls it: else oneDNN has no kernel of its own for it."""
_CPUINFO: Final = Path("/proc/cpuinfo")
_MKLS_OWN: Final = "GenuineIntel"
_ROWS: Final = 2048
"""For how many rows the order of the weights is chosen; it is right for any number."""
_CLOSE: Final = 1e-4
"""Difference that another order of adding up may make, of products of about 1."""


@dataclass(frozen=True)
class Linear:
    """``x @ weight.T + bias``, for rows of i values in and o values out."""

    weight: Tensor
    """Shape ``(o, i)``."""
    bias: Tensor
    """Shape ``(o,)``."""

    def __call__(self, x: Tensor) -> Tensor:
        """The product: ``(r, i)`` to ``(r, o)``."""
        return functional.linear(x, self.weight, self.bias)

    def into(self, x: Tensor, out: Tensor) -> None:
        """The product in a buffer of shape ``(r, o)``."""
        torch.addmm(self.bias, x, self.weight.t(), out=out)

    def with_gelu(self, x: Tensor) -> Tensor:
        """GELU, by the approximation with tanh, of the product."""
        # In place: functional.gelu would take a second buffer of this, the block's largest, size.
        return torch.ops.aten.gelu_(self(x), approximate="tanh")  # type: ignore[no-any-return]

    def packed(self) -> Linear:
        """The same with its weights in oneDNN's order, for the CPU in single precision alone."""
        return PackedLinear(_kernels()._reorder_linear_weight(self.weight, _ROWS), self.bias)


@dataclass(frozen=True)
class PackedLinear(Linear):
    """Its weight is in oneDNN's order: it stays on the CPU, and only this can be done with it."""

    def __call__(self, x: Tensor) -> Tensor:
        """The product: ``(r, i)`` to ``(r, o)``."""
        return self._product(x, "none", "")

    def into(self, x: Tensor, out: Tensor) -> None:
        """The product in a buffer of shape ``(r, o)``."""
        out.copy_(self(x))

    def with_gelu(self, x: Tensor) -> Tensor:
        """GELU, by the approximation with tanh, of the product."""
        return self._product(x, "gelu", "tanh")

    def packed(self) -> Linear:
        """Itself."""
        return self

    def _product(self, x: Tensor, then: str, algorithm: str) -> Tensor:
        product: Tensor = _kernels()._linear_pointwise(
            x, self.weight, self.bias, then, [], algorithm
        )
        return product


@cache
def can_pack() -> bool:
    """Whether this CPU may gain by it and this torch can, found out by doing it and comparing."""
    if torch.backends.cpu.get_cpu_capability() not in _FAST or _is_mkls_own():
        return False
    generator = torch.Generator().manual_seed(0)
    weight, x = (torch.randn(64, 64, generator=generator) / 8 for _ in range(2))
    plain = Linear(weight, weight[0])
    try:
        packed = plain.packed()
        pairs = ((packed(x), plain(x)), (packed.with_gelu(x), plain.with_gelu(x)))
    except (AttributeError, RuntimeError):
        # A torch built without oneDNN, or one that calls these otherwise: MKL works anywhere.
        return False
    return all(bool((found - wanted).abs().max() < _CLOSE) for found, wanted in pairs)


def _is_mkls_own() -> bool:
    try:
        return _MKLS_OWN in _CPUINFO.read_text()
    except OSError:
        return True  # nobody tells whose it is: as torch does it


def _kernels() -> Any:
    """What torch's own compiler calls for packed weights; there is no public name for it."""
    return torch.ops.mkldnn
