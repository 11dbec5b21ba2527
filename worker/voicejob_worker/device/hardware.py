"""What the checks of a GPU ask of the machine; tests give them a machine of their own."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol

from voicejob_worker.device.capability import Capability
from voicejob_worker.device.cuda_driver import CudaDriver
from voicejob_worker.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

_SIDE: Final = 1024
"""Rows and columns of the matrices of the trial: 2 GFLOP, a millisecond of the slowest GPU."""
_TRIES: Final = 5
"""Products of which the fastest counts: the first ones load cuBLAS and wake the clocks."""


@dataclass(frozen=True)
class NvmlAnswer:
    """What NVML says of the whole machine."""

    driver: str
    """Version of the driver, such as ``580.65.06``."""
    gpus: int
    """GPUs that it lists, with those among them that this process may not use."""
    capabilities: tuple[Capability, ...] = ()
    """Compute capabilities of those that CUDA may count as one of its own; a card that does not
    tell is left out."""


@dataclass(frozen=True)
class TorchBuild:
    """The torch that is installed."""

    version: str
    cuda: str | None
    """Version of CUDA that it is built for; None if for none."""


@dataclass(frozen=True)
class Card:
    """A GPU as torch knows it."""

    name: str
    capability: Capability
    architectures: Sequence[str]
    """What this torch has code for: ``sm_75``."""


@dataclass(frozen=True)
class Product:
    """A product of two matrices, on a GPU and on one thread of the CPU."""

    error: float
    """Largest difference of both, as a share of the largest value; NaN if the GPU's has one."""
    gpu_seconds: float
    cpu_seconds: float


class Hardware(Protocol):
    """A machine with, or without, GPUs. Every method may raise what its library raises."""

    def has_torch(self) -> bool:
        """Whether a torch is installed, for whatever GPUs or none."""

    def driver_cuda(self) -> tuple[int, int]:
        """Newest version of CUDA that the driver knows.

        Raises:
            DriverMissingError: there is no driver.
        """

    def nvml(self) -> NvmlAnswer:
        """What NVML says.

        Raises:
            NVMLFaultError: it says nothing.
        """

    def initialise(self) -> None:
        """Bring CUDA up.

        Raises:
            DriverError: it does not come up.
        """

    def torch_build(self) -> TorchBuild:
        """The torch that is installed."""

    def gpus(self) -> int:
        """How many GPUs torch sees."""

    def card(self, index: int) -> Card:
        """The GPU at ``index``."""

    def memory(self, index: int) -> tuple[int, int]:
        """Free and total memory of a GPU in MiB, CUDA's own share taken.

        Raises:
            DriverError: CUDA's own share does not fit.
        """

    def nvml_total(self, index: int) -> int | None:
        """Total memory of a GPU in MiB by NVML, a MIG instance's own; None where it tells none.

        To be called once CUDA is up: NVML counts otherwise, and finds the GPU by its UUID.
        """

    def multiply(self, index: int) -> Product:
        """Multiply on a GPU and on one thread of the CPU."""

    def allocate(self, index: int, mib: int) -> int:
        """Allocate so much and give it back; how many MiB more torch holds than before.

        To be called while nothing else in this process uses the GPU: its tensors would count, and
        its peaks are reset.
        """


class NvidiaHardware:
    """This machine."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self._products: dict[int, Product] = {}

    def has_torch(self) -> bool:
        """As ``Hardware`` says."""
        return find_spec("torch") is not None

    def driver_cuda(self) -> tuple[int, int]:
        """As ``Hardware`` says."""
        return self._driver.cuda_version()

    def nvml(self) -> NvmlAnswer:
        """As ``Hardware`` says."""
        from voicejob_worker.device.nvml import (
            driver_version,
            known_capabilities,
            list_devices,
            open_nvml,
        )

        with open_nvml() as nvml:
            devices = list_devices(nvml)
            return NvmlAnswer(driver_version(nvml), len(devices), known_capabilities(devices))

    def initialise(self) -> None:
        """As ``Hardware`` says."""
        self._driver.initialise()

    def torch_build(self) -> TorchBuild:
        """The torch that is installed; it is imported here at the latest."""
        import torch

        return TorchBuild(torch.__version__, torch.version.cuda)

    def gpus(self) -> int:
        """As ``Hardware`` says."""
        import torch

        return torch.cuda.device_count() if torch.cuda.is_available() else 0

    def card(self, index: int) -> Card:
        """As ``Hardware`` says."""
        import torch

        return Card(
            torch.cuda.get_device_name(index),
            torch.cuda.get_device_capability(index),
            torch.cuda.get_arch_list(),
        )

    def memory(self, index: int) -> tuple[int, int]:
        """As ``Hardware`` says; the context of CUDA is made here."""
        import torch

        self._driver.make_context(index)
        free, total = torch.cuda.mem_get_info(index)
        return free // MIB, total // MIB

    def nvml_total(self, index: int) -> int | None:
        """As ``Hardware`` says."""
        from voicejob_worker.device.nvml import NVMLFaultError, memory, own_device

        with suppress(NVMLFaultError), own_device(index) as device:
            now = None if device is None else memory(device)
            return None if now is None else now.total // MIB
        return None

    def multiply(self, index: int) -> Product:
        """As ``Hardware`` says; each GPU is tried once."""
        import torch

        if index not in self._products:
            self._products[index] = multiply_on(torch.device("cuda", index))
        return self._products[index]

    def allocate(self, index: int, mib: int) -> int:
        """As ``Hardware`` says."""
        import torch

        before = torch.cuda.memory_reserved(index)
        block = torch.empty(mib * MIB, dtype=torch.uint8, device=torch.device("cuda", index))
        block[-1] = 1
        del block
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(index)  # this was no need of a model's
        return int(torch.cuda.memory_reserved(index) - before) // MIB

    @cached_property
    def _driver(self) -> CudaDriver:
        return CudaDriver()


def multiply_on(device: torch.device) -> Product:
    """Multiply two matrices of fixed random numbers on ``device`` and on a thread of the CPU."""
    import torch

    numbers = torch.Generator().manual_seed(0)
    left = torch.randn(_SIDE, _SIDE, generator=numbers)
    right = torch.randn(_SIDE, _SIDE, generator=numbers)
    with _one_thread():
        expected, cpu_seconds = _fastest_product(left, right)
    found, gpu_seconds = _fastest_product(left.to(device), right.to(device))
    difference = (found.cpu() - expected).abs().max() / expected.abs().max()
    return Product(float(difference), gpu_seconds, cpu_seconds)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have torch compute on one thread: how many a machine has says nothing of its GPU.

    MKL's number is the process' own: for the fifth of a second that it takes, a voice that speaks
    meanwhile has one thread, too.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _fastest_product(left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, float]:
    """The product, and the seconds of the fastest of several, until a number of it is here."""
    seconds = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        product = left @ right
        float(product[0, 0])  # waits for the GPU
        seconds.append(time.perf_counter() - began)
    return product, min(seconds)
