"""Random numbers of one's own: what other people's code draws from torch, it draws from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_SEED_BITS: Final = 64
_DRAWS: Final[frozenset[Any]] = frozenset(
    {torch.rand, torch.randn, torch.multinomial, Tensor.normal_, Tensor.uniform_}
)
"""What draws, and can be told of a generator to draw from."""
_LIKE: Final[dict[Any, Callable[..., Tensor]]] = {
    torch.rand_like: Tensor.uniform_,
    torch.randn_like: Tensor.normal_,
}
"""What cannot, and how torch itself fills the tensor."""


class SeededDraws(TorchFunctionMode):
    """Has all draws of this thread come from generators that begin at a seed.

    They are what ``torch.manual_seed`` would have torch's own generators give, bit by bit. Those
    stay as they are, and other threads draw what they would alone, at the same time. Each call of
    a function of torch's takes a microsecond or two longer.
    """

    def __init__(self, seed: int = 0) -> None:
        """Take any whole number; the generators are made as they are needed, one a device."""
        super().__init__()
        self._seed = seed % 2**_SEED_BITS
        self._generators: dict[torch.device, torch.Generator | None] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call ``func``, with a generator if it draws."""
        given = kwargs or {}
        if func in _LIKE:
            empty = torch.empty_like(*args, **given)
            return _LIKE[func](empty, generator=self._generator(empty.device))
        if func in _DRAWS and given.get("generator") is None:
            given = {**given, "generator": self._generator(_device(args, given))}
        return func(*args, **given)

    def _generator(self, device: torch.device) -> torch.Generator | None:
        if device not in self._generators:
            self._generators[device] = make_generator(device, self._seed)
        return self._generators[device]


def make_generator(device: torch.device, seed: int) -> torch.Generator | None:
    """A generator at the beginning of a seed; None for the device ``meta``, which draws none."""
    return None if device.type == "meta" else torch.Generator(device).manual_seed(seed)


def _device(args: tuple[Any, ...], given: dict[str, Any]) -> torch.device:
    """Where a draw is made: on the tensor's device, or on the one that is named, or on the CPU."""
    first = given.get("input", args[0] if args else None)
    if isinstance(first, Tensor):
        return first.device
    return torch.device(given.get("device") or "cpu")
