"""As much of ``torch.cuda`` as is asked about memory, for a GPU that only the tests' NVML knows.

Torch itself is not imported: what it would allocate is written into the script of the library
(``making.nvml``), so that both sides measure the same thing.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

from making.nvml import FakeNvml, Gpu

MIB = 1 << 20


class FakeCuda:
    """One GPU that torch sees; sizes in MiB."""

    def __init__(self, gpu: Gpu, nvml: FakeNvml | None = None, total: int | None = None) -> None:
        """Others already use ``gpu.used``; CUDA's total is ``total``, or the GPU's own."""
        self.gpu = gpu
        self.nvml = nvml
        self.context = 300
        """Memory of CUDA's context, and of what its libraries keep."""
        self.lists_processes = True
        """Whether NVML tells whose the memory is: not in a pod."""
        self.allocated = self.reserved = 0
        self.total = gpu.total if total is None else total
        self._others = gpu.used
        self._peaks = {"allocated": 0, "reserved": 0}
        self._is_up = False
        self._show()

    def install(self) -> ModuleType:
        """Take the place of torch in this process, before CUDA is up."""
        torch: Any = ModuleType("torch")
        torch.cuda = self
        torch.empty = lambda _size, device: self.start()
        torch.Tensor = type("Tensor", (), {})  # scipy looks for it
        torch.OutOfMemoryError = type("OutOfMemoryError", (RuntimeError,), {})
        sys.modules["torch"] = torch
        return torch

    def start(self) -> None:
        """Bring the context up."""
        self._is_up = True
        self._show()

    def hold(self, allocated: int, reserved: int | None = None) -> None:
        """Allocate or free until so much is held."""
        self.allocated = allocated
        self.reserved = max(self.reserved, allocated) if reserved is None else reserved
        for kind in self._peaks:
            self._peaks[kind] = max(self._peaks[kind], getattr(self, kind))
        self._show()

    def is_initialized(self) -> bool:
        return self._is_up

    def current_device(self) -> int:
        return 0

    def get_device_properties(self, _index: int) -> SimpleNamespace:
        return SimpleNamespace(uuid=self.gpu.uuid[4:], total_memory=self.total * MIB)

    def memory_stats_as_nested_dict(self, _index: int) -> dict[str, Any]:
        return {
            f"{kind}_bytes": {"all": {"current": getattr(self, kind) * MIB, "peak": peak * MIB}}
            for kind, peak in self._peaks.items()
        }

    def reset_peak_memory_stats(self, _index: int) -> None:
        self._peaks = {"allocated": self.allocated, "reserved": self.reserved}

    def _show(self) -> None:
        """Have NVML see what is held here."""
        own = self.context + self.reserved if self._is_up else 0
        self.gpu.used = self._others + own
        self.gpu.processes = {"self": own} if own and self.lists_processes else {}
        if self.nvml is not None:
            self.nvml.write(self.gpu)
