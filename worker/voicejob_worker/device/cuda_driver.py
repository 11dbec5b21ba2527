"""NVIDIA's driver, asked through its own library: whether it is here, and whether CUDA comes up.

torch brings CUDA up while it holds Python's lock, so a driver that hangs would stop the probes and
every bound on a wait with it. A call through ctypes lets the lock go. Whatever hangs then hangs in
the thread that asked.
"""

from __future__ import annotations

import ctypes
from typing import Final

from voicejob_worker.device.versions import Version, decode_cuda_version

LIBRARY: Final = "libcuda.so.1"
"""Comes with the driver, into a container by NVIDIA's container toolkit; never with torch."""
_SUCCESS: Final = 0
NO_DEVICE: Final = "CUDA_ERROR_NO_DEVICE"
"""Error of a driver that shows no GPU to this process."""
OUT_OF_MEMORY: Final = "CUDA_ERROR_OUT_OF_MEMORY"
"""Error where not even a context fits."""


class DriverMissingError(Exception):
    """The driver's library is not here; it says what the loader says."""


class DriverError(Exception):
    """A call of the driver failed."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        """As CUDA's driver API has it, such as ``CUDA_ERROR_NO_DEVICE``."""


class CudaDriver:
    """The library of the driver, loaded."""

    def __init__(self, library: str | None = None) -> None:
        """Load the library; nothing is asked yet.

        Raises:
            DriverMissingError: it is not here.
        """
        try:
            self._cuda = ctypes.CDLL(library or LIBRARY)
        except OSError as error:
            raise DriverMissingError(str(error)) from None

    def cuda_version(self) -> Version:
        """Return the newest version of CUDA that the driver knows: ``(13, 0)``.

        Raises:
            DriverError: it does not say it.
        """
        version = ctypes.c_int()
        self._check(self._cuda.cuDriverGetVersion(ctypes.byref(version)))
        return decode_cuda_version(version.value)

    def initialise(self) -> None:
        """Bring CUDA up in this process; it is up once and for all.

        Raises:
            DriverError: it does not come up.
        """
        self._check(self._cuda.cuInit(0))

    def make_context(self, index: int) -> None:
        """Make this process' context on a GPU, which torch then uses; it stays until the end.

        Raises:
            DriverError: there is no such GPU, or not enough memory even for that.
        """
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self._check(self._cuda.cuDeviceGet(ctypes.byref(device), index))
        self._check(self._cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device))

    def _check(self, code: int) -> None:
        if code != _SUCCESS:
            name = self._words(self._cuda.cuGetErrorName, code) or f"error {code}"
            raise DriverError(name, self._words(self._cuda.cuGetErrorString, code))

    def _words(self, ask: ctypes._NamedFuncPointer, code: int) -> str:
        words = ctypes.c_char_p()
        ask(code, ctypes.byref(words))
        return (words.value or b"").decode()
