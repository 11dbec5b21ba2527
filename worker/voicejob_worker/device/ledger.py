"""The ledger of the GPU's memory: what each stage of the work took of it.

There is one ledger in a process, as there is one allocator of torch's, whose peaks are reset
whenever a stage begins or ends::

    from voicejob_worker.device.ledger import ledger

    with ledger.stage("vocode"):
        ...

Where no GPU is used, that does next to nothing.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from voicejob_api.status import VRAM, StageVRAM
from voicejob_worker.device.floor import Floor, higher
from voicejob_worker.device.memory import MemoryMeter, MemoryReading
from voicejob_worker.device.nvml import torch_cuda

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voicejob_api.status import GPUInfo

StageName = Literal["load", "synthesise", "vocode", "convert", "unload"]
"""What is done with a model. A stage within another one interrupts it: each has its own figures."""

_CLOSE_MIB: Final = 100
"""What a model that was unloaded may leave: CUDA's libraries keep workspaces and kernels."""


@dataclass
class _Peaks:
    """The highest figures while something lasted, and the last ones after it, in MiB."""

    allocated_peak_mib: int | None = None
    reserved_peak_mib: int | None = None
    device_peak_mib: int | None = None
    process_peak_mib: int | None = None
    allocated_after_mib: int | None = None
    device_after_mib: int | None = None

    def begin(self, now: MemoryReading) -> None:
        self.take(replace(now, allocated_peak_mib=None, reserved_peak_mib=None))

    def take(self, now: MemoryReading) -> None:
        self.allocated_peak_mib = higher(self.allocated_peak_mib, now.allocated_peak_mib)
        self.reserved_peak_mib = higher(self.reserved_peak_mib, now.reserved_peak_mib)
        self.device_peak_mib = higher(self.device_peak_mib, now.device_mib)
        self.process_peak_mib = higher(self.process_peak_mib, now.process_mib)

    def end(self, now: MemoryReading) -> None:
        self.take(now)
        self.allocated_after_mib, self.device_after_mib = now.allocated_mib, now.device_mib

    @property
    def known(self) -> dict[str, int]:
        """Figures that were measured."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


class MemoryLedger:
    """What the GPU's memory did, in all and by stage; it may be used in any thread."""

    def __init__(self) -> None:
        self.note: Callable[..., None] = lambda _event, **_facts: None
        """Called with an event in words, and facts by name: the log's."""
        self.is_expected = False
        """Whether a GPU was asked for: that NVML is not there is told then only."""
        self.requested_mib: int | None = None
        """Memory that was asked for; None where a whole device was."""
        self.baseline: int | None = None
        """Memory in use on the device, in MiB, with CUDA up and no model there."""
        self._meter = MemoryMeter()
        self._told = 0
        self._total = _Peaks()
        self._floor = Floor()
        self._stages: dict[str, _Peaks] = {}
        self._running: list[_Peaks] = []
        self._in_thread = threading.local()
        self._before_unload: MemoryReading | None = None
        self._boundary = threading.RLock()
        """Held from the reading of peaks to their reset; a device that hangs may keep it."""
        self._figures = threading.Lock()
        """Held while figures change or are read, never while anything is measured."""

    def use(self, index: int = 0) -> None:
        """Begin to use one of torch's GPUs: bring CUDA up there and take the baseline.

        To be called before anything lies there; of several calls the first counts. It raises
        nothing: a GPU that does not work is found by whoever computes on it.
        """
        with self._boundary:
            if self.baseline is not None:
                return
            self._meter.index = index
            self.open()
            torch: Any = sys.modules.get("torch")
            with suppress(RuntimeError, AssertionError):  # no driver; a torch without CUDA
                torch.empty(1, device=f"cuda:{index}")
            if self.is_used:
                self.baseline = self._read().device_mib

    @contextmanager
    def stage(self, name: StageName) -> Iterator[None]:
        """Count what happens in the context to a stage, also if it ends in an exception."""
        peaks = self._begin(name)
        try:
            yield
        finally:
            self._end(peaks)

    @contextmanager
    def speaking(self, chunks: int, device: Callable[[], str]) -> Iterator[None]:
        """The stage ``synthesise``, of so many chunks together: the floor is of one at a time.

        Args:
            chunks: Several end the floor's measuring.
            device: Tells what the engine computes on: the CPU may have to help it out.
        """
        if chunks > 1:
            self._end_floor()
        before, did = device(), False
        try:
            with self.stage("synthesise"):
                yield
            did = device() == before != "cpu"
        finally:
            if chunks == 1:
                with self._figures:
                    self._floor.spoke(did=did)

    def _end_floor(self) -> None:
        with self._boundary:
            self._fold()
            with self._figures:
                self._floor.end()

    def unloaded(self) -> None:
        """Log how close to the baseline an unloading has brought the device.

        To be called after ``stage("unload")``, where no other model is left.
        """
        before, after, baseline = self._before_unload, self.sample(), self.baseline
        if before is None or baseline is None or after.device_mib is None:
            return
        left = after.device_mib - baseline
        what = "back to the baseline" if left <= _CLOSE_MIB else "not back to the baseline"
        self.note(
            f"the GPU's memory after unloading: {what}",
            device_baseline_mib=baseline,
            device_before_mib=before.device_mib,
            device_after_mib=after.device_mib,
            allocated_after_mib=after.allocated_mib,
        )

    def open(self) -> None:
        """Begin to measure the device before torch uses it."""
        self._meter.open()

    def close(self) -> None:
        """Let go of NVML; the figures stay."""
        self._meter.close()

    def sample(self) -> MemoryReading:
        """Measure once, and count it to what runs."""
        with self._boundary:
            return self._fold()

    @property
    def is_used(self) -> bool:
        """Whether torch has brought CUDA up in this process."""
        return torch_cuda() is not None

    @property
    def index(self) -> int:
        """Torch's number of the GPU that is measured."""
        return self._meter.index

    @property
    def gpu(self) -> GPUInfo | None:
        """The GPU that is measured, or None."""
        return self._meter.gpu

    @property
    def vram(self) -> VRAM | None:
        """What was measured until now; None if nothing was. It measures nothing and cannot hang."""
        with self._figures:
            total = self._total.known
            floor = self._floor.mib(self._meter.device_before_mib, self.baseline)
            stages = [
                StageVRAM(name=name, **peaks.known)
                for name, peaks in self._stages.items()
                if peaks.known
            ]
        if not total:
            return None
        return VRAM(
            requested_mib=self.requested_mib,
            device_before_mib=self._meter.device_before_mib,
            device_baseline_mib=self.baseline,
            floor_mib=floor,
            stages=stages,
            **total,
        )

    def _begin(self, name: StageName) -> _Peaks:
        with self._boundary:
            now = self._fold()
            self._meter.reset_peaks()
            with self._figures:
                self._floor.begin(now)
                if self._within:
                    _remove_once(self._running, self._within[-1])
                peaks = self._stages.setdefault(name, _Peaks())
                peaks.begin(now)
                self._running.append(peaks)
            self._within.append(peaks)
            if name == "unload":
                self._before_unload = now
            return peaks

    def _end(self, peaks: _Peaks) -> None:
        with self._boundary:
            now = self._fold()
            self._meter.reset_peaks()
            self._within.pop()
            with self._figures:
                peaks.end(now)
                _remove_once(self._running, peaks)
                self._running += self._within[-1:]

    @property
    def _within(self) -> list[_Peaks]:
        """The stages that this thread is in, the innermost last."""
        stages: list[_Peaks] = self._in_thread.__dict__.setdefault("stages", [])
        return stages

    def _fold(self) -> MemoryReading:
        now = self._read()
        with self._figures:
            for peaks in (self._total, *self._running):
                peaks.take(now)
            self._floor.take(now)
        return now

    def _read(self) -> MemoryReading:
        now = self._meter.read()
        if self.is_expected or self.is_used:
            for fault in self._meter.faults[self._told :]:
                self._told += 1
                self.note("the GPU's memory", why=fault)
        return now


ledger: Final = MemoryLedger()
"""The process' own."""


def _remove_once(running: list[_Peaks], peaks: _Peaks) -> None:
    """Remove an entry by what it is: two stages may have the same figures."""
    del running[next(at for at, each in enumerate(running) if each is peaks)]
