"""A GPU that is not there: shapes, types and devices of all tensors are true, the numbers missing.

What computes on ``cuda`` runs through torch's FakeTensorMode, which has every rule of the devices:
to bring two of them together raises. What it cannot know, it is told here, and why:

- a truth or a fraction of a tensor (``bool(x.isfinite().all())``): there are no numbers. They read
  as true, and as 1.0; a whole number raises, for sizes must not depend on what a GPU has computed;
- the numbers for numpy: 0.01 each, for a tensor that lies on the CPU; from a GPU it raises;
- random numbers, and what TorchScript fuses: both ask the driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from voicejob_worker.device import placement
from voicejob_worker.device.precision import DeviceChoice
from voicejob_worker.engines.shared import randomness

GPU = torch.device("cuda:0")

_ATEN = torch.ops.aten
_MOVES = (_ATEN.to.device, _ATEN.to.dtype, _ATEN.to.dtype_layout, _ATEN.to.other)
_VALUES: dict[torch.dtype, Any] = {torch.bool: True, torch.float32: 1.0}


class FakeGpu(FakeTensorMode):
    """Torch as it is where there is a GPU, but for the numbers."""

    def __init__(self) -> None:
        super().__init__(allow_non_fake_inputs=True)

    def dispatch(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        if func in _MOVES:
            # In inference mode a copy comes here whole, and constants would be copied for real.
            with self:
                return func.decompose(*args, **given)
        if func is _ATEN._local_scalar_dense.default and args[0].dtype in _VALUES:
            return _VALUES[args[0].dtype]
        return super().dispatch(func, types, args, given)


@contextmanager
def numberless_gpu() -> Iterator[FakeGpu]:
    """Have a GPU, which every engine chooses, until the end of the context."""
    with ExitStack() as stack:
        for target, name, stand_in in (
            (Tensor, "numpy", _numbers),
            (placement, "choose_device", lambda _request: DeviceChoice(GPU)),
            (randomness, "make_generator", lambda _device, _seed: None),
        ):
            stack.enter_context(mock.patch.object(target, name, stand_in))
        stack.enter_context(_unfused())
        yield stack.enter_context(FakeGpu())


def place_of(network: nn.Module) -> str:
    """Where all weights of a network lie: ``cpu``, ``cuda``, or both."""
    tensors = [*network.parameters(), *network.buffers()]
    return "+".join(sorted({tensor.device.type for tensor in tensors}))


@contextmanager
def _unfused() -> Iterator[None]:
    """Have TorchScript run as it is written."""
    fuses, on_gpu = torch._C._jit_texpr_fuser_enabled(), torch._C._jit_can_fuse_on_gpu()
    torch._C._jit_set_texpr_fuser_enabled(False)
    torch._C._jit_override_can_fuse_on_gpu(False)
    try:
        yield
    finally:
        torch._C._jit_set_texpr_fuser_enabled(fuses)
        torch._C._jit_override_can_fuse_on_gpu(on_gpu)


def _numbers(tensor: Tensor, **_: Any) -> Any:
    if tensor.device.type != "cpu":
        raise TypeError(f"can't convert {tensor.device} device type tensor to numpy")
    return np.full(tuple(tensor.shape), 0.01, str(tensor.dtype).removeprefix("torch."))
