"""Samples the GPU's memory ten times a second, beside the work."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from voicejob_api.status import VRAM, GPUInfo
    from voicejob_worker.device.ledger import MemoryLedger

_INTERVAL: Final = 0.1
"""Seconds between two samples: what is shorter is seen by torch's own peaks alone."""
_TELL_EVERY: Final = 1.0
_CLOSE_SECONDS: Final = 2.0
"""How long to wait for the last sample: a driver that hangs must not keep the process."""


class DeviceWatch:
    """Has a ledger sample its GPU, in a thread of its own, and tells what it says.

    It measures from when torch brings CUDA up, whoever asked for that, or at once where a GPU was
    asked for. Until then, and where no GPU is used, it only looks whether torch has.
    """

    def __init__(
        self,
        ledger: MemoryLedger,
        tell: Callable[[GPUInfo | None, VRAM | None], None] = lambda _gpu, _vram: None,
    ) -> None:
        """Told about once a second, and at the end."""
        self._ledger = ledger
        self._tell = tell
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="device", daemon=True)

    def start(self) -> None:
        """Start sampling."""
        self._thread.start()

    def close(self) -> None:
        """Take a last sample, tell it, and end; nothing happens where it was not started."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        while not (self._ledger.is_expected or self._ledger.is_used):
            if self._over.wait(_INTERVAL):
                return
        self._ledger.open()
        try:
            self._watch()
        finally:
            self._ledger.close()

    def _watch(self) -> None:
        told_at = float("-inf")
        while True:
            is_over = self._over.is_set()
            self._ledger.sample()
            if is_over or time.monotonic() - told_at >= _TELL_EVERY:
                told_at = time.monotonic()
                self._tell(self._ledger.gpu, self._ledger.vram)
            if is_over:
                return
            self._over.wait(_INTERVAL)
