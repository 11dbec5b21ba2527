"""The least memory of a GPU that would have done: what one chunk at a time took.

Engines that batch fill whatever memory is there, so that the peak of an attempt says nothing of the
next one's need. Their first chunks are spoken alone (``budget``): until then, weights and one chunk
are all there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from voicejob_worker.device.memory import MemoryReading

_MAX_OWN_MIB: Final = 1536
"""What CUDA may take besides torch's memory: 300 to 600 MiB for its context, as much for kernels
and plans of its libraries. NVML's figures that need more than that count another process."""


@dataclass
class Floor:
    """The highest figures from the first stage to the first batch of several chunks, in MiB."""

    device_mib: int | None = None
    process_mib: int | None = None
    reserved_mib: int | None = None
    _is_counting: bool = False
    _is_over: bool = False
    _has_spoken: bool = False
    _is_void: bool = False

    def begin(self, now: MemoryReading) -> None:
        """Count from here; the first time counts. What the checks before it allocated is gone."""
        if self._is_counting or self._is_over:
            return
        self._is_counting = True
        self._count(now, now.reserved_mib)

    def take(self, now: MemoryReading) -> None:
        """Count a reading."""
        if self._is_counting:
            self._count(now, now.reserved_peak_mib)

    def end(self) -> None:
        """Several chunks are together on the GPU from here on."""
        self._is_counting, self._is_over = False, True

    def spoke(self, *, did: bool) -> None:
        """One chunk was spoken by itself, or was to be.

        One for which the GPU did not do, so that it failed or the CPU spoke it, voids the others.
        """
        if not self._is_over:
            self._has_spoken, self._is_void = True, self._is_void or not did

    def mib(self, before: int | None, baseline: int | None) -> int | None:
        """The floor; None where no chunk was spoken alone, or others came to the device meanwhile.

        It is what NVML counts to this process, where it does; else torch's memory, which is exact,
        and CUDA's own: what the device holds besides, and the context at the least.

        Args:
            before: Memory in use on the device before this process used it.
            baseline: The same with CUDA up here and no model there.
        """
        if self._is_void or not self._has_spoken:
            return None
        if self.process_mib is not None:
            return self.process_mib
        device, reserved = self.device_mib, self.reserved_mib
        if before is None or baseline is None or device is None or reserved is None:
            return None
        context = baseline - before
        # Where the device holds less than both, NVML's sample missed the peak, or others have left.
        own = max(device - before - reserved, context)
        return reserved + own if context > 0 and own <= _MAX_OWN_MIB else None

    def _count(self, now: MemoryReading, reserved: int | None) -> None:
        self.device_mib = higher(self.device_mib, now.device_mib)
        self.process_mib = higher(self.process_mib, now.process_mib)
        self.reserved_mib = higher(self.reserved_mib, reserved)


def higher(one: int | None, other: int | None) -> int | None:
    """The higher of two figures, as far as they were measured."""
    return max((each for each in (one, other) if each is not None), default=None)
