"""Prints the folder of Krew itself, of the version in go/go.mod; compiles it where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cluster"))

from onenode import binaries  # noqa: E402
from onenode.errors import ClusterError  # noqa: E402
from onenode.layout import Layout  # noqa: E402
from onenode.progress import Progress  # noqa: E402

KREW = binaries.GoModule("krew", HERE / "go", ("krew",), "Krew")

if __name__ == "__main__":
    try:
        programs = binaries.build(Layout.of_this_machine(), Progress(total=1), KREW)
    except ClusterError as error:
        sys.exit(f"error: {error}")
    print(programs["krew"].parent)
