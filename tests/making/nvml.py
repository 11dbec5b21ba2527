"""Builds a library that answers as NVIDIA's libnvidia-ml.so.1 does, and writes its script.

Test code: nothing of it is shipped. The binding (nvidia-ml-py) is the real one and finds the
library through ``LD_LIBRARY_PATH``, which only a new process reads.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("nvml.c")
LIBRARY = "libnvidia-ml.so.1"
NEWEST_DRIVER = "580.65.06"


@dataclass
class Gpu:
    """A GPU, or a MIG instance of one, as the script has it; memory in MiB."""

    uuid: str
    name: str = "NVIDIA A100-SXM4-40GB"
    capability: str = "8.0"
    total: int = 40960
    used: int = 0
    reserved: int = 0
    """What the driver keeps for itself; not in ``used``."""
    processes: dict[str, int | None] = field(default_factory=dict)
    """Memory by PID, ``self`` for whoever asks; None where NVML does not know it."""
    instances: Sequence[Gpu] = ()
    """MIG instances."""

    def lines(self, word: str = "device") -> list[str]:
        lines = [
            word,
            *(f"{name} {getattr(self, name)}" for name in ("uuid", "name", "capability")),
            *(f"{name} {getattr(self, name)}" for name in ("total", "used", "reserved")),
            *(f"process {pid} {'none' if mib is None else mib}"
              for pid, mib in self.processes.items()),
        ]  # fmt: skip
        return lines + [line for one in self.instances for line in one.lines("instance")]


@dataclass(frozen=True)
class FakeNvml:
    """The built library in a folder of its own, with its script beside it."""

    folder: Path

    @classmethod
    def build(cls, folder: Path) -> FakeNvml | None:
        """Compile the library into ``folder``; None if there is no C compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            return None
        built = folder / LIBRARY
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(built), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, timeout=60)
        return cls(folder)

    def copied_to(self, folder: Path) -> FakeNvml:
        """The library in another folder: it answers by the script that lies beside it."""
        shutil.copy(self.folder / LIBRARY, folder)
        return FakeNvml(folder)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find it."""
        return {"LD_LIBRARY_PATH": str(self.folder)}

    def write(
        self,
        *gpus: Gpu,
        driver: str = NEWEST_DRIVER,
        cuda: int = 13000,
        fail: dict[str, int] | None = None,
    ) -> None:
        """Have it answer so from the next call on.

        Args:
            gpus: In NVML's order.
            driver: Its version.
            cuda: Newest CUDA that the driver knows, 1000 * major + 10 * minor.
            fail: NVML's error codes, by the C functions that return them.
        """
        lines = [f"driver {driver}", f"cuda {cuda}"]
        lines += [f"fail {function} {code}" for function, code in (fail or {}).items()]
        lines += [line for gpu in gpus for line in gpu.lines()]
        written = self.folder / "script.new"
        written.write_text("\n".join(lines) + "\n")
        written.replace(self.folder / "script")  # never read while half written
