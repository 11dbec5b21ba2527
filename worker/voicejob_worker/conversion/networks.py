"""Gives a network the weights of a file, once their names and shapes are what it expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from voicejob_worker.device.residence import move
from voicejob_worker.engines.shared.randomness import SeededDraws
from voicejob_worker.errors import ModelUnusableError

if TYPE_CHECKING:
    from pathlib import Path

NetworkT = TypeVar("NetworkT", bound=nn.Module)

_DRAW: Final = (Tensor.normal_, Tensor.uniform_)
_NAMED: Final = 3
"""How many wrong names a message lists."""


def make_network(
    build: Callable[[], NetworkT], weights: Mapping[str, Any], device: torch.device, path: Path
) -> NetworkT:
    """A network for inference, in single precision.

    It is built without drawing first weights, which the file's replace: that takes longer than to
    read them. (torch's meta device would do the same, and imports torch's compiler for it, 3 s.)

    Args:
        build: Makes the network.
        weights: By the network's own names, in any precision of floating point.
        device: Where it is to compute.
        path: The file, for messages.

    Raises:
        ModelUnusableError: names or shapes differ from the network's, or weights are no fractions.
    """
    with SeededDraws(), _Undrawn():
        network = build()
    expected = network.state_dict()
    _check_names(expected, weights, path)
    filled = {}
    for name, wanted in expected.items():
        given = weights[name]
        if given.shape != wanted.shape:
            raise ModelUnusableError(
                f"{path.name} holds {name} with the shape {tuple(given.shape)}: expected "
                f"{tuple(wanted.shape)}. It is no model of this kind, or it was changed"
            )
        if wanted.is_floating_point() and not given.is_floating_point():
            raise ModelUnusableError(
                f"{path.name} holds {name} as {given.dtype}: weights in a reduced form are not "
                "supported, use the float32 or float16 model"
            )
        dtype = torch.float32 if wanted.is_floating_point() else wanted.dtype
        filled[name] = given.to(device=device, dtype=dtype, copy=True).contiguous()
    network.load_state_dict(filled, assign=True)
    move(network, device)  # what it has besides, in the form that the device wants
    return network.eval().requires_grad_(False)


class _Undrawn(TorchFunctionMode):
    """Leaves weights as the memory that they got happens to be."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        if func in _DRAW or getattr(func, "__module__", "") == nn.init.__name__:
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def _check_names(expected: Mapping[str, Tensor], given: Mapping[str, Any], path: Path) -> None:
    missing = [name for name in expected if not isinstance(given.get(name), Tensor)]
    if missing:
        raise ModelUnusableError(
            f"{path.name} lacks {_listed(missing)}: it is no model of this kind, or part of one"
        )
    unknown = [name for name in given if name not in expected]
    if unknown:
        raise ModelUnusableError(
            f"{path.name} holds {_listed(unknown)}, which this kind of model does not have"
        )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
