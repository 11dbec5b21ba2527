"""How full the disks are that a worker writes to, for ``/metrics`` and for a warning."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


_NEARLY_FULL: Final = 0.1
"""Share that is left; the alert VoiceJobDiskFilling has the same."""
_IN_WORDS: Final = {"work": "the working directory", "models": "the model cache"}


class DiskCollector:
    """Room on the disks of folders, by what the folders are for."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def collect(self) -> Iterator[Metric]:
        """The figures, of the folders that are there."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        free = GaugeMetricFamily(
            "voicejob_worker_disk_free_bytes",
            "Room that is left on the disk of a folder, in bytes.",
            labels=["folder"],
        )
        size = GaugeMetricFamily(
            "voicejob_worker_disk_size_bytes", "Size of that disk, in bytes.", labels=["folder"]
        )
        for name, room, total in self._rooms():
            free.add_metric([name], room)
            size.add_metric([name], total)
        yield free
        yield size

    def warning(self) -> str:
        """Which disks have less than a tenth left, in words; empty if none has."""
        full = [
            f"{room / 1e9:.1f} of {total / 1e9:.1f} GB are left on the disk of "
            f"{_IN_WORDS.get(name, name)}"
            for name, room, total in self._rooms()
            if room < _NEARLY_FULL * total
        ]
        return "; ".join(full)

    def _rooms(self) -> Iterator[tuple[str, int, int]]:
        """What a folder is for, and free and total bytes of its disk."""
        for name, folder in self._folders.items():
            try:
                usage = shutil.disk_usage(folder)
            except OSError:  # it is made when it is needed
                continue
            yield name, usage.free, usage.total
